from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.engine.files import FileSchema, read_file
from airflow_lineage_provider.local_aws.engine.formats import FileFormat, FileSource
from airflow_lineage_provider.local_aws.engine.formats.avro import AvroFormat
from airflow_lineage_provider.local_aws.engine.formats.orc import OrcFormat
from airflow_lineage_provider.local_aws.engine.formats.parquet import ParquetFormat
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from tests.unit.local_aws.engine.inference_cases.avro_cases import avro, record
from tests.unit.local_aws.engine.inference_cases.orc_cases import orc_file
from tests.unit.local_aws.engine.inference_cases.parquet_cases import parquet
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

MEGABYTE = 1024 * 1024
SMALL = {
    "parquet": parquet(rows=2, a=pa.int64(), b=pa.list_(pa.struct([("c", pa.decimal128(9, 2))]))),
    "orc": orc_file(rows=2, a=pa.int64(), b=pa.map_(pa.string(), pa.date32())),
    "avro": avro(record(a="long", b=["null", "string"]), {"a": 1, "b": "x"}),
}


def read(content: bytes) -> FileSchema | None:
    return read_file(MemoryObjects({"f": content}), StoredObject("bucket", "f", len(content)))


def never() -> bool:
    return False


class Watched(io.BytesIO):
    """A file that counts what is read of it, and fails from the ``broken_after``-th read on."""

    def __init__(self, content: bytes, broken_after: int | None = None) -> None:
        super().__init__(content)
        self.bytes_read = 0
        self._reads_left = broken_after

    def read(self, size: int | None = -1, /) -> bytes:
        if self._reads_left is not None:
            self._reads_left -= 1
            if self._reads_left < 0:
                raise ConnectionResetError(104, "the store hung up")
        content = super().read(size)
        self.bytes_read += len(content)
        return content


def source(raw: BinaryIO, size: int) -> FileSource:
    return FileSource(StoredObject("bucket", "f", size), raw)


def large_table(rows: int = 3000) -> pa.Table:
    return pa.table({"a": [bytes([number % 251]) * (1000 + number % 7) for number in range(rows)]})


def large_parquet() -> bytes:
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(large_table(), file, compression="none", use_dictionary=False)
    return file.getvalue()


def large_orc() -> bytes:
    from pyarrow import orc

    file = io.BytesIO()
    orc.write_table(large_table(), file, compression="uncompressed", dictionary_key_size_threshold=0)
    return file.getvalue()


def large_avro() -> bytes:
    return avro(record(a="bytes"), *({"a": b"x" * 1000} for _ in range(3000)))


class TestLargeFiles:
    @pytest.mark.parametrize(
        "file_format, make, most",
        [
            pytest.param(ParquetFormat(), large_parquet, 3 * 64 * 1024, id="2.2 Parquet: footer only"),
            pytest.param(OrcFormat(), large_orc, 3 * 64 * 1024, id="2.2 ORC: footer only"),
            pytest.param(AvroFormat(), large_avro, 128 * 1024, id="2.2 Avro: header and block lengths"),
        ],
    )
    def test_are_not_read(self, file_format: FileFormat, make: Callable[[], bytes], most: int) -> None:
        content = make()
        raw = Watched(content)

        sample = file_format.sample(source(raw, len(content)), never)

        assert sample is not None
        assert sample.record.fields[0][0] == "a"
        assert raw.bytes_read < most < len(content) / 10

    def test_of_avro_have_their_records_estimated_from_the_first_megabyte(self) -> None:
        content = large_avro()

        sample = AvroFormat().sample(source(io.BytesIO(content), len(content)), never)

        assert sample is not None
        assert (sample.complete, sample.exact_records) == (False, None)
        assert MEGABYTE <= sample.size_bytes < 1.1 * MEGABYTE
        assert 1000 < sample.size_bytes / sample.records < 1010

    def test_of_avro_are_left_when_the_crawl_is_stopped(self) -> None:
        content = large_avro()

        sample = AvroFormat().sample(source(io.BytesIO(content), len(content)), lambda: True)

        assert sample is not None
        assert sample.records == 0


class TestDamagedFiles:
    @given(st.sampled_from(sorted(SMALL)), st.data())
    def test_never_break_the_crawl(self, name: str, data: st.DataObject) -> None:
        content = bytearray(SMALL[name])
        place = data.draw(st.integers(4, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))

        found = read(bytes(content))

        assert found is not None
        assert found.classification in (name, "UNKNOWN")

    @given(st.sampled_from(sorted(SMALL)), st.data())
    def test_never_break_the_crawl_where_they_are_cut(self, name: str, data: st.DataObject) -> None:
        content = SMALL[name][: data.draw(st.integers(1, len(SMALL[name]) - 1))]

        found = read(content)

        assert found is not None
        assert found.classification in ("UNKNOWN", "avro")


class TestFailingStore:
    @pytest.mark.parametrize(
        "file_format, name", [(ParquetFormat(), "parquet"), (OrcFormat(), "orc"), (AvroFormat(), "avro")]
    )
    def test_is_no_unknown_format(self, file_format: Any, name: str) -> None:
        raw = Watched(SMALL[name], broken_after=1)

        with pytest.raises(ConnectionResetError, match="hung up"):
            file_format.sample(source(raw, len(SMALL[name])), never)
