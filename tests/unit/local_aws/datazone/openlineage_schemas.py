"""Check an event against the JSON Schemas of the OpenLineage specification."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource


def problems(event: Mapping[str, Any], folder: Path) -> list[str]:
    """
    Return what is wrong with a run event and with each facet that the specification knows.

    :param folder: The specification's ``OpenLineage.json`` and ``facets``.
    """
    core = json.loads((folder / "OpenLineage.json").read_text())
    schemas = {path.stem: json.loads(path.read_text()) for path in (folder / "facets").glob("*.json")}
    documents = [core, *schemas.values()]
    registry: Registry[Any] = Registry().with_resources(
        [(document["$id"], Resource.from_contents(document)) for document in documents]
    )

    def check(schema: Mapping[str, Any], value: object) -> Iterator[str]:
        validator = Draft202012Validator(schema, registry=registry)
        yield from (f"{error.json_path}: {error.message}" for error in validator.iter_errors(value))

    found = list(check({"$ref": f"{core['$id']}#/$defs/RunEvent"}, event))
    by_facet = {next(iter(each.get("properties", {"": 0}))): each for each in schemas.values()}
    for name, facet in _facets(event):
        if name in by_facet:
            found += check({"$ref": by_facet[name]["$id"]}, {name: facet})
    return found


def _facets(event: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in (event["run"], event["job"], *event["inputs"], *event["outputs"]):
        yield from part.get("facets", {}).items()
