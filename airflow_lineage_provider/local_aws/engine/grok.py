r"""
Grok: named patterns over regular expressions, compiled to Python's own.

``%{NAME}`` stands for a named pattern, ``%{NAME:field}`` makes what it matches a column and
``%{NAME:field:type}`` a typed one; ``%{name:field=definition}`` defines the pattern where it is used. The
field ``UNWANTED`` is no column. A named group of the regular expression, ``(?<field>…)``, is one.

A line matches when the pattern is found anywhere in it, as Glue's SerDe reads tables.

No grok library for Python is maintained any more (*pygrok*, the known one, also needs another regular
expression engine), and :mod:`re` has atomic groups, which the published patterns need, since Python 3.11.
What only Java's regular expressions have (``\p{Alpha}``, ``\h``) is refused here.

.. seealso:: AWS Glue Developer Guide, "Writing grok custom classifiers".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from airflow_lineage_provider.local_aws.engine.errors import InvalidClassifierError
from airflow_lineage_provider.local_aws.engine.grok_patterns import BUILT_IN_PATTERNS, read_patterns

__all__ = ["GrokPattern"]

_OPENING = "%{"
_UNWANTED = "UNWANTED"
_REFERENCE = re.compile(
    r"(?P<name>\w+)(?:[:;](?P<field>[\w.\[\]@-]+)(?:[:;](?P<type>\w+)(?:[:;][^=]*)?)?)?", re.ASCII
)
_NAMED_GROUP = re.compile(r"\(\?<(?P<field>[A-Za-z]\w*)>", re.ASCII)
_LEADING_FLAGS = re.compile(r"\(\?([aimsx]+)\)")
_MAX_DEPTH = 50
_TYPES = {
    "boolean": "boolean",
    "byte": "tinyint",
    "date": "string",
    "double": "double",
    "float": "float",
    "int": "int",
    "long": "long",
    "short": "smallint",
    "string": "string",
}
"""The type of a column by its cast; what Glue makes of ``date`` is unknown."""


@dataclass(frozen=True, slots=True)
class GrokPattern:
    """
    A compiled grok pattern.

    ``fields`` are the columns it gives with their types' names, in the order they stand in the pattern.
    """

    fields: tuple[tuple[str, str], ...]
    _expression: re.Pattern[str]

    @classmethod
    def compile(cls, pattern: str, custom_patterns: str = "") -> GrokPattern:
        """
        Compile a pattern.

        :param custom_patterns: Further named patterns, one ``NAME definition`` a line; they go before Glue's.
        :raises InvalidClassifierError: If it names a pattern or a type that is not there, or is no regular
            expression.
        """
        expansion = _Expansion({**BUILT_IN_PATTERNS, **read_patterns(custom_patterns)})
        text = expansion.expand(pattern)
        try:
            expression = re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            raise InvalidClassifierError(
                problem=f"the grok pattern is no regular expression: {error}"
            ) from error
        return cls(tuple(expansion.fields.items()), expression)

    def matches(self, line: str) -> bool:
        """Tell whether the pattern is found in a line."""
        return self._expression.search(line) is not None


@dataclass(slots=True)
class _Expansion:
    """Replaces references by definitions and collects the fields on the way."""

    patterns: Mapping[str, str]
    fields: dict[str, str] = field(default_factory=dict)

    def expand(self, text: str, depth: int = 0) -> str:
        if depth > _MAX_DEPTH:
            raise InvalidClassifierError(problem="a grok pattern refers to itself")
        return "".join(self._pieces(text, depth))

    def _pieces(self, text: str, depth: int) -> Iterator[str]:
        position = 0
        while (start := text.find(_OPENING, position)) >= 0:
            yield self._plain(text[position:start])
            position = _closing_brace(text, start + len(_OPENING)) + 1
            yield self._reference(text[start + len(_OPENING) : position - 1], depth)
        yield self._plain(text[position:])

    def _plain(self, text: str) -> str:
        """Return regular expression text as Python writes it; its named groups are fields."""
        for group in _NAMED_GROUP.finditer(text):
            self.fields.setdefault(group["field"], "string")
        return _NAMED_GROUP.sub("(?:", text)

    def _reference(self, text: str, depth: int) -> str:
        head, defines, definition = text.partition("=")
        reference = _REFERENCE.fullmatch(head)
        if reference is None:
            raise InvalidClassifierError(problem=f"%{{{text}}} is no reference to a grok pattern")
        if not defines:
            definition = self._definition(reference["name"])
        if reference["field"] and reference["field"] != _UNWANTED:
            self.fields.setdefault(reference["field"], _type_name(reference["type"]))
        return _group(definition, self, depth)

    def _definition(self, name: str) -> str:
        if name not in self.patterns:
            raise InvalidClassifierError(problem=f"there is no grok pattern {name}")
        return self.patterns[name]


def _group(definition: str, expansion: _Expansion, depth: int) -> str:
    """Return a definition as one group; flags it begins with hold for it alone."""
    flags = _LEADING_FLAGS.match(definition)
    if flags is None:
        return f"(?:{expansion.expand(definition, depth + 1)})"
    return f"(?{flags[1]}:{expansion.expand(definition[flags.end() :], depth + 1)})"


def _closing_brace(text: str, position: int) -> int:
    """Return where a reference ends; one may stand inside another's definition."""
    depth = 1
    for index in range(position, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    raise InvalidClassifierError(problem=f"{text[position - len(_OPENING) :]!r} is not closed")


def _type_name(cast: str | None) -> str:
    if cast is None:
        return "string"
    if cast not in _TYPES:
        known = ", ".join(sorted(_TYPES))
        raise InvalidClassifierError(problem=f"{cast!r} is no type a grok field can have; known: {known}")
    return _TYPES[cast]
