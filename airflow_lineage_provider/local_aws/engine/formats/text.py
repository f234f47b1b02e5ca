"""What all text formats have in common: their layout in the Data Catalog, and how a file is read as text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE, read_fully
from airflow_lineage_provider.local_aws.engine.formats.base import HEAD_BYTES, FileSource

__all__ = ["TEXT_INPUT", "TEXT_OUTPUT", "TextSample", "first_line", "read_text"]

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True, slots=True)
class TextSample:
    """The first megabyte of a file without a byte order mark; ``complete`` tells whether that is all."""

    text: str
    complete: bool


def read_text(source: FileSource) -> TextSample | None:
    """
    Read the first megabyte of a file.

    :return: ``None`` if it is not text in UTF-8: then it is data of another kind.
    """
    if len(source.head) < HEAD_BYTES:
        return _decoded(source.head, complete=True)
    data = read_fully(source.open(), MEGABYTE)
    return _decoded(data, complete=len(data) < MEGABYTE)


def first_line(source: FileSource) -> str:
    """Return the first line that is not blank; it turns down cheaply what cannot be."""
    line, _, _ = source.head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")
    return line.decode(errors="replace").rstrip("\r")


def _decoded(data: bytes, *, complete: bool) -> TextSample | None:
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=complete)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else TextSample(text, complete)
