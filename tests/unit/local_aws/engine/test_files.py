from __future__ import annotations

import bz2
import gzip

import pytest

from airflow_lineage_provider.local_aws.engine.errors import DataUnreadableError, FormatUnsupportedError
from airflow_lineage_provider.local_aws.engine.files import FileSchema, read_file
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

JSON = b'{"a":1}\n{"a":2}\n'


def read(content: bytes) -> FileSchema | None:
    return read_file(MemoryObjects({"f": content}), StoredObject("bucket", "f", len(content)))


class TestReadFile:
    @pytest.mark.parametrize(
        "content, compression",
        [
            pytest.param(JSON, "none", id="2.2 plain"),
            pytest.param(gzip.compress(JSON), "gzip", id="2.2 gzip"),
            pytest.param(
                gzip.compress(JSON[:8]) + gzip.compress(JSON[8:]), "gzip", id="2.2 gzip in two members"
            ),
            pytest.param(bz2.compress(JSON), "bzip2", id="2.2 bzip2"),
        ],
    )
    def test_finds_format_and_compression_in_the_content(self, content: bytes, compression: str) -> None:
        schema = read(content)

        assert schema is not None
        assert (schema.classification, schema.compression, schema.records) == ("json", compression, 2)
        assert columns_of(schema.record)[0] == (("a", "int"),)
        assert (schema.sampled_bytes, schema.data_bytes) == (len(JSON), len(JSON))

    @pytest.mark.parametrize("content", [b"", b" \n", gzip.compress(b"")], ids=["empty", "blank", "packed"])
    def test_takes_a_file_without_records_for_nothing(self, content: bytes) -> None:
        assert read(content) is None

    @pytest.mark.parametrize(
        "content, name",
        [
            pytest.param(b"a,b\n1,2\n3,4\n", "CSV", id="csv"),
            pytest.param(b"a|b\n1|2\n", "CSV", id="csv with bars"),
            pytest.param(b"a,b\n1,2\n3,4\n5", "CSV", id="csv whose last row is cut"),
            pytest.param(gzip.compress(b"a,b\n1,2\n3,4\n"), "CSV", id="csv in gzip"),
            pytest.param(b"PAR1\x15\x04", "Parquet", id="parquet"),
            pytest.param(b"Obj\x01\x04", "Avro", id="avro"),
            pytest.param(b"ORC\x08", "ORC", id="orc"),
            pytest.param(b"\xe0\x01\x00\xea", "Ion", id="ion"),
            pytest.param(b"<?xml version='1.0'?><a/>", "XML", id="xml"),
            pytest.param(b"PK\x03\x04", "ZIP archives", id="zip"),
            pytest.param(b"\x28\xb5\x2f\xfd", "Zstandard compression", id="zstandard"),
            pytest.param(b"\x04\x22\x4d\x18", "LZ4 compression", id="lz4"),
            pytest.param(b"\xff\xfe{\x00", "UTF-16 text", id="utf-16"),
            pytest.param(b"\x00\x01\x02", "binary data", id="binary"),
            pytest.param(b"127.0.0.1 - - GET", "text of this kind", id="a log line"),
            pytest.param(b'"just text"', "text of this kind", id="a JSON scalar is no record"),
        ],
    )
    def test_names_object_and_format_of_what_it_cannot_read(self, content: bytes, name: str) -> None:
        with pytest.raises(FormatUnsupportedError) as raised:
            read(content)

        assert f"does not read {name}" in str(raised.value)
        assert "s3://bucket/f" in str(raised.value)

    @pytest.mark.parametrize(
        "content, problem",
        [
            pytest.param(gzip.compress(JSON)[:-9], "gzip is broken", id="cut gzip"),
            pytest.param(bz2.compress(JSON)[:-9], "bzip2 is broken", id="cut bzip2"),
            pytest.param(b'{"a":1}\n{"a"', "begins like JSON", id="cut json"),
        ],
    )
    def test_names_object_and_problem_of_broken_data(self, content: bytes, problem: str) -> None:
        with pytest.raises(DataUnreadableError) as raised:
            read(content)

        assert problem in str(raised.value)
        assert "s3://bucket/f" in str(raised.value)
