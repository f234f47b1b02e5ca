"""
Identifiers of lineage nodes: value objects that parse, print and sort.

Amazon SageMaker Catalog (the DataZone API) tells nodes apart by one string, the *source identifier*; two
nodes cannot have the same. OpenLineage tells datasets apart by namespace and name. An identifier here keeps
the OpenLineage spelling and **is equal to another when their source identifiers are equal**, so
``DatasetId("arn:aws:glue:us-east-1:123456789012:table", "db/t")`` and
``DatasetId("arn:aws:glue:us-east-1:123456789012", "table/db/t")`` are one node, as they are in the catalog.
Comparison is exact and case-sensitive; nothing is normalised.

.. seealso::
    - SageMaker Unified Studio user guide, *Publishing data lineage programmatically* and *Troubleshooting
      data lineage* (patterns of source identifiers)
    - OpenLineage specification (August 2026), *Naming conventions*
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from airflow_lineage_provider.exceptions import InvalidIdentifierError

__all__ = [
    "DatasetId",
    "FieldId",
    "JobId",
    "NodeId",
    "RunId",
    "node_id_from",
    "node_sort_key",
    "partition_of",
    "plain_source_identifier",
]

_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)

_GLUE_ACCOUNT_NAMESPACE = re.compile(r"arn:aws[\w-]*:glue:[^:/]+:\d{12}")
_GLUE_TABLE_ARN = re.compile(rf"({_GLUE_ACCOUNT_NAMESPACE.pattern}):(table/.+)", re.DOTALL)
_TABLE_ARN = re.compile(r"(arn:aws[\w-]*:[^:/]+:[^:/]+:\d{12}:(?:table|view))/(.+)", re.DOTALL)
_S3_URI = re.compile(r"(s3://[^/]+)(?:/(.*))?", re.DOTALL)
_REDSHIFT_HOST = re.compile(
    r"(?P<cluster>[^./:@]+)\.(?P<account>[^./:@]+)\.(?P<region>[a-z0-9-]+)"
    r"\.redshift(?:-serverless)?\.amazonaws\.com"
)


def partition_of(region: str) -> str:
    """Return the AWS partition of a region, such as ``aws-cn`` for ``cn-north-1``."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")


def plain_source_identifier(namespace: str, name: str, *, account: str = "") -> str:
    """
    Return the catalog's string for a dataset, as far as it follows from namespace and name.

    A Redshift endpoint gives the table's ARN, a Glue account namespace is joined with its ``table/…`` by a
    colon, everything else by a slash. The second label of a provisioned cluster's endpoint is often no
    account number; then ``account`` takes its place, and without one the generic rule applies, as it does to
    custom domain names. What the facets of an event add is
    :func:`~airflow_lineage_provider.lineage.naming.catalog_source_identifier`.

    :param account: The caller's 12-digit account number; empty if unknown.
    """
    if name.startswith("table/") and _GLUE_ACCOUNT_NAMESPACE.fullmatch(namespace):
        return f"{namespace}:{name}"
    host = _REDSHIFT_HOST.search(namespace)
    table = name.split(".", 2)
    if host and len(table) == 3 and all(table):
        owner = host["account"] if re.fullmatch(r"\d{12}", host["account"]) else account
        if owner:
            service = "redshift-serverless" if "redshift-serverless" in namespace else "redshift"
            region = host["region"]
            place = f"arn:{partition_of(region)}:{service}:{region}:{owner}:table"
            return "/".join((place, host["cluster"], *table))
    return f"{namespace}/{name}"


