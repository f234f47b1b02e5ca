from __future__ import annotations

from typing import Any

import pytest
from pyiceberg import types as iceberg
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform

from airflow_lineage_provider.local_aws.engine.errors import (
    CrawlCancelledError,
    DataUnreadableError,
    TableUnsupportedError,
)
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.iceberg_target import crawl_iceberg
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from airflow_lineage_provider.local_aws.engine.table_folders import TraversalTarget
from tests.unit.local_aws.engine.iceberg_tables import (
    evolved,
    metadata_file,
    schema,
    table_metadata,
)
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

FIRST = "lake/orders/metadata/00000-aaaa.metadata.json"
SECOND = "lake/orders/metadata/00001-bbbb.metadata.json"
FILE = metadata_file(table_metadata())


def crawl(
    objects: dict[str, str | bytes], path: str = "s3://bucket/lake/", **target: Any
) -> tuple[FoundTable, ...]:
    return crawl_iceberg(MemoryObjects(objects), TraversalTarget(path, **target))


def only(objects: dict[str, str | bytes]) -> FoundTable:
    (table,) = crawl(objects)
    return table


class TestTable:
    def test_points_at_its_metadata_file(self) -> None:
        table = only({FIRST: FILE})

        assert (table.base_name, table.location) == ("orders", "s3://bucket/lake/orders")
        assert dict(table.format.parameters) == {"table_type": "ICEBERG"}
        assert table.parameters == {"metadata_location": f"s3://bucket/{FIRST}"}
        assert (table.format.input_format, table.format.serde) == ("", "")

    def test_ends_with_a_slash_where_its_metadata_says_so(self) -> None:
        table = only({FIRST: metadata_file(table_metadata(location="s3://bucket/lake/orders/"))})

        assert table.location == "s3://bucket/lake/orders/"

    def test_lies_where_it_was_found_even_if_its_metadata_tells_of_another_place(self) -> None:
        table = only({FIRST: metadata_file(table_metadata(location="s3://elsewhere/orders"))})

        assert table.location == "s3://bucket/lake/orders"

    def test_has_no_partition_keys_whatever_its_partition_spec(self) -> None:
        columns = schema(at=iceberg.TimestampType())
        spec = PartitionSpec(PartitionField(1, 1000, DayTransform(), "at_day"))

        table = only({FIRST: metadata_file(table_metadata(columns, spec=spec))})

        assert (table.partition_keys, columns_of(table.record)[0]) == ((), (("at", "timestamp"),))

    def test_has_the_current_columns_first_and_then_those_of_earlier_schemas(self) -> None:
        before = table_metadata(Schema(iceberg.NestedField(1, "Old", iceberg.IntegerType(), required=True)))
        columns = Schema(
            iceberg.NestedField(2, "New", iceberg.StringType(), required=False, doc="what it is now")
        )

        table = only({SECOND: metadata_file(evolved(before, columns))})

        assert columns_of(table.record)[0] == (("new", "string"), ("old", "int"))
        assert table.column_members == {
            "new": {
                "Comment": "what it is now",
                "Parameters": {
                    "iceberg.field.current": "true",
                    "iceberg.field.id": "2",
                    "iceberg.field.optional": "true",
                },
            },
            "old": {
                "Parameters": {
                    "iceberg.field.current": "false",
                    "iceberg.field.id": "1",
                    "iceberg.field.optional": "false",
                },
            },
        }

    def test_keeps_the_first_of_columns_that_differ_only_in_case(self) -> None:
        columns = schema(Id=iceberg.LongType(), ID=iceberg.StringType())

        table = only({FIRST: metadata_file(table_metadata(columns))})

        assert columns_of(table.record) == ((("id", "bigint"),), ("ID",))
        assert table.column_members["id"]["Parameters"]["iceberg.field.id"] == "1"


class TestTypes:
    def test_of_the_next_format_are_refused(self) -> None:
        content = FILE.decode().replace('"long"', '"timestamp_ns"')

        with pytest.raises(TableUnsupportedError, match="timestamp_ns"):
            only({FIRST: content})


