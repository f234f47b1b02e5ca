"""
From an OpenLineage RunEvent to what it says about lineage nodes.

A job, a run and one dataset for each input and output; data flows input → run → output, and the job has no
edges. Identities follow the catalog's documented rules, which the lineage core implements once for all.

.. seealso::
    - SageMaker Unified Studio user guide, *The importance of the sourceIdentifier attribute to lineage nodes*
    - OpenLineage 2-0-2, ``RunEvent``
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.lineage import catalog_source_identifier
from airflow_lineage_provider.local_aws.services.datazone.assumptions import MAX_NODE_IDENTIFIER_LENGTH
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import Gist, NodeKind, Statement

__all__ = ["MappingFailedError", "statements"]


class MappingFailedError(Exception):
    """An event that is well formed, but from which no nodes can be made."""


@dataclass(slots=True)
class _Dataset:
    """One dataset of an event, possibly named more than once and as input and output."""

    name: str
    facets: dict[str, Any] = field(default_factory=dict)
    is_input: bool = False
    is_output: bool = False


def statements(event: Mapping[str, Any], *, region: str, account: str) -> list[Statement]:
    """
    Return what a RunEvent says, one statement for each node.

    :param event: An event that ``parse_run_event`` accepts.
    :param region: Region of the caller, used where the run names none.
    :param account: Account of the caller.
    :raises MappingFailedError: If a node's identity is longer than can be asked for, or two nodes of the
        event have the same.
    """
    job, run = event["job"], event["run"]
    job_identifier = f"{job['namespace']}.{job['name']}"
    run_identifier = f"{job_identifier}/{run['runId']}"
    datasets = _datasets(event, region=region, account=account)
    _check_identities(job_identifier, run_identifier, *datasets)
    job_facets, run_facets = _facets(job), _facets(run)
    job_detail = {"namespace": job["namespace"], "name": job["name"], "facets": job_facets}
    run_detail = {
        "job": job_detail,
        "runId": run["runId"],
        "eventType": event.get("eventType"),
        "eventTime": event["eventTime"],
        "facets": run_facets,
    }
    return [
        Statement(
            job_identifier,
            NodeKind.JOB,
            job["name"],
            detail=job_detail,
            gist=Gist(facets=frozenset(job_facets)),
        ),
        Statement(
            run_identifier,
            NodeKind.RUN,
            job["name"],
            tuple(identifier for identifier, dataset in datasets.items() if dataset.is_input),
            tuple(identifier for identifier, dataset in datasets.items() if dataset.is_output),
            run_detail,
            Gist(event.get("eventType"), frozenset(run_facets), frozenset(job_facets)),
        ),
        *_dataset_statements(datasets, run_identifier),
    ]


def _check_identities(*identifiers: str) -> None:
    """Refuse what no node can be called: two nodes cannot have the same source identifier."""
    seen: set[str] = set()
    for identifier in identifiers:
        if len(identifier) > MAX_NODE_IDENTIFIER_LENGTH:
            raise MappingFailedError(
                f"The source identifier {identifier[:80]}… has {len(identifier)} characters; "
                f"{MAX_NODE_IDENTIFIER_LENGTH} are allowed."
            )
        if identifier in seen:
            raise MappingFailedError(f"The source identifier {identifier} is that of two nodes.")
        seen.add(identifier)


def _dataset_statements(datasets: Mapping[str, _Dataset], run_identifier: str) -> Iterable[Statement]:
    for identifier, dataset in datasets.items():
        yield Statement(
            identifier,
            NodeKind.DATASET,
            dataset.name,
            (run_identifier,) if dataset.is_output else (),
            (run_identifier,) if dataset.is_input else (),
            {"facets": dataset.facets},
            Gist(facets=frozenset(dataset.facets)),
        )


def _datasets(event: Mapping[str, Any], *, region: str, account: str) -> dict[str, _Dataset]:
    run_facets = _facets(event["run"])
    found: dict[str, _Dataset] = {}
    for member, extra in (("inputs", "inputFacets"), ("outputs", "outputFacets")):
        for given in event.get(member) or ():
            facets = _facets(given)
            identifier = catalog_source_identifier(
                given["namespace"],
                given["name"],
                facets=facets,
                run_facets=run_facets,
                caller_region=region,
                caller_account=account,
            )
            dataset = found.setdefault(identifier, _Dataset(_display_name(identifier, given["name"])))
            dataset.facets.update(facets)
            dataset.facets.update(_facets(given, extra))
            dataset.is_input |= member == "inputs"
            dataset.is_output |= member == "outputs"
    return found


def _facets(value: Mapping[str, Any], member: str = "facets") -> dict[str, Any]:
    """Return facets that are objects; what is none cannot be shown and is passed over."""
    given = value.get(member)
    if not isinstance(given, Mapping):
        return {}
    return {name: facet for name, facet in given.items() if isinstance(facet, Mapping)}


def _display_name(identifier: str, name: str) -> str:
    """Return what a dataset is called: a table of AWS by its last part, anything else as the event says."""
    if identifier.startswith("arn:"):
        return identifier.rpartition("/")[2]
    return name
