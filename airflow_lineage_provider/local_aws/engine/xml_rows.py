"""
XML: rows out of a document, and the type of a row out of its tags.

* The elements of the row's tag are the rows; an empty element (``<row a="1"/>``) is none, as Glue documents.
* An attribute ``id`` becomes ``_id``, the text of an element that also has attributes or children ``_VALUE``,
  as Glue's own XML reader names them. A child that stands more than once in some parent is an array.
* The types of texts are not documented: numbers are those of JSON, whole and fractional ones make ``double``,
  every other mix ``string``.
* Prefixes of namespaces are left out of names. A document that declares entities is not read.

.. seealso:: AWS Glue Developer Guide, "Writing XML custom classifiers" and "Using the XML format".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from airflow_lineage_provider.local_aws.engine.json_types import infer
from airflow_lineage_provider.local_aws.engine.schema import NOTHING, ArrayOf, DataType, Scalar, StructOf

__all__ = ["XmlRows", "merge_types", "read_rows", "row_type"]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,25}", re.ASCII)
_NUMBERS = ("int", "long", "double")
_MAX_DEPTH = 100
_TEXT_NAME = "_VALUE"


@dataclass(slots=True)
class XmlElement:
    """One element of a document."""

    name: str
    attributes: dict[str, str]
    children: list[XmlElement] = field(default_factory=list)
    text: str = ""

    @property
    def is_plain(self) -> bool:
        """Tell whether it holds nothing but text."""
        return not self.attributes and not self.children


@dataclass(frozen=True, slots=True)
class XmlRows:
    """The rows of (the beginning of) a document; ``size_bytes`` is where the last of them ends."""

    row_tag: str
    rows: tuple[XmlElement, ...]
    size_bytes: int


class _UnreadableError(Exception):
    """Something in the document that is not read."""


def read_rows(data: bytes, row_tag: str = "", *, complete: bool) -> XmlRows | None:
    """
    Read the rows of a document.

    :param row_tag: The tag of a row; without one the whole document is the one row.
    :param complete: Whether this is the whole document; rows that are cut at its end are left out.
    :return: ``None`` if it is not well-formed.
    """
    collector = _Collector(data, row_tag)
    try:
        collector.parser.Parse(data, complete)
    except (expat.ExpatError, _UnreadableError):
        return None
    if not row_tag and collector.root is not None:
        return XmlRows(collector.root.name, (collector.root,), len(data))
    return XmlRows(row_tag, tuple(collector.rows), len(data) if complete else collector.end)


def row_type(rows: Sequence[XmlElement]) -> StructOf:
    """Return the type of rows; a row of nothing but text has the one column ``_VALUE``."""
    return _struct(rows)


def merge_types(left: DataType, right: DataType) -> DataType:
    """Return the type that covers those of two documents: one is many, a text is an element without more."""
    if right in (left, NOTHING):
        return left
    if left == NOTHING:
        return right
    if isinstance(left, ArrayOf) or isinstance(right, ArrayOf):
        return ArrayOf(merge_types(_element(left), _element(right)))
    if isinstance(left, StructOf) or isinstance(right, StructOf):
        fields = dict(_fields(left))
        for name, data_type in _fields(right):
            fields[name] = merge_types(fields.get(name, NOTHING), data_type)
        return StructOf(tuple(fields.items()))
    return _merge_scalars(left, right)


class _Collector:
    """Builds the elements inside rows while the document is parsed."""

    def __init__(self, data: bytes, row_tag: str) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.EntityDeclHandler = _refuse_entities
        self.root: XmlElement | None = None
        self.rows: list[XmlElement] = []
        self.end = 0
        self._data = data
        self._row_tag = row_tag
        self._open: list[XmlElement] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and self._row_tag and self._row_tag not in (name, _local(name)):
            return
        kept = {
            _local(key): value
            for key, value in attributes.items()
            if key != "xmlns" and not key.startswith("xmlns:")
        }
        element = XmlElement(_local(name), kept)
        if self._open:
            self._open[-1].children.append(element)
        self.root = self.root or element
        self._open.append(element)
        if len(self._open) > _MAX_DEPTH:
            raise _UnreadableError

    def _end(self, name: str) -> None:
        del name
        if not self._open:
            return
        element = self._open.pop()
        if not self._open and not self._is_empty_tag(element):
            self.rows.append(element)
            self.end = self._data.find(b">", self.parser.CurrentByteIndex) + 1

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text

    def _is_empty_tag(self, element: XmlElement) -> bool:
        """Tell whether an element is written as ``<name/>``: it ends where its only tag ends."""
        end = self.parser.CurrentByteIndex
        return not element.children and not element.text and self._data[end - 2 : end] == b"/>"


def _refuse_entities(*declaration: object) -> None:
    del declaration
    raise _UnreadableError


def _type(elements: Sequence[XmlElement]) -> DataType:
    """Return the type of the elements that stand at one place in all rows."""
    if all(element.is_plain for element in elements):
        return _text_type(element.text for element in elements)
    return _struct(elements)


def _struct(elements: Sequence[XmlElement]) -> StructOf:
    fields: dict[str, DataType] = {}
    for element in elements:
        for name, value in element.attributes.items():
            fields[f"_{name}"] = merge_types(fields.get(f"_{name}", NOTHING), _text_type([value]))
    names = dict.fromkeys(child.name for element in elements for child in element.children)
    for name in names:
        groups = [[child for child in element.children if child.name == name] for element in elements]
        data_type = _type([child for group in groups for child in group])
        fields[name] = ArrayOf(data_type) if any(len(group) > 1 for group in groups) else data_type
    if any(element.text.strip() for element in elements):
        fields[_TEXT_NAME] = _text_type(element.text for element in elements)
    return StructOf(tuple(fields.items()))


def _text_type(texts: Iterable[str]) -> DataType:
    merged: DataType = NOTHING
    for text in texts:
        merged = merge_types(merged, infer(_value(text.strip())))
    return merged


def _value(text: str) -> object:
    """Return the value a text stands for."""
    if not text:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return 0.0
    return text.lower() == "true" if text.lower() in ("true", "false") else text


def _merge_scalars(left: DataType, right: DataType) -> DataType:
    names = [data_type.name if isinstance(data_type, Scalar) else "" for data_type in (left, right)]
    if all(name in _NUMBERS for name in names):
        return Scalar(max(names, key=_NUMBERS.index))
    return Scalar("string")


def _element(data_type: DataType) -> DataType:
    return data_type.element if isinstance(data_type, ArrayOf) else data_type


def _fields(data_type: DataType) -> tuple[tuple[str, DataType], ...]:
    """Return the fields of an element's type; one of nothing but text has its text as a field."""
    return data_type.fields if isinstance(data_type, StructOf) else ((_TEXT_NAME, data_type),)


def _local(name: str) -> str:
    """Return a name without its namespace's prefix."""
    return name.rpartition(":")[2]
