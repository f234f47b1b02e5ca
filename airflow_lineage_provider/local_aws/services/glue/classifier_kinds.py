"""
The four kinds of custom classifiers: how each is checked and what file format of the engine it is.

.. seealso:: AWS Glue Web API Reference, ``GrokClassifier``, ``XMLClassifier``, ``JsonClassifier`` and
    ``CsvClassifier``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import InvalidClassifierError
from airflow_lineage_provider.local_aws.engine.formats import FileFormat
from airflow_lineage_provider.local_aws.engine.formats.csv_rows import (
    CSV_DATATYPES,
    CsvFormat,
    CsvOptions,
    Header,
)
from airflow_lineage_provider.local_aws.engine.formats.grok_lines import GrokFormat
from airflow_lineage_provider.local_aws.engine.formats.json_objects import JsonFormat
from airflow_lineage_provider.local_aws.engine.formats.xml_documents import XmlFormat
from airflow_lineage_provider.local_aws.engine.grok import GrokPattern

__all__ = ["CLASSIFIER_KINDS", "ClassifierKind"]

_Members = Mapping[str, Any]
_DETECTED = "None"
_XML_NAME = re.compile(r"[^\W\d][\w.:-]*")


@dataclass(frozen=True, slots=True)
class ClassifierKind:
    """
    One kind.

    ``check`` raises :class:`InvalidClassifierError` for members that could never recognise anything,
    ``format`` makes the file format of checked ones, ``defaults`` are the values of members not given.
    """

    check: Callable[[_Members], None]
    format: Callable[[_Members], FileFormat]
    defaults: _Members = field(default_factory=dict)


def _check_grok(members: _Members) -> None:
    GrokPattern.compile(members["GrokPattern"], members.get("CustomPatterns", ""))
    _check_classification(members)


def _grok_format(members: _Members) -> FileFormat:
    return GrokFormat(members["Classification"], members["GrokPattern"], members.get("CustomPatterns", ""))


def _check_xml(members: _Members) -> None:
    tag = members.get("RowTag", "")
    if tag and not _XML_NAME.fullmatch(tag):
        raise InvalidClassifierError(problem=f"{tag!r} is no name of an XML tag (without angle brackets)")
    _check_classification(members)


def _xml_format(members: _Members) -> FileFormat:
    return XmlFormat(members.get("RowTag", ""), members["Classification"])


def _check_classification(members: _Members) -> None:
    if not members["Classification"].strip():
        raise InvalidClassifierError(problem="its classification is empty")


def _check_json(members: _Members) -> None:
    JsonFormat(members["JsonPath"])


def _json_format(members: _Members) -> FileFormat:
    return JsonFormat(members["JsonPath"])


def _check_csv(members: _Members) -> None:
    delimiter, quote = members.get("Delimiter"), members.get("QuoteSymbol")
    if delimiter is not None and delimiter == quote:
        raise InvalidClassifierError(problem="the quote symbol must be different from the column delimiter")
    names = [name.strip().lower() for name in members.get("Header", ())]
    if len(set(names)) < len(names) or "" in names:
        raise InvalidClassifierError(problem="the names in its header must be different and not empty")
    unknown = [name for name in members.get("CustomDatatypes", ()) if name.upper() not in CSV_DATATYPES]
    if unknown:
        known = ", ".join(CSV_DATATYPES)
        raise InvalidClassifierError(
            problem=f"unknown custom datatypes: {', '.join(unknown)}; known: {known}"
        )


def _csv_format(members: _Members) -> FileFormat:
    datatypes = members.get("CustomDatatypes", ()) if members["CustomDatatypeConfigured"] else ()
    return CsvFormat(
        CsvOptions(
            delimiter=members.get("Delimiter", ""),
            quote=members.get("QuoteSymbol", ""),
            contains_header=Header(members["ContainsHeader"]),
            header=tuple(members.get("Header", ())),
            trim_values=not members["DisableValueTrimming"],
            allow_single_column=members["AllowSingleColumn"],
            datatypes=tuple(CSV_DATATYPES[name.upper()] for name in datatypes),
            serde="" if members["Serde"] == _DETECTED else members["Serde"],
        )
    )


CLASSIFIER_KINDS: Mapping[str, ClassifierKind] = {
    "GrokClassifier": ClassifierKind(_check_grok, _grok_format),
    "XMLClassifier": ClassifierKind(_check_xml, _xml_format),
    "JsonClassifier": ClassifierKind(_check_json, _json_format),
    "CsvClassifier": ClassifierKind(
        _check_csv,
        _csv_format,
        defaults={
            "ContainsHeader": Header.UNKNOWN.value,
            "DisableValueTrimming": True,
            "AllowSingleColumn": False,
            "CustomDatatypeConfigured": False,
            "Serde": _DETECTED,
        },
    ),
}
"""The kinds by the member of the API's shapes that holds them; the defaults are those the API documents."""
