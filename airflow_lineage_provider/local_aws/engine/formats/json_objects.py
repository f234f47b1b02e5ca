"""JSON as a file format: its classification, SerDe and sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.formats.text import TEXT_INPUT, TEXT_OUTPUT
from airflow_lineage_provider.local_aws.engine.json_format import (
    MalformedJsonError,
    read_json,
    starts_like_json,
)
from airflow_lineage_provider.local_aws.engine.json_paths import JsonPath
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["JSON_TABLE", "PATH_PARAMETER", "JsonFormat", "JsonTable"]

PATH_PARAMETER = "jsonPath"
_PATHS = "paths"


@dataclass(frozen=True, slots=True)
class JsonTable(TableFormat):
    """JSON: the SerDe is given the fields' names as they are written."""

    def grouping_key(self) -> tuple[str, ...]:
        """Return classification and path: what another path leads to is another table."""
        return (self.classification, *(value for _, value in self.parameters))

    def serde_parameters_for(self, record: StructOf) -> dict[str, str]:
        """Return the SerDe's parameter ``paths``: the top-level fields in their own case, sorted."""
        paths = ",".join(sorted(name for name, _ in record.fields))
        return {**dict(self.serde_parameters), _PATHS: paths}

    def merged_parameter(self, name: str, held: str, found: str) -> str:
        """Unite the names of old and new fields."""
        if name != _PATHS:
            return found
        return ",".join(sorted({path for path in (*held.split(","), *found.split(",")) if path}))


JSON_TABLE = JsonTable(
    classification="json",
    input_format=TEXT_INPUT,
    output_format=TEXT_OUTPUT,
    serde="org.openx.data.jsonserde.JsonSerDe",
)


class JsonFormat:
    """
    A JSON classifier.

    :param path: What a custom classifier takes for the records; the built-in one takes every document. Who
        reads the data needs the path, so it travels with the table; where AWS keeps it is unknown.
    :raises InvalidClassifierError: If the path is none.
    """

    def __init__(self, path: str = "") -> None:
        self._path = JsonPath.parse(path) if path else None
        parameters = ((PATH_PARAMETER, path),) if path else ()
        self._table = replace(JSON_TABLE, parameters=parameters)

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """Read the first megabyte, more where no record is complete."""
        if not starts_like_json(source.head):
            return None
        try:
            sample = read_json(source.open(), cancelled, path=self._path)
        except MalformedJsonError:
            return None
        if not sample.records:
            return None
        return FileSample(self._table, sample.record, sample.records, sample.size_bytes, sample.complete)
