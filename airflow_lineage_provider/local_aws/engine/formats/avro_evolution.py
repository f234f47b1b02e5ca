"""
One Avro schema out of several: a reader schema for every file of a table.

Fields are united. One that only some files have becomes nullable with the default null, so that the others
can be read as well. Types are promoted as Avro's resolution allows (int, long, float, double), enums unite
their symbols, and what has nothing in common becomes a union.

Schemas are handled in reference form: a type without definitions in it, and the definitions of all records,
enums and fixeds by full name, each of which refers to others by name only.

.. seealso:: Apache Avro specification, "Schema Resolution" and "Names".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["Definitions", "definitions_of", "merged_literal"]

Definitions = Mapping[str, Mapping[str, Any]]
"""Records, enums and fixeds by full name."""

_NUMBERS = ("int", "long", "float", "double")


def definitions_of(schema: Any) -> tuple[Any, dict[str, dict[str, Any]]]:
    """
    Bring a schema, as parsed JSON, into reference form.

    :return: The type and the definitions it needs.
    :raises ValueError: If it is no Avro schema.
    """
    from fastavro.schema import SchemaParseException, parse_schema

    definitions: dict[str, dict[str, Any]] = {}
    try:
        parsed = parse_schema(schema, {}, _write_hint=False)
    except (LookupError, SchemaParseException, TypeError, ValueError) as error:
        raise ValueError(f"no Avro schema: {error}") from error
    return _collect(parsed, definitions), definitions


def merged_literal(left: str, right: str) -> str:
    """
    Return the text of a schema that reads the files of both.

    :param left: A schema as JSON text; its names and order win.
    :param right: Another one.
    """
    schema = json.loads(left)
    root, definitions = definitions_of(schema)
    other_root, others = definitions_of(json.loads(right))
    merger = _Merger(definitions, others)
    merged = _inlined(merger.merge(root, other_root), merger.definitions, set())
    return left if merged == schema else json.dumps(merged, separators=(",", ":"), ensure_ascii=False)


class _Merger:
    """
    Merges types of two schemas; ``definitions`` holds the merged ones.

    :param left: The definitions of the first schema.
    :param right: Those of the second; the ones with the name of a first one are merged into it.
    """

    def __init__(self, left: Definitions, right: Definitions) -> None:
        self.definitions = {**right, **left}
        self._left = left
        self._right = right
        self._done: set[tuple[str, str]] = set()
        for name in left:
            if name in right:
                self._merge_definitions(name, name)

    def merge(self, left: Any, right: Any) -> Any:
        """Return the type that reads values of both."""
        if left == right:
            return left
        merged: list[Any] = []
        for option in (*_options(left), *_options(right)):
            self._add_option(merged, option)
        return merged[0] if len(merged) == 1 else merged

    def _add_option(self, merged: list[Any], option: Any) -> None:
        for index, seen in enumerate(merged):
            both = self._one_of(seen, option)
            if both is not None:
                merged[index] = both
                return
        merged.append(option)

    def _one_of(self, left: Any, right: Any) -> Any:
        """Return a single type for two of one kind; ``None`` if they can only stand side by side."""
        if left == right:
            return left
        kinds = (self._kind(left), self._kind(right))
        if kinds[0] in _NUMBERS and kinds[1] in _NUMBERS:
            return left if _NUMBERS.index(kinds[0]) >= _NUMBERS.index(kinds[1]) else right
        if kinds[0] != kinds[1] or kinds[0] == "fixed":
            return None
        if kinds[0] in ("record", "error", "enum"):
            self._merge_definitions(left, right)
            return left
        for inner in ("items", "values"):
            if isinstance(left, dict) and inner in left:
                return {**left, inner: self.merge(left[inner], right[inner])}
        return left

    def _kind(self, schema: Any) -> str:
        named = self.definitions.get(schema) if isinstance(schema, str) else schema
        return str(schema if named is None else named["type"])

    def _merge_definitions(self, left: str, right: str) -> None:
        """Merge the second schema's definition into the first one's."""
        if (left, right) in self._done or left not in self._left or right not in self._right:
            return
        self._done.add((left, right))
        mine, other = self.definitions[left], self._right[right]
        if "symbols" in mine and "symbols" in other:
            symbols = dict.fromkeys((*mine["symbols"], *other["symbols"]))
            self.definitions[left] = {**mine, "symbols": list(symbols)}
        elif "fields" in mine and "fields" in other:
            if left != right:
                mine = {**mine, "aliases": list(dict.fromkeys((*mine.get("aliases", []), right)))}
            self.definitions[left] = {**mine, "fields": self._merged_fields(mine["fields"], other["fields"])}

    def _merged_fields(self, left: list[dict[str, Any]], right: list[dict[str, Any]]) -> list[dict[str, Any]]:
        others = {field["name"]: field for field in right}
        known = {field["name"] for field in left}
        merged = []
        for field in left:
            other = others.get(field["name"])
            if other is None:
                merged.append(_optional(field))
            else:
                merged.append({**field, "type": self.merge(field["type"], other["type"])})
        return [*merged, *(_optional(field) for field in right if field["name"] not in known)]


def _collect(schema: Any, definitions: dict[str, dict[str, Any]]) -> Any:
    """Replace every definition in a parsed schema by its name, and keep it."""
    if isinstance(schema, list):
        return [_collect(option, definitions) for option in schema]
    if isinstance(schema, str):
        return schema
    if "name" in schema:
        definition = definitions[schema["name"]] = dict(schema)
        if schema["type"] in ("record", "error"):
            fields = schema.get("fields", [])
            definition["fields"] = [
                {**field, "type": _collect(field["type"], definitions)} for field in fields
            ]
        return schema["name"]
    if schema["type"] == "array":
        return {**schema, "items": _collect(schema["items"], definitions)}
    if schema["type"] == "map":
        return {**schema, "values": _collect(schema["values"], definitions)}
    return schema


def _inlined(schema: Any, definitions: Definitions, written: set[str]) -> Any:
    """Put every definition in at the place it is first needed."""
    if isinstance(schema, list):
        return [_inlined(option, definitions, written) for option in schema]
    if isinstance(schema, str):
        if schema not in definitions or schema in written:
            return schema
        written.add(schema)
        definition = dict(definitions[schema])
        if "fields" in definition:
            definition["fields"] = [
                {**field, "type": _inlined(field["type"], definitions, written)}
                for field in definition["fields"]
            ]
        return definition
    inner = {key: schema[key] for key in ("items", "values") if key in schema}
    return {**schema, **{key: _inlined(value, definitions, written) for key, value in inner.items()}}


def _optional(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field that may be missing in a file: with its own default, or null."""
    if "default" in field:
        return field
    options = [option for option in _options(field["type"]) if option != "null"]
    return {**field, "type": ["null", *options], "default": None}


def _options(schema: Any) -> list[Any]:
    return schema if isinstance(schema, list) else [schema]
