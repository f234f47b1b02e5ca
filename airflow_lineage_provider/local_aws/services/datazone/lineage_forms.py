"""
The metadata forms of lineage nodes, made from what events said.

Names and keys are working assumptions (:mod:`assumptions`); a reader should find a form by its content.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.assumptions import (
    COLUMN_LINEAGE_FORM,
    FACETS_FORM,
    JOB_FORM,
    LINEAGE_FORM_REVISION,
    RUN_FORM,
    SCHEMA_FORM,
    LineageForm,
)
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import Gist, Mention, Node, NodeKind

__all__ = ["forms_of", "telling"]

_ENDED = frozenset({"COMPLETE", "ABORT", "FAIL"})
_ADDS_UP = "columnLineage"
"""The facet of which two events of one time each give a part."""

_Content = tuple[LineageForm, Mapping[str, Any]]
_Detail = Mapping[str, Any]


def forms_of(node: Node, key: int, *, names: Collection[str] | None = None) -> list[dict[str, Any]]:
    """
    Return the forms of one version of a node, as ``FormOutput``.

    :param names: Only the forms with these names; all by default.
    """
    details = [mention.detail for mention in telling(node.said(key))]
    if node.kind is NodeKind.DATASET:
        contents = _dataset_forms(details)
    elif node.kind is NodeKind.JOB:
        contents = iter([(JOB_FORM, _job_content(details[-1], _merged(details)))])
    else:
        contents = _run_forms(details)
    return [
        {
            "formName": form.name,
            "typeName": form.type_name,
            "typeRevision": LINEAGE_FORM_REVISION,
            "content": json.dumps(content),
        }
        for form, content in contents
        if names is None or form.name in names
    ]


def telling(said: Sequence[Mention]) -> list[Mention]:
    """
    Return what forms depend on, in the order given: later events repeat most of what earlier ones said.

    The long history of a run that says every minute that it is running needs the details of a few events.
    """
    started = next((each for each in said if each.gist is not None and each.gist.state == "START"), None)
    kept: list[Mention] = []
    seen = _Seen()
    for mention in reversed(said):
        if mention is started or mention.gist is None or seen.adds(mention.gist):
            kept.append(mention)
    return kept[::-1]


class _Seen:
    """What the events after the one looked at have said already."""

    def __init__(self) -> None:
        self._facets: set[str] = set()
        self._job_facets: set[str] = set()
        self._states: set[str | None] = set()
        self._last: Gist | None = None

    def adds(self, gist: Gist) -> bool:
        """Tell whether an event says what none after it does, and take it in."""
        if gist is self._last:
            return _ADDS_UP in gist.facets
        adds = not (
            self._last is not None
            and gist.facets <= self._facets
            and gist.job_facets <= self._job_facets
            and gist.state in self._states
        )
        self._last = gist
        self._facets |= gist.facets - {_ADDS_UP}
        self._job_facets |= gist.job_facets
        self._states |= {gist.state, None}
        return adds


def _dataset_forms(details: Sequence[_Detail]) -> Iterator[_Content]:
    facets = _merged(details)
    schema = facets.pop("schema", None)
    if schema is not None:
        yield SCHEMA_FORM, {"columns": _columns(schema.get("fields"))}
    lineage = facets.pop("columnLineage", None)
    if lineage is not None:
        columns = [
            {"name": name, "inputFields": [], **column}
            for name, column in _object(lineage.get("fields")).items()
            if isinstance(column, Mapping)
        ]
        whole = {"dataset": lineage["dataset"]} if lineage.get("dataset") else {}
        yield COLUMN_LINEAGE_FORM, {"columns": columns, **whole}
    if facets:
        yield FACETS_FORM, facets


def _columns(fields: Any) -> list[dict[str, Any]]:
    names = {"name": "name", "type": "dataType", "description": "description"}
    found = []
    for given in fields if isinstance(fields, list) else ():
        if not isinstance(given, Mapping):
            continue
        column = {names[name]: given[name] for name in names if given.get(name) is not None}
        if given.get("fields"):
            column["fields"] = _columns(given["fields"])
        found.append(column)
    return found


def _run_forms(details: Sequence[_Detail]) -> Iterator[_Content]:
    job = details[-1]["job"]
    job_facets: dict[str, Any] = {}
    for detail in details:
        job_facets.update(detail["job"]["facets"])
    yield JOB_FORM, _job_content(job, job_facets)
    facets = _merged(details)
    states = [detail["eventType"] for detail in details if detail["eventType"]]
    content = {
        "runId": details[-1]["runId"],
        "eventType": states[-1] if states else None,
        "startTime": _started(details, facets),
        "endTime": next(
            (each["eventTime"] for each in reversed(details) if each["eventType"] in _ENDED), None
        ),
        "facets": facets,
    }
    yield RUN_FORM, {name: value for name, value in content.items() if value is not None}


def _started(details: Iterable[_Detail], facets: Mapping[str, Any]) -> Any:
    for detail in details:
        if detail["eventType"] == "START":
            return detail["eventTime"]
    return _object(facets.get("nominalTime")).get("nominalStartTime")


def _job_content(job: Mapping[str, Any], facets: Mapping[str, Any]) -> dict[str, Any]:
    rest = dict(facets)
    kind, sql = _object(rest.pop("jobType", None)), _object(rest.pop("sql", None))
    content = {
        "namespace": job["namespace"],
        "name": job["name"],
        "processingType": kind.get("processingType"),
        "integration": kind.get("integration"),
        "jobType": kind.get("jobType"),
        "sql": sql.get("query"),
        "facets": rest or None,
    }
    return {name: value for name, value in content.items() if value is not None}


def _merged(details: Iterable[_Detail]) -> dict[str, Any]:
    """Unite facets: a later one replaces one of the same name, columns of ``columnLineage`` add up."""
    merged: dict[str, Any] = {}
    for detail in details:
        for name, facet in detail["facets"].items():
            before = merged.get(name)
            if name == _ADDS_UP and isinstance(before, Mapping):
                fields = {**_object(before.get("fields")), **_object(facet.get("fields"))}
                merged[name] = {**before, **facet, "fields": fields}
            else:
                merged[name] = facet
    return merged


def _object(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, an empty one in place of anything else: facets are not held against schemas."""
    return value if isinstance(value, Mapping) else {}
