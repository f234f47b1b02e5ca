"""Section 2.2 of the crawler reference: which compressions of whole files are read, and which are not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile

import pyarrow as pa
import pytest

from airflow_lineage_provider.local_aws.engine.compression import decompressed, whole_file_compression
from airflow_lineage_provider.local_aws.engine.content import read_fully
from airflow_lineage_provider.local_aws.engine.errors import DataUnreadableError
from airflow_lineage_provider.local_aws.engine.files import read_file
from airflow_lineage_provider.local_aws.engine.reader import StoredObject
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

JSON = b'{"a":1}\n{"a":2}\n'
_NOISE = random.Random(1)
LONG = "".join(f'{{"a":"{_NOISE.getrandbits(64):x}"}}\n' for _ in range(20_000)).encode()
_BLOCK = 65_536


def _zip(*contents: bytes, method: int = zipfile.ZIP_DEFLATED, folder: bool = False) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        if folder:
            archive.writestr("data/", b"")
        for index, content in enumerate(contents):
            archive.writestr(f"data/{index}.json", content)
    return packed.getvalue()


def _compressed(codec: str, data: bytes) -> bytes:
    packed: bytes = pa.compress(data, codec=codec, asbytes=True)
    return packed


def _framed_snappy(data: bytes) -> bytes:
    """Write the standard framing: a signature, padding, and chunks with a checksum nobody looks at."""
    chunks = [b"\xff\x06\x00\x00sNaPpY", b"\xfe\x03\x00\x00\x00\x00\x00"]
    for start in range(0, len(data), _BLOCK):
        plain = data[start : start + _BLOCK]
        kind, body = (b"\x01", plain) if start == _BLOCK else (b"\x00", _compressed("snappy", plain))
        chunks.append(kind + (len(body) + 4).to_bytes(3, "little") + b"\0\0\0\0" + body)
    return b"".join(chunks)


def _hadoop_snappy(data: bytes, block: int = 4 * _BLOCK) -> bytes:
    """Write Hadoop's blocks, each of one piece."""
    blocks = []
    for start in range(0, len(data), block):
        plain = data[start : start + block]
        piece = _compressed("snappy", plain)
        blocks.append(len(plain).to_bytes(4) + len(piece).to_bytes(4) + piece)
    return b"".join(blocks)


def _read(content: bytes) -> tuple[str, str, int]:
    schema = read_file(MemoryObjects({"k": content}), StoredObject("bucket", "k", len(content)))
    assert schema is not None
    return schema.classification, schema.compression, schema.records


class TestReading:
    @pytest.mark.parametrize(
        "content, compression",
        [
            pytest.param(JSON, "none", id="plain"),
            pytest.param(gzip.compress(JSON), "gzip", id="gzip"),
            pytest.param(bz2.compress(JSON), "bzip2", id="bzip2"),
            pytest.param(_zip(JSON), "zip", id="ZIP"),
            pytest.param(_zip(JSON, method=zipfile.ZIP_STORED), "zip", id="ZIP, stored"),
            pytest.param(_zip(JSON, folder=True), "zip", id="ZIP with the file's folder"),
            pytest.param(_compressed("lz4", JSON), "lz4", id="LZ4"),
            pytest.param(_framed_snappy(JSON), "snappy", id="Snappy, standard"),
            pytest.param(_hadoop_snappy(JSON), "snappy", id="Snappy, Hadoop"),
        ],
    )
    def test_knows_the_compressions_glue_lists(self, content: bytes, compression: str) -> None:
        assert _read(content) == ("json", compression, 2)

    @pytest.mark.parametrize(
        "pack",
        [
            gzip.compress,
            bz2.compress,
            _zip,
            lambda data: _compressed("lz4", data),
            _framed_snappy,
            _hadoop_snappy,
        ],
        ids=["gzip", "bzip2", "ZIP", "LZ4", "Snappy, standard", "Snappy, Hadoop"],
    )
    def test_gives_all_of_a_long_file_back_and_again(self, pack: object) -> None:
        assert callable(pack)
        packed = pack(LONG)
        raw = io.BytesIO(packed)
        compression = whole_file_compression(packed[:_BLOCK], raw)

        for _ in range(2):
            raw.seek(0)
            assert read_fully(decompressed(raw, compression), len(LONG) + 1) == LONG

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(_zip(JSON, JSON), id="a ZIP archive of two files"),
            pytest.param(_zip(), id="an empty ZIP archive"),
            pytest.param(_zip(JSON)[:-9], id="a ZIP archive without its end"),
            pytest.param(lzma.compress(JSON), id="xz"),
            pytest.param(_compressed("zstd", JSON), id="Zstandard"),
            pytest.param(
                b"\x00\x00\x00\x10\x00\x00\x00\x08\x10garbage", id="what looks like Hadoop's Snappy"
            ),
            pytest.param(b"\x00\x00\x00\x10\x00\x00\x00\x08\xff\xff\xff\xff\xff\xff\xff\xff", id="no length"),
        ],
    )
    def test_takes_everything_else_for_unknown(self, content: bytes) -> None:
        assert _read(content) == ("UNKNOWN", "none", 0)

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(gzip.compress(LONG)[:-9], id="cut gzip"),
            pytest.param(_zip(LONG).replace(_zip(LONG)[60:80], b"\0" * 20, 1), id="broken ZIP"),
            pytest.param(_compressed("lz4", LONG)[:-99], id="cut LZ4"),
            pytest.param(_framed_snappy(LONG)[:-9], id="cut Snappy"),
            pytest.param(_hadoop_snappy(LONG)[:-9], id="cut Snappy of Hadoop"),
            pytest.param(b"\xff\x06\x00\x00sNaPpY\x02\x01\x00\x00x", id="reserved Snappy chunk"),
        ],
    )
    def test_says_what_is_broken(self, content: bytes) -> None:
        with pytest.raises(DataUnreadableError, match="compression is broken"):
            _read(content)
