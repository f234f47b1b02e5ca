"""
Compatibility of table schemas over Hive types, as the Glue Data Catalog spells them.

What the modes promise, seen from whoever reads the table by name:

=============  ========================================================================================
``BACKWARD``   what was written for the earlier schema works on the later one: columns may be added, none
               removed, types only widened
``FORWARD``    what is written for the later schema works on the earlier one: columns may be removed, none
               added, types only narrowed
``FULL``       both: no column added or removed, every type the same
=============  ========================================================================================

Widening loses nothing: ``tinyint`` → ``smallint`` → ``int`` → ``bigint``; ``float`` → ``double``; an
integer to a ``float`` or ``double`` that holds it exactly, or to a ``decimal`` with room for its digits; a
``decimal`` to one with at least as many digits on either side of the point; ``char`` and ``varchar`` to a
longer one or to ``string``. The rules hold inside ``array``, ``map`` and ``struct``, too; the fields of a
``struct`` are treated like columns, without regard to case, as Hive does. The alternatives of a
``uniontype`` may be widened and stay in place. Any other type is compatible with itself only. The order of
columns does not matter.

.. seealso::
    Apache Hive language manual, *Types*; AWS Glue API, ``Column.Type``
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from airflow_lineage_provider.exceptions import InvalidArgumentError, InvalidIdentifierError
from airflow_lineage_provider.lineage.elements import Field

__all__ = ["MODES", "HiveType", "incompatibilities", "is_widening", "parse_hive_type"]

MODES = ("BACKWARD", "FORWARD", "FULL")
"""The modes of compatibility."""

_MARKS = re.compile(r"[<>(),:]")
_QUOTED = re.compile(r"\s*`((?:[^`]|``)+)`(?!`)")
_MAX_DEPTH = 100
_ALIASES = {"integer": "int", "dec": "decimal", "numeric": "decimal", "double precision": "double"}
_INTEGER_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_INTEGERS = tuple(_INTEGER_DIGITS)
_EXACT = {"float": _INTEGERS[:2], "double": _INTEGERS[:3]}
_ARITY = {"array": 1, "map": 2, "uniontype": None, "struct": None}


@dataclass(frozen=True, slots=True)
class HiveType:
    """
    One parsed type.

    :param name: Such as ``int``, ``decimal``, ``struct``; lower case.
    :param sizes: The numbers in parentheses, such as precision and scale.
    :param parts: The types inside ``array``, ``map``, ``struct`` or ``uniontype``, in order.
    :param labels: Of a ``struct``, the names of its fields, in order.
    """

    name: str
    sizes: tuple[int, ...] = ()
    parts: tuple[HiveType, ...] = ()
    labels: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Print the type as Hive spells it."""
        text = self.name + (f"({','.join(map(str, self.sizes))})" if self.sizes else "")
        if self.name not in _ARITY:
            return text
        inner = [str(each) for each in self.parts]
        if self.labels:
            inner = [f"{_quoted(label)}:{each}" for label, each in zip(self.labels, inner, strict=True)]
        return f"{text}<{','.join(inner)}>"


def _quoted(label: str) -> str:
    """Write the name of a struct's field, in backticks where it must be."""
    plain = label and not re.search(r"[<>(),:`\s]", label)
    return label if plain else f"`{label.replace('`', '``')}`"


def parse_hive_type(text: str) -> HiveType:
    """
    Parse a Hive type.

    :param text: Such as ``struct<id:bigint,tags:array<string>>``; case and blanks do not matter. A
        ``decimal`` without numbers is ``decimal(10,0)``.
    :raises InvalidIdentifierError: If the text is no Hive type, or nested deeper than 100 levels.
    """
    scanner = _Scanner(text)
    found = scanner.read_type(0)
    if scanner.position != len(text):
        raise scanner.error()
    return found


