"""
AWS's own resource schemas: which properties a type has, of which type, and what changing one means.

AWS publishes them; cfn-lint, which moto's server needs anyway, carries them as JSON files. They are read from
there without importing cfn-lint, which takes seconds.

.. seealso:: CloudFormation CLI User Guide, "Resource type definition schema": ``createOnlyProperties``,
    ``readOnlyProperties``, ``additionalProperties``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["ResourceSchema", "SchemaError", "resource_schema"]

_REGION = "us-east-1"
_Path = tuple[str, ...]
_ABSENT = object()


class SchemaError(Exception):
    """Properties that do not fit their schema; the text is what CloudFormation says after "with message:"."""


@dataclass(frozen=True, slots=True)
class ResourceSchema:
    """
    What AWS says about one resource type.

    :param document: The schema as published.
    :param attributes: What ``Fn::GetAtt`` knows, with dots.
    :param create_only: Paths of the properties whose change makes a new resource.
    """

    type: str
    document: Mapping[str, Any]
    attributes: frozenset[str]
    create_only: tuple[_Path, ...]

    @property
    def properties(self) -> frozenset[str]:
        """The names of the properties a template may set."""
        return frozenset(self.document["properties"]) - self.attributes

    def conform(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return properties with scalars of the type the schema asks for: in a template ``"5"`` is as good as 5.

        :raises SchemaError: If one is unknown, missing, or cannot be of its type.
        """
        for name in properties:
            if name in self.attributes:
                raise SchemaError(
                    f"Encountered attributes which are not allowed: readOnlyProperties [/properties/{name}]"
                )
        conformed: dict[str, Any] = _Conforming(self.document).value(self.document, properties, "#")
        return conformed

    def replaced_by(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        """Return the properties whose change needs a new resource, with dots, in the schema's order."""
        return [
            ".".join(path) for path in self.create_only if list(_at(before, path)) != list(_at(after, path))
        ]


@cache
def resource_schema(resource_type: str) -> ResourceSchema | None:
    """Return AWS's schema of a type; ``None`` if AWS publishes none."""
    file = _index().get(resource_type)
    if file is None:
        return None
    document = json.loads((_folder() / "resources" / f"{file}.json").read_text("utf-8"))
    fixed = document.get("createOnlyProperties", [])
    created = fixed + document.get("conditionalCreateOnlyProperties", [])
    return ResourceSchema(
        type=resource_type,
        document=document,
        attributes=frozenset(".".join(_path(each)) for each in document.get("readOnlyProperties", ())),
        create_only=tuple(_path(each) for each in created),
    )


@cache
def _index() -> Mapping[str, str]:
    index: dict[str, str] = json.loads((_folder() / "providers" / f"{_REGION}.json").read_text("utf-8"))
    return index


@cache
def _folder() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("CloudFormation in the local stack needs cfn-lint (extra 'local').")
    return Path(spec.origin).parent / "data" / "schemas"


def _path(pointer: str) -> _Path:
    return tuple(pointer.removeprefix("/properties/").split("/"))


def _at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at a path; ``*`` stands for every item of a list."""
    if not path:
        yield value
    elif path[0] == "*" and isinstance(value, list):
        for item in value:
            yield from _at(item, path[1:])
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


@dataclass(frozen=True, slots=True)
class _Conforming:
    """One walk through properties and their schema."""

    root: Mapping[str, Any]

    def value(self, schema: Mapping[str, Any], value: Any, where: str) -> Any:
        schema = self._followed(schema)
        options = [] if "properties" in schema else [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        if options:
            return self._first_fit(options, value, where)
        kind = schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind]
        if isinstance(value, Mapping) and not {"object", None}.isdisjoint(kinds):
            return self._object(schema, value, where)
        if isinstance(value, list) and not {"array", None}.isdisjoint(kinds):
            items = schema.get("items", {})
            return [self.value(items, item, f"{where}/{index}") for index, item in enumerate(value)]
        return _scalar(kinds, value, where)

    def _followed(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            found: Any = self.root
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _first_fit(self, options: Sequence[Mapping[str, Any]], value: Any, where: str) -> Any:
        """Return a value in the first form it fits; else what is wrong with the form that fits best."""
        problems: list[SchemaError] = []
        for option in options:
            try:
                return self.value(option, value, where)
            except SchemaError as error:
                problems.append(error)
        raise max(problems, key=lambda problem: str(problem).partition(":")[0].count("/"))

    def _object(self, schema: Mapping[str, Any], value: Mapping[str, Any], where: str) -> dict[str, Any]:
        known = schema.get("properties", {})
        others = list(schema.get("patternProperties", {}).values())
        if not known and not others:
            return dict(value)
        conformed = {}
        for name, item in value.items():
            if name in known:
                conformed[name] = self.value(known[name], item, f"{where}/{name}")
            elif others:
                conformed[name] = self.value(others[0], item, f"{where}/{name}")
            elif schema.get("additionalProperties") is False:
                raise SchemaError(f"{where}: extraneous key [{name}] is not permitted")
            else:
                conformed[name] = item
        for name in schema.get("required", ()):
            if name not in value:
                raise SchemaError(f"{where}: required key [{name}] not found")
        return conformed


def _scalar(kinds: Sequence[str | None], value: Any, where: str) -> Any:
    """Return a scalar in the first of the types that it can be of."""
    found = _name_of(value)
    if None in kinds or found in [_NAMES.get(kind or "") for kind in kinds]:
        return value
    if found in _SCALARS:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        for kind in kinds:
            converted = _converted(kind, text)
            if converted is not _ABSENT:
                return converted
    raise SchemaError(f"{where}: expected type: {_NAMES.get(kinds[0] or '', kinds[0])}, found: {found}")


def _converted(kind: str | None, text: str) -> Any:
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        return _ABSENT
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text if kind == "string" else _ABSENT


def _name_of(value: object) -> str:
    """Return what CloudFormation calls the type of a value."""
    if isinstance(value, Mapping):
        return "JSONObject"
    names = {bool: "Boolean", int: "Integer", float: "Number", list: "JSONArray", type(None): "Null"}
    return names.get(type(value), "String")


_NAMES = {
    "array": "JSONArray",
    "boolean": "Boolean",
    "integer": "Integer",
    "number": "Number",
    "object": "JSONObject",
    "string": "String",
}
_SCALARS = ("Boolean", "Integer", "Number", "String")