class TestMetadataFile:
    @pytest.mark.parametrize(
        "older, newer",
        [
            ("00009-a.metadata.json", "00010-b.metadata.json"),
            ("v9.metadata.json", "v10.metadata.json"),
            ("00001-z.metadata.json", "00002-a.gz.metadata.json"),
            ("some.metadata.json", "00000-a.metadata.json"),
        ],
    )
    def test_with_the_highest_version_counts(self, older: str, newer: str) -> None:
        folder = "lake/orders/metadata/"
        columns = metadata_file(evolved(table_metadata(), schema(new=iceberg.StringType())))

        table = only({folder + older: FILE, folder + newer: columns})

        assert table.parameters["metadata_location"] == f"s3://bucket/{folder}{newer}"

    def test_that_was_written_last_counts_among_those_of_one_version(self) -> None:
        metadata = table_metadata()
        later = metadata.model_copy(update={"last_updated_ms": metadata.last_updated_ms + 1})
        objects: dict[str, str | bytes] = {
            "lake/orders/metadata/00001-a.metadata.json": metadata_file(later),
            "lake/orders/metadata/00001-b.metadata.json": metadata_file(metadata),
        }

        assert only(objects).parameters["metadata_location"].endswith("00001-a.metadata.json")

    def test_may_be_compressed(self) -> None:
        name = "lake/orders/metadata/v1.gz.metadata.json"

        table = only({name: metadata_file(table_metadata(), compressed=True)})

        assert columns_of(table.record)[0] == (("id", "bigint"),)

    def test_of_format_version_1_is_read(self) -> None:
        assert only({FIRST: metadata_file(table_metadata(format_version=1))}).base_name == "orders"

    def test_of_format_version_3_is_refused(self) -> None:
        with pytest.raises(TableUnsupportedError, match="version is 3") as raised:
            only({FIRST: FILE.replace(b'"format-version":2', b'"format-version":3')})

        assert f"s3://bucket/{FIRST}" in str(raised.value)

    @pytest.mark.parametrize("content", ["", "{broken", "[]", "{}", '{"format-version": 2}', b"\x1f\x8bx"])
    def test_that_is_broken_is_named(self, content: str | bytes) -> None:
        with pytest.raises(DataUnreadableError, match=FIRST):
            only({FIRST: content})

    def test_alone_is_opened(self) -> None:
        objects: dict[str, str | bytes] = {
            FIRST: FILE,
            SECOND: FILE,
            "lake/orders/metadata/snap-1.avro": b"x",
            "lake/orders/data/1.parquet": b"x",
        }
        reader = MemoryObjects(objects)

        crawl_iceberg(reader, TraversalTarget("s3://bucket/lake/"))

        assert reader.opened == [SECOND]


class TestNewerMetadata:
    def test_moves_what_the_catalog_named_to_the_previous_location(self) -> None:
        held = {
            "Parameters": {"metadata_location": "s3://bucket/0", "previous_metadata_location": "s3://b/-"}
        }

        assert self.succeed(held, "s3://bucket/1")["previous_metadata_location"] == "s3://bucket/0"

    def test_that_is_no_other_leaves_the_previous_location(self) -> None:
        held = {
            "Parameters": {"metadata_location": "s3://bucket/1", "previous_metadata_location": "s3://b/0"}
        }

        assert self.succeed(held, "s3://bucket/1")["previous_metadata_location"] == "s3://b/0"

    def test_has_no_previous_location_where_the_catalog_named_none(self) -> None:
        assert "previous_metadata_location" not in self.succeed({}, "s3://bucket/1")

    @staticmethod
    def succeed(held: dict[str, Any], newest: str) -> dict[str, str]:
        wanted = {"Parameters": {"metadata_location": newest}, "StorageDescriptor": {"Parameters": {}}}
        following = only({FIRST: FILE}).format.succeeding(held, wanted)
        assert following["StorageDescriptor"]["Parameters"].get("previous_metadata_location") == following[
            "Parameters"
        ].get("previous_metadata_location")
        return dict(following["Parameters"])


class TestTraversal:
    def test_finds_every_table_below_the_path(self) -> None:
        objects: dict[str, str | bytes] = {
            "lake/db/a/metadata/v1.metadata.json": FILE,
            "lake/db/deep/b/metadata/v1.metadata.json": FILE,
            "lake/db/c/metadata/notes.json": b"x",
            "lake2/d/metadata/v1.metadata.json": FILE,
        }

        found = crawl(objects, "s3://bucket/lake")

        assert [table.location for table in found] == ["s3://bucket/lake/db/a", "s3://bucket/lake/db/deep/b"]

    def test_finds_the_table_at_the_path_itself_and_in_a_bare_bucket(self) -> None:
        assert crawl({FIRST: FILE}, "s3://bucket/lake/orders", depth=1)[0].base_name == "orders"
        assert crawl({"metadata/v1.metadata.json": FILE}, "s3://bucket")[0].base_name == "bucket"

    @pytest.mark.parametrize("depth, found", [(3, 0), (4, 1)])
    def test_goes_as_deep_as_it_may(self, depth: int, found: int) -> None:
        objects: dict[str, str | bytes] = {"lake/1/2/3/metadata/v1.metadata.json": FILE}

        assert len(crawl(objects, depth=depth)) == found

    @pytest.mark.parametrize("pattern", ["secret/**", "secret/orders", "**/orders/", "secret/*/metadata/*"])
    def test_leaves_out_what_is_excluded(self, pattern: str) -> None:
        objects: dict[str, str | bytes] = {
            "lake/secret/orders/metadata/v1.metadata.json": FILE,
            "lake/open/sales/metadata/v1.metadata.json": FILE,
        }

        assert [table.base_name for table in crawl(objects, exclusions=(pattern,))] == ["sales"]

    def test_takes_a_table_inside_another_for_a_part_of_it(self) -> None:
        objects: dict[str, str | bytes] = {
            FIRST: FILE,
            "lake/orders/data/copy/metadata/v1.metadata.json": FILE,
        }

        assert [table.base_name for table in crawl(objects)] == ["orders"]

    def test_ends_when_the_crawl_was_cancelled(self) -> None:
        with pytest.raises(CrawlCancelledError):
            crawl_iceberg(
                MemoryObjects({FIRST: FILE}), TraversalTarget("s3://bucket/lake"), cancelled=lambda: True
            )