@dataclass(frozen=True, slots=True, order=True)
class DatasetId:
    """
    One dataset: a table, an S3 prefix, a DynamoDB table, a catalog asset.

    :param namespace: OpenLineage namespace, such as ``s3://bucket``.
    :param name: OpenLineage name within the namespace; never empty, the root of a bucket is ``/``.
    :param source_identifier: The catalog's string where it does not follow from namespace and name alone;
        computed from them when left out.
    :raises InvalidIdentifierError: If a part is empty.
    """

    namespace: str = field(compare=False)
    name: str = field(compare=False)
    source_identifier: str = field(default="", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Compute the source identifier unless it was given."""
        if self.source_identifier:
            return
        if not self.namespace or not self.name:
            raise InvalidIdentifierError(
                text=f"{self.namespace}/{self.name}", wanted="a dataset namespace and name, both not empty"
            )
        object.__setattr__(self, "source_identifier", plain_source_identifier(self.namespace, self.name))

    def __str__(self) -> str:
        """Print the source identifier."""
        return self.source_identifier

    @classmethod
    def parse(cls, text: str) -> DatasetId:
        """
        Read what ``str()`` printed.

        :raises InvalidIdentifierError: If the text is empty.
        """
        return cls.from_source_identifier(text)

    @classmethod
    def from_source_identifier(cls, text: str) -> DatasetId:
        """
        Split the catalog's string into namespace and name.

        Glue tables, other table ARNs and S3 are recognised; anything else is split at its last ``/``. The
        source identifier of the result is ``text``, always.

        :param text: A source identifier as the catalog gives it.
        :raises InvalidIdentifierError: If the text is empty.
        """
        if not text:
            raise InvalidIdentifierError(text=text, wanted="a dataset's source identifier")
        namespace, name = _split_dataset(text)
        return cls(namespace, name, source_identifier=text)


def _split_dataset(text: str) -> tuple[str, str]:
    """Split a source identifier into namespace and name; without a place to split, all of it is the name."""
    for pattern in (_GLUE_TABLE_ARN, _TABLE_ARN):
        if match := pattern.fullmatch(text):
            return match[1], match[2]
    if match := _S3_URI.fullmatch(text):
        return match[1], match[2] or "/"
    cut = text.rstrip("/").rfind("/")
    if cut < 1:
        cut = text.find("/", 1, len(text) - 1)
    return ("", text) if cut < 1 else (text[:cut], text[cut + 1 :])


@dataclass(frozen=True, slots=True, order=True)
class FieldId:
    """
    One field (a column) of a dataset.

    :param dataset: The dataset.
    :param name: The field's name, in the case the dataset spells it.
    :raises InvalidIdentifierError: If the name is empty.
    """

    dataset: DatasetId
    name: str

    def __post_init__(self) -> None:
        """Refuse an empty name."""
        if not self.name:
            raise InvalidIdentifierError(text=f"{self.dataset}#", wanted="a field with a name")

    def __str__(self) -> str:
        """Print dataset and name around a ``#``; a ``#`` or ``%`` in the name is percent-encoded."""
        return f"{self.dataset}#{self.name.replace('%', '%25').replace('#', '%23')}"

    @classmethod
    def parse(cls, text: str) -> FieldId:
        """
        Read what ``str()`` printed.

        :raises InvalidIdentifierError: If the text is no dataset and field around a ``#``.
        """
        dataset, sign, name = text.rpartition("#")
        if not sign or not dataset or not name:
            raise InvalidIdentifierError(text=text, wanted="a field identifier 'dataset#field'")
        return cls(DatasetId.parse(dataset), name.replace("%23", "#").replace("%25", "%"))


@dataclass(frozen=True, slots=True, order=True)
class JobId:
    """
    One job, such as a crawler; its runs are :class:`RunId`.

    :param namespace: OpenLineage namespace, such as ``glue_crawler``.
    :param name: OpenLineage name, such as the crawler's.
    :raises InvalidIdentifierError: If a part is empty.
    """

    namespace: str = field(compare=False)
    name: str = field(compare=False)
    source_identifier: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compute the source identifier, ``namespace.name``."""
        if not self.namespace or not self.name:
            raise InvalidIdentifierError(
                text=f"{self.namespace}.{self.name}", wanted="a job namespace and name, both not empty"
            )
        object.__setattr__(self, "source_identifier", f"{self.namespace}.{self.name}")

    def __str__(self) -> str:
        """Print the source identifier."""
        return self.source_identifier

    @classmethod
    def parse(cls, text: str) -> JobId:
        """
        Read what ``str()`` printed, splitting at the first dot that leaves two parts.

        :raises InvalidIdentifierError: If there is no such dot.
        """
        cut = text.find(".", 1, len(text) - 1)
        if cut < 0:
            raise InvalidIdentifierError(text=text, wanted="a job identifier 'namespace.name'")
        return cls(text[:cut], text[cut + 1 :])


@dataclass(frozen=True, slots=True, order=True)
class RunId:
    """
    One run of a job; the node that connects inputs with outputs.

    :param job: The job.
    :param run_id: The run's id, of a crawl its crawl id; any text, not only a UUID.
    :raises InvalidIdentifierError: If the run id is empty.
    """

    job: JobId = field(compare=False)
    run_id: str = field(compare=False)
    source_identifier: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compute the source identifier, ``namespace.name/run_id``."""
        if not self.run_id:
            raise InvalidIdentifierError(text=f"{self.job}/", wanted="a run with an id")
        object.__setattr__(self, "source_identifier", f"{self.job}/{self.run_id}")

    def __str__(self) -> str:
        """Print the source identifier."""
        return self.source_identifier

    @classmethod
    def parse(cls, text: str) -> RunId:
        """
        Read what ``str()`` printed, splitting at the last ``/`` that leaves two parts.

        :raises InvalidIdentifierError: If the text is no ``namespace.name/run_id``.
        """
        cut = text.rfind("/", 1, len(text) - 1)
        if cut < 0:
            raise InvalidIdentifierError(text=text, wanted="a run identifier 'namespace.name/run_id'")
        return cls(JobId.parse(text[:cut]), text[cut + 1 :])


NodeId = DatasetId | JobId | RunId
"""The identifier of any node of a lineage graph."""

_KINDS: dict[str, type[DatasetId] | type[JobId] | type[RunId]] = {
    "dataset": DatasetId,
    "job": JobId,
    "run": RunId,
}
_RANK = {DatasetId: 0, JobId: 1, RunId: 2}


def node_id_from(kind: str, source_identifier: str) -> NodeId:
    """
    Make the identifier of a node from its kind and the catalog's string.

    :param kind: ``dataset``, ``job`` or ``run``.
    :param source_identifier: The string the catalog uses.
    :raises InvalidIdentifierError: If the kind is another or the text does not fit it.
    """
    if kind not in _KINDS:
        raise InvalidIdentifierError(text=kind, wanted="a node kind: dataset, job or run")
    return _KINDS[kind].parse(source_identifier)


def node_sort_key(node_id: NodeId) -> tuple[int, str]:
    """Return the key that sorts identifiers of all kinds: datasets, jobs, runs, each by source identifier."""
    return _RANK[type(node_id)], node_id.source_identifier
