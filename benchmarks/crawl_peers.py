"""What the crawl is measured against: the same answer, got the straightforward way."""

from __future__ import annotations

import json

from airflow_lineage_provider.local_aws.engine.reader import ObjectReader

__all__ = ["read_all_json"]

_NAMES = {bool: "boolean", int: "int", float: "double", str: "string", list: "array", dict: "struct"}


def read_all_json(reader: ObjectReader, bucket: str, prefix: str) -> dict[str, set[str]]:
    """
    Read every object whole, one after the other, and gather the kinds of values of every top-level field.

    It knows no folders, no partitions, no nested types, no figures: the least a crawl has to do.
    """
    fields: dict[str, set[str]] = {}
    for stored in reader.list(bucket, prefix):
        with reader.open(stored) as raw:
            content = raw.read()
        for line in content.splitlines():
            for name, value in json.loads(line).items():
                fields.setdefault(name, set()).add(_NAMES.get(type(value), "string"))
    return fields
