"""
The file formats a crawler knows: one module each, behind the protocol of :mod:`.base`.

.. seealso:: AWS Glue Developer Guide, "Adding classifiers" (built-in classifiers and their order).
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.engine.formats.avro import AvroFormat
from airflow_lineage_provider.local_aws.engine.formats.base import (
    FileFormat,
    FileSample,
    FileSource,
    TableFormat,
)
from airflow_lineage_provider.local_aws.engine.formats.csv_rows import CsvFormat
from airflow_lineage_provider.local_aws.engine.formats.grok_lines import LOG_FORMATS
from airflow_lineage_provider.local_aws.engine.formats.json_objects import JsonFormat
from airflow_lineage_provider.local_aws.engine.formats.orc import OrcFormat
from airflow_lineage_provider.local_aws.engine.formats.parquet import ParquetFormat
from airflow_lineage_provider.local_aws.engine.formats.unknown import UnknownFormat
from airflow_lineage_provider.local_aws.engine.formats.xml_documents import XmlFormat

__all__ = ["BUILT_IN_FORMATS", "FileFormat", "FileSample", "FileSource", "TableFormat"]

BUILT_IN_FORMATS: tuple[FileFormat, ...] = (
    AvroFormat(),
    OrcFormat(),
    ParquetFormat(),
    JsonFormat(),
    XmlFormat(),
    *LOG_FORMATS,
    CsvFormat(),
    UnknownFormat(),
)
"""The built-in classifiers in the order Glue asks them; the last takes what no other recognised."""
