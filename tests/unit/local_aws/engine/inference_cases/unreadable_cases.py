"""Files that are not what they seem: sections 2.3 (first certain classifier) and 12 (UNKNOWN)."""

from __future__ import annotations

import gzip

import pyarrow as pa

from tests.unit.local_aws.engine.inference_cases.avro_cases import avro, record
from tests.unit.local_aws.engine.inference_cases.case import Case, Table, columns
from tests.unit.local_aws.engine.inference_cases.orc_cases import orc_file
from tests.unit.local_aws.engine.inference_cases.parquet_cases import parquet

_PARQUET = parquet(rows=3, a=pa.int64())
_ORC = orc_file(rows=3, a=pa.int64())
_AVRO = avro(record(a="long"), {"a": 1}, {"a": 2})
_UNKNOWN = (Table("data", (), classification="UNKNOWN"),)


def _unknown(name: str, content: bytes) -> Case:
    return Case(name, "2.3/12 no classifier is certain: no columns, UNKNOWN", {"data/f": content}, _UNKNOWN)


CASES = [
    _unknown("parquet-cut", _PARQUET[:-1]),
    _unknown("parquet-only-magic", b"PAR1"),
    _unknown("parquet-empty-shell", b"PAR1PAR1"),
    _unknown("parquet-broken-footer", _PARQUET[:-40] + b"\xff" * 32 + _PARQUET[-8:]),
    _unknown("parquet-footer-beyond-file", _PARQUET[:-8] + b"\xff\xff\xff\x7fPAR1"),
    _unknown("parquet-encrypted-footer", b"PARE" + _PARQUET[4:-4] + b"PARE"),
    _unknown("parquet-in-gzip", gzip.compress(_PARQUET)),
    _unknown("orc-cut", _ORC[:-1]),
    _unknown("orc-only-magic", b"ORC"),
    _unknown("orc-broken-footer", _ORC[:-60] + b"\xff" * 30 + _ORC[-30:]),
    _unknown("orc-in-gzip", gzip.compress(_ORC)),
    _unknown("avro-cut-header", _AVRO[:60]),
    _unknown("avro-only-magic", b"Obj\x01"),
    _unknown("avro-without-schema", b"Obj\x01" + b"\x00" * 17),
    _unknown("avro-schema-of-nothing", _AVRO.replace(b'"long"', b'"lung"')),
    _unknown("avro-schema-no-json", _AVRO.replace(b'{"type"', b'["type"', 1)),
    _unknown("avro-in-gzip", gzip.compress(_AVRO)),
    Case(
        "avro-cut-block",
        "5 the schema is in the header: a cut block leaves it known",
        {"data/f": _AVRO[:-4]},
        (Table("data", columns(a="bigint"), classification="avro"),),
    ),
    Case(
        "avro-broken-block",
        "5 the schema is in the header: records are counted up to the broken block",
        {"data/f": _AVRO + b"\x02\x02\x00" + b"x" * 16},
        (Table("data", columns(a="bigint"), classification="avro"),),
    ),
]
