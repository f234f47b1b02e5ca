"""JSON as a file format: its classification, SerDe and sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource, TableFormat
from airflow_lineage_provider.local_aws.engine.formats.text import TEXT_INPUT, TEXT_OUTPUT
from airflow_lineage_provider.local_aws.engine.json_format import (
    MalformedJsonError,
    read_json,
    starts_like_json,
)
from airflow_lineage_provider.local_aws.engine.schema import StructOf

__all__ = ["JSON_TABLE", "JsonFormat", "JsonTable"]


@dataclass(frozen=True, slots=True)
class JsonTable(TableFormat):
    """JSON: the SerDe is given the fields' names as they are written."""

    def serde_parameters_for(self, record: StructOf) -> dict[str, str]:
        """Return the SerDe's parameter ``paths``: the top-level fields in their own case, sorted."""
        paths = ",".join(sorted(name for name, _ in record.fields))
        return {**dict(self.serde_parameters), "paths": paths}


JSON_TABLE = JsonTable(
    classification="json",
    input_format=TEXT_INPUT,
    output_format=TEXT_OUTPUT,
    serde="org.openx.data.jsonserde.JsonSerDe",
)


class JsonFormat:
    """The built-in JSON classifier."""

    def sample(self, source: FileSource, cancelled: Callable[[], bool]) -> FileSample | None:
        """Read the first megabyte, more where no record is complete."""
        if not starts_like_json(source.head):
            return None
        try:
            sample = read_json(source.open(), cancelled)
        except MalformedJsonError:
            return None
        return FileSample(JSON_TABLE, sample.record, sample.records, sample.size_bytes, sample.complete)