class _Scanner:
    """Reads a type from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def error(self) -> InvalidIdentifierError:
        """Return the error that the text is no type."""
        return InvalidIdentifierError(text=self.text, wanted="a Hive type")

    def take(self, mark: str) -> bool:
        """Skip a mark if it comes next, and blanks around it; tell whether it did."""
        rest = self.text[self.position :].lstrip()
        if not rest.startswith(mark):
            return False
        self.position = len(self.text) - len(rest[1:].lstrip())
        return True

    def word(self) -> str:
        """Read up to the next mark."""
        match = _MARKS.search(self.text, self.position)
        end = match.start() if match else len(self.text)
        found = self.text[self.position : end].strip()
        self.position = end
        return found

    def read_type(self, depth: int) -> HiveType:
        """Read one type; ``depth`` types are open around it."""
        name = " ".join(self.word().lower().split())
        name = _ALIASES.get(name, name)
        if not name or depth > _MAX_DEPTH:
            raise self.error()
        sizes = self.read_sizes() if self.take("(") else ()
        if name == "decimal":
            sizes = (*sizes, *(10, 0)[len(sizes) :])
        if name not in _ARITY:
            return HiveType(name, sizes)
        return self.read_parts(name, depth)

    def read_sizes(self) -> tuple[int, ...]:
        """Read numbers up to the closing parenthesis."""
        sizes = []
        while True:
            size = self.word()
            if not (size.isascii() and size.isdigit()):
                raise self.error()
            sizes.append(int(size))
            if self.take(")"):
                return tuple(sizes)
            if not self.take(","):
                raise self.error()

    def read_parts(self, name: str, depth: int) -> HiveType:
        """Read what stands between the angle brackets."""
        if not self.take("<"):
            raise self.error()
        parts, labels = [], []
        while True:
            if name == "struct":
                labels.append(self.read_label())
            parts.append(self.read_type(depth + 1))
            if self.take(">"):
                break
            if not self.take(","):
                raise self.error()
        if _ARITY[name] not in (None, len(parts)):
            raise self.error()
        return HiveType(name, (), tuple(parts), tuple(labels))

    def read_label(self) -> str:
        """Read the name of a struct's field, and the colon after it."""
        if quoted := _QUOTED.match(self.text, self.position):
            label = quoted[1].replace("``", "`")
            self.position = quoted.end()
        else:
            label = self.word()
        if not label or ("`" in label and not quoted) or not self.take(":"):
            raise self.error()
        return label


def is_widening(before: HiveType, after: HiveType) -> bool:
    """Tell whether every value of one type is a value of the other, without loss (equal types included)."""
    if before == after:
        return True
    if before.parts or after.parts:
        return before.name == after.name and _parts_widen(before, after)
    if after.name in _INTEGERS:
        return before.name in _INTEGERS[: _INTEGERS.index(after.name)]
    if after.name == "double" and before.name == "float":
        return True
    if after.name == "decimal":
        return _fits_decimal(before, after)
    if after.name in ("char", "varchar"):
        same = before.name == after.name and len(before.sizes) == len(after.sizes)
        return same and before.sizes < after.sizes
    if after.name == "string":
        return before.name in ("char", "varchar")
    return before.name in _EXACT.get(after.name, ())


def _fits_decimal(before: HiveType, after: HiveType) -> bool:
    """Tell whether an integer or a decimal fits a decimal."""
    precision, scale = after.sizes[:2]
    if before.name == "decimal":
        return before.sizes[1] <= scale and before.sizes[0] - before.sizes[1] <= precision - scale
    return before.name in _INTEGERS and _INTEGER_DIGITS[before.name] <= precision - scale


def _parts_widen(before: HiveType, after: HiveType) -> bool:
    """Tell whether all inner types are widened; a struct may gain fields."""
    if before.name == "struct":
        later = dict(zip((label.lower() for label in after.labels), after.parts, strict=True))
        earlier = zip((label.lower() for label in before.labels), before.parts, strict=True)
        return all(label in later and is_widening(part, later[label]) for label, part in earlier)
    pairs = zip(before.parts, after.parts, strict=False)
    return len(before.parts) == len(after.parts) and all(is_widening(*pair) for pair in pairs)


def incompatibilities(
    before: Iterable[Field], after: Iterable[Field], *, mode: str = "BACKWARD"
) -> tuple[str, ...]:
    """
    Say what breaks compatibility between two schemas; nothing if they are compatible.

    :param before: The earlier schema. A type that is no Hive type is compatible with the same text only.
    :param after: The later schema.
    :param mode: One of :data:`MODES`.
    :return: One phrase per column: those removed, those added, those with another type.
    :raises InvalidArgumentError: If the mode is another.
    """
    if mode not in MODES:
        raise InvalidArgumentError(argument="mode", value=mode, wanted=f"one of {', '.join(MODES)}")
    earlier = {each.name: each.type for each in before}
    later = {each.name: each.type for each in after}
    found: list[str] = []
    if mode != "FORWARD":
        found += [f"column {name!r} was removed" for name in earlier if name not in later]
    if mode != "BACKWARD":
        found += [f"column {name!r} was added" for name in later if name not in earlier]
    for name, old in earlier.items():
        new = later.get(name, old)
        backward = mode == "FORWARD" or _widens(old, new)
        if not backward or not (mode == "BACKWARD" or _widens(new, old)):
            found.append(f"column {name!r} changed from {old or 'no type'} to {new or 'no type'}")
    return tuple(found)


def _widens(before: str, after: str) -> bool:
    """Tell whether one type, given as text, may become the other."""
    if before == after:
        return True
    try:
        return is_widening(parse_hive_type(before), parse_hive_type(after))
    except InvalidIdentifierError:
        return False
