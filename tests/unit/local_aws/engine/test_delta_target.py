from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from airflow_lineage_provider.local_aws.engine.delta_target import DeltaCrawl, DeltaTarget, crawl_delta
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError, TableUnsupportedError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from tests.unit.local_aws.engine.delta_tables import (
    ID,
    added,
    commit,
    features,
    log,
    objects_of,
)
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

SALES = pa.table({"Id": [1, 2], "City": ["New York", None], "day": [date(2025, 1, 1)] * 2})
DELETION_VECTOR = {
    "storageType": "u",
    "pathOrInlineDv": "ab^-aqEH.-t@S}K{vb[*k^",
    "offset": 4,
    "sizeInBytes": 40,
    "cardinality": 6,
}
MAPPED = {
    "name": "Id",
    "type": "long",
    "nullable": True,
    "metadata": {"delta.columnMapping.id": 1, "delta.columnMapping.physicalName": "col-1"},
}


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Return a table that is partitioned by city and day, at version 0."""
    write_deltalake(tmp_path, SALES, partition_by=["City", "day"])
    return tmp_path


def crawl(reader: ObjectReader, path: str = "s3://bucket/orders", **target: Any) -> DeltaCrawl:
    found = crawl_delta(reader, DeltaTarget(path, **target))
    assert found is not None
    return found


def native(objects: Mapping[str, str | bytes]) -> FoundTable:
    return crawl(MemoryObjects(objects), native=True).table


class TestNativeTable:
    def test_is_worded_as_a_crawler_words_it(self) -> None:
        table = native(log(commit([ID])))

        schema = '{"type":"struct","fields":[{"name":"Id","type":"long","nullable":true,"metadata":{}}]}'
        assert (table.base_name, table.location) == ("orders", "s3://bucket/orders/")
        assert table.format.input_format == "org.apache.hadoop.mapred.SequenceFileInputFormat"
        assert table.format.output_format == "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat"
        assert table.format.serde == "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
        assert dict(table.format.serde_parameters) == {
            "serialization.format": "1",
            "path": "s3://bucket/orders/",
        }
        assert dict(table.format.parameters) == {
            "EXTERNAL": "true",
            "table_type": "delta",
            "spark.sql.partitionProvider": "catalog",
            "spark.sql.sources.provider": "delta",
            "spark.sql.sources.schema.numParts": "1",
            "spark.sql.sources.schema.part.0": schema,
            "delta.lastUpdateVersion": "0",
            "delta.lastCommitTimestamp": "1735689600123",
        }

    def test_has_typed_partition_keys_and_no_partitions(self, sales: Path) -> None:
        table = crawl(objects_of(sales, "orders/"), native=True).table

        assert columns_of(table.record)[0] == (("id", "bigint"),)
        assert table.partition_keys == ("city", "day")
        assert dict(table.partition_types) == {"city": "string", "day": "date"}
        assert table.partitions == ()

    def test_has_the_schema_of_the_newest_commit(self, sales: Path) -> None:
        more = SALES.append_column("note", pa.array(["a", "b"]))
        write_deltalake(sales, more, mode="append", schema_mode="merge")

        table = crawl(objects_of(sales, "orders/"), native=True).table

        assert columns_of(table.record)[0] == (("id", "bigint"), ("note", "string"))
        assert dict(table.format.parameters)["delta.lastUpdateVersion"] == "1"

    def test_has_the_comments_of_its_columns(self) -> None:
        table = native(log(commit([{**ID, "metadata": {"comment": "of the order"}}])))

        assert table.column_members == {"id": {"Comment": "of the order"}}

    def test_spreads_a_long_schema_over_several_parameters(self) -> None:
        fields = [{**ID, "name": f"column_{number}"} for number in range(100)]

        parameters = dict(native(log(commit(fields))).format.parameters)

        parts = int(parameters["spark.sql.sources.schema.numParts"])
        text = "".join(parameters[f"spark.sql.sources.schema.part.{number}"] for number in range(parts))
        assert parts > 1
        assert [each["name"] for each in json.loads(text)["fields"]] == [each["name"] for each in fields]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(
                commit(protocol=features("deletionVectors"), actions=[added(deletionVector=DELETION_VECTOR)]),
                id="deletion vectors",
            ),
            pytest.param(
                commit([MAPPED], features("columnMapping"), {"delta.columnMapping.mode": "name"}),
                id="column mapping",
            ),
            pytest.param(commit(protocol=features("v2Checkpoint")), id="new checkpoints"),
        ],
    )
    def test_is_made_of_a_table_with_newer_features(self, text: str) -> None:
        assert columns_of(native(log(text)).record)[0] == (("id", "bigint"),)


class TestLog:
    def test_alone_is_read_never_the_data(self, sales: Path) -> None:
        reader = objects_of(sales, "orders/")

        crawl(reader, native=True)

        assert reader.opened == ["orders/_delta_log/00000000000000000000.json"]

    def test_is_read_from_the_newest_checkpoint_on(self, sales: Path) -> None:
        for _ in range(2):
            write_deltalake(sales, SALES, mode="append")
        DeltaTable(sales).create_checkpoint()
        write_deltalake(sales, SALES, mode="append")
        reader = objects_of(sales, "orders/")

        table = crawl(reader, native=True).table

        assert dict(table.format.parameters)["delta.lastUpdateVersion"] == "3"
        assert "orders/_delta_log/00000000000000000002.checkpoint.parquet" in reader.opened
        assert "orders/_delta_log/00000000000000000003.json" in reader.opened
        assert "orders/_delta_log/00000000000000000001.json" not in reader.opened

    @pytest.mark.parametrize("hint", ["{broken", "{}", '{"version": 7}'])
    def test_is_read_whole_when_the_hint_to_its_checkpoint_leads_nowhere(self, hint: str) -> None:
        table = native({**log(commit()), "orders/_delta_log/_last_checkpoint": hint})

        assert dict(table.format.parameters)["delta.lastUpdateVersion"] == "0"

    def test_makes_no_table_where_there_is_none(self) -> None:
        reader = MemoryObjects({"orders/part.parquet": b"x", "orders/_delta_log/notes.txt": b"x"})

        assert crawl_delta(reader, DeltaTarget("s3://bucket/orders/")) is None

    def test_of_a_neighbour_is_not_read(self) -> None:
        assert (
            crawl_delta(MemoryObjects(log(commit(), table="orders2")), DeltaTarget("s3://b/orders")) is None
        )

    @pytest.mark.parametrize(
        "objects",
        [
            pytest.param(log(commit(), "{broken"), id="a broken commit"),
            pytest.param(log(commit(protocol=features("fromTheFuture"))), id="an unknown feature"),
            pytest.param(log(commit([{**ID, "type": "interval"}])), id="an unknown type"),
            pytest.param(log(commit([{**ID, "type": "variant"}], features("variantType"))), id="a variant"),
        ],
    )
    def test_that_cannot_be_read_names_the_table_and_no_local_folder(
        self, objects: dict[str, str | bytes]
    ) -> None:
        with pytest.raises(TableUnsupportedError) as raised:
            native(objects)

        assert str(raised.value).startswith("The table at s3://bucket/orders/ is not supported by crawlers: ")
        assert "/tmp" not in str(raised.value)
        assert "\n" not in str(raised.value)

    def test_is_not_read_by_a_crawl_that_was_cancelled(self) -> None:
        with pytest.raises(CrawlCancelledError):
            crawl_delta(MemoryObjects(log(commit())), DeltaTarget("s3://b/orders"), cancelled=lambda: True)

    def test_without_a_time_gives_the_table_none(self) -> None:
        text = "\n".join(commit().splitlines()[1:])

        assert "delta.lastCommitTimestamp" not in dict(native(log(text)).format.parameters)


class TestSymlinkTable:
    def test_points_at_the_manifests(self) -> None:
        table = crawl(MemoryObjects(log(commit()))).table

        assert table.location == "s3://bucket/orders/_symlink_format_manifest/"
        assert table.base_name == "orders"
        assert table.format.input_format == "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
        assert table.format.output_format == "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
        assert table.format.serde == "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

    def test_has_a_partition_at_every_manifest(self, sales: Path) -> None:
        table = crawl(objects_of(sales, "orders/")).table

        folder = "s3://bucket/orders/_symlink_format_manifest/"
        assert {partition.values: partition.location for partition in table.partitions} == {
            ("New York", "2025-01-01"): f"{folder}City=New%20York/day=2025-01-01/",
            ("__HIVE_DEFAULT_PARTITION__", "2025-01-01"): (
                f"{folder}City=__HIVE_DEFAULT_PARTITION__/day=2025-01-01/"
            ),
        }

    def test_asks_for_no_manifest_unless_told(self, sales: Path) -> None:
        crawled = crawl(objects_of(sales, "orders/"))

        assert (crawled.manifests, crawled.stale) == ({}, ())


class TestManifest:
    def test_lists_the_current_files_of_each_partition(self, sales: Path) -> None:
        write_deltalake(sales, SALES, mode="append")
        DeltaTable(sales).optimize.compact()
        reader = objects_of(sales, "deep/orders/")

        crawled = crawl(reader, "s3://bucket/deep/orders/", write_manifest=True)

        current = {
            f"s3://bucket/deep/orders/{Path(uri).relative_to(sales).as_posix()}"
            for uri in DeltaTable(sales).file_uris()
        }
        assert {line for text in crawled.manifests.values() for line in text.decode().split()} == current
        assert sorted(crawled.manifests) == [
            "deep/orders/_symlink_format_manifest/City=New%20York/day=2025-01-01/manifest",
            "deep/orders/_symlink_format_manifest/City=__HIVE_DEFAULT_PARTITION__/day=2025-01-01/manifest",
        ]

    def test_of_a_table_without_partitions_is_one(self) -> None:
        objects = log(commit(actions=[added("a.parquet"), added("b.parquet")]))

        crawled = crawl(MemoryObjects(objects), write_manifest=True)

        ((key, text),) = crawled.manifests.items()
        assert key == "orders/_symlink_format_manifest/manifest"
        assert sorted(text.decode().split()) == [
            "s3://bucket/orders/a.parquet",
            "s3://bucket/orders/b.parquet",
        ]

    def test_of_a_partition_that_is_gone_is_stale(self, sales: Path) -> None:
        gone = "orders/_symlink_format_manifest/City=Berlin/day=2025-01-01/manifest"
        held = "orders/_symlink_format_manifest/City=New%20York/day=2025-01-01/manifest"
        table = {f"orders/{path.relative_to(sales)}": path.read_bytes() for path in sales.rglob("*.json")}

        crawled = crawl(MemoryObjects({**table, gone: "x", held: "x"}), write_manifest=True)

        assert [stored.key for stored in crawled.stale] == [gone]

    @pytest.mark.parametrize(
        "text, reason",
        [
            pytest.param(
                commit(protocol=features("deletionVectors"), actions=[added(deletionVector=DELETION_VECTOR)]),
                "it has deletion vectors",
                id="deletion vectors",
            ),
            pytest.param(
                commit([MAPPED], features("columnMapping"), {"delta.columnMapping.mode": "name"}),
                "it uses column mapping",
                id="column mapping",
            ),
        ],
    )
    def test_is_refused_where_files_alone_are_not_the_table(self, text: str, reason: str) -> None:
        with pytest.raises(TableUnsupportedError, match=reason):
            crawl(MemoryObjects(log(text)), write_manifest=True)

    def test_is_made_where_deletion_vectors_are_allowed_but_none_is_there(self) -> None:
        objects = log(commit(protocol=features("deletionVectors"), actions=[added()]))

        assert crawl(MemoryObjects(objects), write_manifest=True).manifests
