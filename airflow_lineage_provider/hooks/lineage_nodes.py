"""
Lineage nodes as the catalog answers them, read as nodes of our graph.

What AWS's own forms on lineage nodes are called is not published. They are found by their content: a list of
columns, a run with its times, a job with its names.

.. seealso::
    - AWS API: `GetLineageNode
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_GetLineageNode.html>`__
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.hooks.node_forms import form_contents
from airflow_lineage_provider.lineage.codec import format_time
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, Field, JobNode, Node, RunNode
from airflow_lineage_provider.lineage.identifiers import DatasetId, JobId, NodeId, RunId

__all__ = ["NodeVersion", "asset_columns", "asset_source_identifier", "columns_of"]

_RUN_TYPE = "JobRunLineageNodeType"
_JOB_TYPE = "JobLineageNodeType"
_ASSET_NAMESPACE = "amazon.datazone.asset"


@dataclass(frozen=True, slots=True)
class NodeVersion:
    """
    One version of a node, as GetLineageNode answers it.

    :param node_id: The catalog's own id.
    :param id: What it is: a dataset, a job or a run.
    :param at: Event time of the version; ``None`` if the answer has none.
    :param upstream: Node id and event time of each direct neighbour upstream.
    :param downstream: The same downstream.
    :param contents: The parsed forms.
    """

    node_id: str
    id: NodeId
    at: datetime | None
    upstream: tuple[tuple[str, datetime | None], ...]
    downstream: tuple[tuple[str, datetime | None], ...]
    contents: tuple[Mapping[str, Any], ...]

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> NodeVersion:
        """Read an answer of boto3."""
        contents = tuple(form_contents(answer.get("formsOutput") or ()))
        return cls(
            node_id=str(answer["id"]),
            id=_identify(answer, contents),
            at=answer.get("eventTimestamp"),
            upstream=_references(answer.get("upstreamNodes")),
            downstream=_references(answer.get("downstreamNodes")),
            contents=contents,
        )

    def to_nodes(self) -> Iterator[Node]:
        """Yield the node and, of a run, the node of its job."""
        attributes: dict[str, Any] = {"node_id": self.node_id}
        if self.at is not None:
            attributes["event_time"] = format_time(self.at)
        if isinstance(self.id, DatasetId):
            if self.id.namespace == _ASSET_NAMESPACE:
                attributes["asset_id"] = self.id.name
            yield DatasetNode(self.id, columns_of(self.contents), Attributes(attributes))
        elif isinstance(self.id, JobId):
            yield JobNode(self.id, Attributes(attributes))
        else:
            yield JobNode(self.id.job)
            yield RunNode(self.id, Attributes(attributes | _run_facts(self.contents)))

    def column_sources(self) -> Iterator[tuple[str, DatasetId, str]]:
        """Yield column, source dataset and source column, where a form tells them."""
        for content in self.contents:
            for value in content.values():
                for column in value if isinstance(value, list) else ():
                    yield from _sources_of(column)


def columns_of(contents: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Return the columns of the first form that lists columns with types, or any columns."""
    untyped: tuple[Field, ...] = ()
    for content in contents:
        for value in content.values():
            if fields := _fields(value):
                if any(each.type for each in fields):
                    return fields
                untyped = untyped or fields
    return untyped


def asset_columns(asset: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the columns of an asset, from its GlueTableForm or the form that is like it."""
    return columns_of(form_contents(asset.get("formsOutput") or ()))


def asset_source_identifier(asset: Mapping[str, Any]) -> str | None:
    """Return what links an asset to a dataset: ``AssetCommonDetailsForm.sourceIdentifier``."""
    for content in form_contents(asset.get("formsOutput") or ()):
        found = content.get("sourceIdentifier")
        if isinstance(found, str) and found:
            return found
    return None


def _identify(answer: Mapping[str, Any], contents: Iterable[Mapping[str, Any]]) -> NodeId:
    """Tell what a node is, by its type and source identifier."""
    kind = str(answer["typeName"])
    text = str(answer.get("sourceIdentifier") or answer["id"])
    if _RUN_TYPE in kind:
        return _run_id(text, contents)
    if _JOB_TYPE in kind:
        return JobId.parse(text)
    return DatasetId.from_source_identifier(text)


def _run_id(text: str, contents: Iterable[Mapping[str, Any]]) -> RunId:
    """Read the identity of a run; the forms tell namespace and name apart where dots do not."""
    for content in contents:
        namespace, name = content.get("namespace"), content.get("name")
        if isinstance(namespace, str) and isinstance(name, str) and text.startswith(f"{namespace}.{name}/"):
            try:
                return RunId(JobId(namespace, name), text[len(f"{namespace}.{name}/") :])
            except InvalidIdentifierError:
                continue
    return RunId.parse(text)


def _run_facts(contents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return state and times of a run, as far as a form has them."""
    names = {"startTime": "started_at", "endTime": "ended_at", "eventType": "state"}
    facts: dict[str, Any] = {}
    for content in contents:
        for name, attribute in names.items():
            value = content.get(name)
            if isinstance(value, str) and value:
                facts.setdefault(attribute, value)
    return facts


def _fields(value: object) -> tuple[Field, ...]:
    """Return the columns a list is made of, if it is a list of columns."""
    if not isinstance(value, list):
        return ()
    found = []
    for each in value:
        name = _first_text(each, "name", "columnName") if isinstance(each, Mapping) else ""
        if not name:
            return ()
        found.append(Field(name, _first_text(each, "dataType", "type")))
    return tuple(found)


def _sources_of(column: object) -> Iterator[tuple[str, DatasetId, str]]:
    """Yield where a column comes from, if it is a column with ``inputFields`` as OpenLineage has them."""
    if not isinstance(column, Mapping) or not isinstance(column.get("inputFields"), list):
        return
    name = _first_text(column, "name", "columnName")
    for source in column["inputFields"]:
        if not isinstance(source, Mapping):
            continue
        namespace, dataset, source_field = (
            _first_text(source, key) for key in ("namespace", "name", "field")
        )
        if name and namespace and dataset and source_field:
            yield name, DatasetId(namespace, dataset), source_field


def _first_text(content: Mapping[str, Any], *names: str) -> str:
    """Return the first of some members that is a text."""
    return next((value for name in names if isinstance(value := content.get(name), str)), "")


def _references(found: object) -> tuple[tuple[str, datetime | None], ...]:
    """Read references to neighbours."""
    references = found if isinstance(found, list) else []
    return tuple((str(each["id"]), each.get("eventTimestamp")) for each in references)
