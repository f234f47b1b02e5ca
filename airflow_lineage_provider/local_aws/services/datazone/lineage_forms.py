"""
The metadata forms of lineage nodes, made from what events said.

Names and keys are working assumptions (:mod:`assumptions`); a reader should find a form by its content.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
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
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import Node, NodeKind, Statement

__all__ = ["forms_of"]

_ENDED = frozenset({"COMPLETE", "ABORT", "FAIL"})
_Content = tuple[LineageForm, Mapping[str, Any]]


def forms_of(node: Node, key: int, *, names: Collection[str] | None = None) -> list[dict[str, Any]]:
    """
    Return the forms of one version of a node, as ``FormOutput``.

    :param names: Only the forms with these names; all by default.
    """
    said = node.said(key)
    if node.kind is NodeKind.DATASET:
        contents = _dataset_forms(said)
    elif node.kind is NodeKind.JOB:
        contents = iter([(JOB_FORM, _job_content(said[-1].detail, _merged(said)))])
    else:
        contents = _run_forms(said)
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


def _dataset_forms(said: Iterable[Statement]) -> Iterator[_Content]:
    facets = _merged(said)
    schema = facets.pop("schema", None)
    if schema is not None:
        yield SCHEMA_FORM, {"columns": _columns(schema.get("fields"))}
    lineage = facets.pop("columnLineage", None)
    if lineage is not None:
        columns = [
            {"name": name, "inputFields": column.get("inputFields", [])}
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


def _run_forms(said: list[Statement]) -> Iterator[_Content]:
    details = [statement.detail for statement in said]
    job = details[-1]["job"]
    job_facets: dict[str, Any] = {}
    for detail in details:
        job_facets.update(detail["job"]["facets"])
    yield JOB_FORM, _job_content(job, job_facets)
    facets = _merged(said)
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


def _started(details: Iterable[Mapping[str, Any]], facets: Mapping[str, Any]) -> Any:
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


def _merged(said: Iterable[Statement]) -> dict[str, Any]:
    """Unite facets: a later one replaces one of the same name, columns of ``columnLineage`` add up."""
    merged: dict[str, Any] = {}
    for statement in said:
        for name, facet in statement.detail["facets"].items():
            before = merged.get(name)
            if name == "columnLineage" and isinstance(before, Mapping):
                fields = {**_object(before.get("fields")), **_object(facet.get("fields"))}
                merged[name] = {**before, **facet, "fields": fields}
            else:
                merged[name] = facet
    return merged


def _object(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, an empty one in place of anything else: facets are not held against schemas."""
    return value if isinstance(value, Mapping) else {}
