"""Reading the catalog's type texts back, to add what is new inside a nested column."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["add_new_fields"]

_OPENING = "<("
_CLOSING = ">)"


@dataclass(frozen=True, slots=True)
class _Generic:
    """A type text taken apart: ``array<…>``, ``struct<…>`` …; ``arguments`` are the texts between commas."""

    name: str
    arguments: tuple[str, ...]


def add_new_fields(existing: str, found: str) -> str:
    """
    Return ``existing`` with the struct fields that only ``found`` has, at any depth.

    Nothing is removed and no type changes: that is Glue's ``MergeNewColumns`` inside one column.
    """
    left, right = _take_apart(existing), _take_apart(found)
    if left is None or right is None or left.name != right.name:
        return existing
    if left.name == "array":
        return f"array<{add_new_fields(left.arguments[0], right.arguments[0])}>"
    if left.name == "map":
        key, value = left.arguments
        return f"map<{key},{add_new_fields(value, right.arguments[1])}>"
    if left.name == "struct":
        return _merge_structs(left, right)
    return existing


def _merge_structs(left: _Generic, right: _Generic) -> str:
    fields = dict(_field(text) for text in left.arguments)
    for name, data_type in (_field(text) for text in right.arguments):
        fields[name] = add_new_fields(fields[name], data_type) if name in fields else data_type
    return "struct<" + ",".join(f"{name}:{data_type}" for name, data_type in fields.items()) + ">"


def _field(text: str) -> tuple[str, str]:
    name, _, data_type = text.partition(":")
    return name, data_type


def _take_apart(text: str) -> _Generic | None:
    """Split a generic type into its arguments; ``None`` for a plain type."""
    name, bracket, rest = text.partition("<")
    if not bracket or not rest.endswith(">"):
        return None
    arguments, depth, start = [], 0, 0
    inner = rest[:-1]
    for index, letter in enumerate(inner):
        if letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
        elif letter == "," and depth == 0:
            arguments.append(inner[start:index])
            start = index + 1
    arguments.append(inner[start:])
    return _Generic(name, tuple(arguments))
