from __future__ import annotations

import bz2
import gzip
import io
import random
from collections.abc import Callable
from typing import BinaryIO

import pytest

from airflow_lineage_provider.local_aws.engine.errors import DataUnreadableError
from airflow_lineage_provider.local_aws.engine.files import FileSchema, read_file
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

JSON = b'{"a":1}\n{"a":2}\n'


def read(content: bytes) -> FileSchema | None:
    return read_file(MemoryObjects({"f": content}), StoredObject("bucket", "f", len(content)))


def read_counted(content: bytes) -> tuple[FileSchema | None, int]:
    """Read an object; return what it told and how many bytes of it were read."""
    taken = 0

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal taken
            part = super().read(size)
            taken += len(part)
            return part

    class CountedObjects(MemoryObjects):
        def open(self, stored: StoredObject) -> BinaryIO:
            return Counted(content)

    return read_file(CountedObjects({}), StoredObject("bucket", "f", len(content))), taken


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
        "content",
        [
            pytest.param(b"\x28\xb5\x2f\xfd", id="zstandard"),
            pytest.param(b"\xff\xfe{\x00", id="utf-16"),
            pytest.param(b"\x00\x01\x02", id="binary"),
            pytest.param(b'"just text"', id="a JSON scalar is no record"),
            pytest.param(b'{"a":1}\n{"a"', id="begins like JSON and is not"),
        ],
    )
    def test_takes_what_no_classifier_recognises_for_unknown(self, content: bytes) -> None:
        schema = read(content)

        assert schema is not None
        assert (schema.classification, schema.records) == ("UNKNOWN", 0)
        assert columns_of(schema.record)[0] == ()

    @pytest.mark.parametrize(
        "content, problem",
        [
            pytest.param(gzip.compress(JSON)[:-9], "compression is broken", id="cut gzip"),
            pytest.param(bz2.compress(JSON)[:-9], "compression is broken", id="cut bzip2"),
        ],
    )
    def test_names_object_and_problem_of_broken_data(self, content: bytes, problem: str) -> None:
        with pytest.raises(DataUnreadableError) as raised:
            read(content)

        assert problem in str(raised.value)
        assert "s3://bucket/f" in str(raised.value)

    def test_leaves_alone_what_the_store_raises(self) -> None:
        class Unreachable(MemoryObjects):
            def open(self, stored: StoredObject) -> BinaryIO:
                raise ConnectionResetError(104, "the store hung up")

        with pytest.raises(ConnectionResetError):
            read_file(Unreachable({"f": JSON}), StoredObject("bucket", "f", len(JSON)))

    @pytest.mark.parametrize("content", [JSON, gzip.compress(JSON)], ids=["plain", "gzip"])
    def test_reads_a_small_object_once(self, content: bytes) -> None:
        schema, taken = read_counted(content)

        assert schema is not None
        assert taken == len(content)

    @pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress], ids=["plain", "gzip", "bzip2"])
    def test_reads_no_more_of_a_large_object_than_the_sample(self, pack: Callable[[bytes], bytes]) -> None:
        noise = random.Random(1)
        content = pack(b"".join(b'{"a":"%x"}\n' % noise.getrandbits(8000) for _ in range(3000)))

        schema, taken = read_counted(content)

        assert schema is not None
        assert 900 * 1024 < schema.sampled_bytes <= 1024 * 1024
        assert taken < len(content) / 2
