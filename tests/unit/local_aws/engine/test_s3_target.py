from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError, DataUnreadableError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.reading_ahead import READERS
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3, split_s3_path
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

ORDERS = '{"order_id":1,"total":2.5,"customer":"c"}'
CLICKS = '{"session":"s","page":"p"}'


def crawl(
    objects: Mapping[str, str | bytes],
    path: str = "s3://bucket/data/",
    /,
    configuration: str = "",
    **target: Any,
) -> list[FoundTable]:
    wanted = CrawlerConfiguration.parse(configuration)
    return list(crawl_s3(MemoryObjects(objects), S3Target(path, **target), wanted).tables)


def grouping(**members: Any) -> str:
    return json.dumps({"Version": 1.0, "Grouping": members})


COMBINE = grouping(TableGroupingPolicy="CombineCompatibleSchemas")


def shape(tables: list[FoundTable]) -> dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Return partition keys and values of every table by location."""
    return {
        table.location: (table.partition_keys, [partition.values for partition in table.partitions])
        for table in tables
    }


class TestSplitS3Path:
    @pytest.mark.parametrize(
        "path, expected",
        [
            ("s3://bucket/a/b", ("bucket", "a/b")),
            ("s3://bucket", ("bucket", "")),
            ("bucket/a", ("bucket", "a")),
        ],
    )
    def test_gives_bucket_and_key(self, path: str, expected: tuple[str, str]) -> None:
        assert split_s3_path(path) == expected

    @pytest.mark.parametrize("path", ["", "s3://", "https://bucket/a", "s3:///a"])
    def test_refuses_what_has_no_bucket(self, path: str) -> None:
        with pytest.raises(ValueError, match="not an S3 path"):
            split_s3_path(path)


class TestIncludePath:
    def test_of_a_folder_gives_a_table_named_after_it(self) -> None:
        (table,) = crawl({"data/orders/1.json": ORDERS}, "s3://bucket/data/orders/")

        assert (table.base_name, table.location) == ("orders", "s3://bucket/data/orders/")

    def test_without_a_slash_at_the_end_is_the_same_folder(self) -> None:
        (table,) = crawl({"orders/1.json": ORDERS, "orders2/1.json": CLICKS}, "s3://bucket/orders")

        assert table.location == "s3://bucket/orders/"

    def test_of_one_object_gives_a_table_at_the_object(self) -> None:
        (table,) = crawl({"d/report.json": ORDERS, "d/other.json": CLICKS}, "s3://bucket/d/report.json")

        assert (table.base_name, table.location) == ("report.json", "s3://bucket/d/report.json")

    def test_of_a_bucket_gives_a_table_named_after_the_bucket(self) -> None:
        (table,) = crawl({"1.json": ORDERS}, "s3://bucket")

        assert (table.base_name, table.location) == ("bucket", "s3://bucket/")

    def test_without_data_gives_no_table(self) -> None:
        assert crawl({"data/": "", "data/empty.json": "", "data/blank.json": " \n"}) == []

    def test_does_not_open_empty_objects(self) -> None:
        reader = MemoryObjects({"data/": "", "data/_SUCCESS": "", "data/1.json": ORDERS})

        crawl_s3(reader, S3Target("s3://bucket/data/"), CrawlerConfiguration())

        assert reader.opened == ["data/1.json"]

    @pytest.mark.parametrize(
        "location, covered",
        [
            ("s3://bucket/data/", True),
            ("s3://bucket/data/a/b/", True),
            ("s3://bucket/data2/", False),
            ("s3://other/data/", False),
        ],
    )
    def test_covers_what_lies_below(self, location: str, covered: bool) -> None:
        assert S3Target("s3://bucket/data/").covers(location) is covered


class TestExclusions:
    def test_leave_files_out(self) -> None:
        (table,) = crawl(
            {"data/1.json": ORDERS, "data/skip.tmp": "not json", "data/sub/deep.tmp": "not json"},
            exclusions=("**.tmp",),
        )

        assert table.statistics.objects == 1
        assert table.exclusions == ("s3://bucket/data/**.tmp",)

    def test_are_relative_to_the_include_path(self) -> None:
        assert crawl({"data/1.json": ORDERS}, exclusions=("data/*",)) != []
        assert crawl({"data/1.json": ORDERS}, exclusions=("*",)) == []


class TestGrouping:
    def test_merges_the_files_of_one_folder(self) -> None:
        (table,) = crawl({"data/1.json": '{"a":1}', "data/2.json": '{"b":"x"}'})

        assert columns_of(table.record)[0] == (("a", "int"), ("b", "string"))

    def test_makes_partitions_of_folders_that_are_alike(self) -> None:
        tables = crawl({"data/year=2017/1.json": ORDERS, "data/year=2018/1.json": ORDERS})

        assert shape(tables) == {"s3://bucket/data/": (("year",), [("2017",), ("2018",)])}

    def test_makes_tables_of_folders_that_differ(self) -> None:
        tables = crawl({"data/year=2017/1.json": '{"A":1,"B":2}', "data/year=2018/2.json": '{"C":3,"D":4}'})

        assert [table.base_name for table in tables] == ["year=2017", "year=2018"]

    def test_combines_compatible_schemas_when_told_to(self) -> None:
        (table,) = crawl(
            {"data/year=2017/1.json": '{"A":1,"B":2}', "data/year=2018/2.json": '{"C":3,"D":4}'},
            configuration=COMBINE,
        )

        assert columns_of(table.record)[0] == (("a", "int"), ("b", "int"), ("c", "int"), ("d", "int"))
        assert table.partition_keys == ("year",)

    def test_folds_several_levels_into_one_table(self) -> None:
        tables = crawl(
            {
                "data/table1/partition1/f": ORDERS,
                "data/table1/partition2/f": ORDERS,
                "data/table2/partition4/f": ORDERS,
            }
        )

        assert shape(tables) == {
            "s3://bucket/data/": (
                ("partition_0", "partition_1"),
                [("table1", "partition1"), ("table1", "partition2"), ("table2", "partition4")],
            )
        }

    def test_partitions_a_single_chain_of_folders(self) -> None:
        tables = crawl({"data/2025/06/17/data.json": ORDERS})

        keys, values = shape(tables)["s3://bucket/data/"]
        assert keys == ("partition_0", "partition_1", "partition_2")
        assert values == [("2025", "06", "17")]

    def test_gives_the_majority_a_table_and_the_others_their_own(self) -> None:
        tables = crawl({"data/a/1": ORDERS, "data/b/1": ORDERS, "data/c/1": CLICKS})

        assert shape(tables) == {
            "s3://bucket/data/": (("partition_0",), [("a",), ("b",)]),
            "s3://bucket/data/c/": ((), []),
        }

    def test_makes_no_partitions_of_half_of_the_folders(self) -> None:
        other = '{"x":1}'
        tables = crawl({"data/a/1": ORDERS, "data/b/1": ORDERS, "data/c/1": CLICKS, "data/d/1": other})

        assert [table.base_name for table in tables] == ["a", "b", "c", "d"]

    @pytest.mark.parametrize(
        "shared, tables",
        [
            pytest.param(7, 2, id="7 of 10 columns are not enough"),
            pytest.param(8, 1, id="8 of 10 columns are"),
        ],
    )
    def test_asks_for_more_than_seven_tenths_of_the_columns(self, shared: int, tables: int) -> None:
        ten = {f"c{number}": 1 for number in range(10)}
        fewer = {f"c{number}": 1 for number in range(shared)}

        found = crawl({"data/a/1": json.dumps(ten), "data/b/1": json.dumps(fewer)})

        assert len(found) == tables

    def test_compares_types_not_only_names(self) -> None:
        tables = crawl({"data/a/1": '{"x":1,"y":1}', "data/b/1": '{"x":"1","y":"1"}'})

        assert len(tables) == 2

    def test_puts_no_more_than_five_distinct_schemas_together(self) -> None:
        columns = {f"c{number}": 1 for number in range(20)}
        objects = {f"data/f{n}/1": json.dumps(columns | {f"extra{n}": 1}) for n in range(6)}

        tables = shape(crawl(objects))

        assert tables["s3://bucket/data/"][1] == [("f0",), ("f1",), ("f2",), ("f3",), ("f4",)]
        assert tables["s3://bucket/data/f5/"] == ((), [])

    def test_never_combines_different_depths(self) -> None:
        tables = crawl({"data/a/x/1": ORDERS, "data/b/1": ORDERS})

        assert shape(tables) == {
            "s3://bucket/data/a/": (("partition_0",), [("x",)]),
            "s3://bucket/data/b/": ((), []),
        }

    def test_never_combines_different_compressions(self) -> None:
        tables = crawl({"data/a/1": ORDERS, "data/b/1.gz": gzip.compress(ORDERS.encode())})

        assert [(table.base_name, table.compression) for table in tables] == [("a", "none"), ("b", "gzip")]

    def test_makes_a_table_per_file_where_formats_mix_in_a_folder(self) -> None:
        tables = crawl({"data/1.json": ORDERS, "data/2.gz": gzip.compress(ORDERS.encode())})

        assert [table.location for table in tables] == ["s3://bucket/data/1.json", "s3://bucket/data/2.gz"]
        assert [table.base_name for table in tables] == ["1.json", "2.gz"]

    def test_makes_a_table_per_file_where_files_and_folders_mix(self) -> None:
        tables = crawl({"data/loose.json": ORDERS, "data/sub/1.json": ORDERS})

        assert [table.location for table in tables] == [
            "s3://bucket/data/loose.json",
            "s3://bucket/data/sub/",
        ]

    def test_combines_mixed_depths_at_the_shallowest_file(self) -> None:
        tables = crawl({"data/a/1.json": ORDERS, "data/a/b/2.json": ORDERS}, configuration=COMBINE)

        assert shape(tables) == {"s3://bucket/data/": (("partition_0",), [("a",)])}

    def test_puts_the_tables_at_a_fixed_level(self) -> None:
        objects = {"2017/jan/1": ORDERS, "2017/feb/1": CLICKS, "2018/jan/1": ORDERS}

        tables = crawl(objects, "s3://mydataset/", configuration=grouping(TableLevelConfiguration=3))

        assert list(shape(tables)) == [
            "s3://mydataset/2017/feb/",
            "s3://mydataset/2017/jan/",
            "s3://mydataset/2018/jan/",
        ]

    def test_makes_partitions_of_everything_below_a_fixed_level(self) -> None:
        objects = {"a/x/1": ORDERS, "a/y/1": CLICKS, "b/z/1": ORDERS}

        tables = crawl(objects, "s3://mydataset/", configuration=grouping(TableLevelConfiguration=2))

        assert shape(tables) == {
            "s3://mydataset/a/": (("partition_0",), [("x",), ("y",)]),
            "s3://mydataset/b/": (("partition_0",), [("z",)]),
        }

    def test_does_not_put_tables_above_the_include_path(self) -> None:
        tables = crawl(
            {"data/a/p/1": ORDERS, "data/b/p/1": CLICKS}, configuration=grouping(TableLevelConfiguration=1)
        )

        assert list(shape(tables)) == ["s3://bucket/data/"]


class TestStatistics:
    def test_estimate_records_by_the_average_of_the_sample(self) -> None:
        (table,) = crawl({"data/1": '{"a":1}\n' * 10, "data/2": '{"a":1}\n' * 5})

        figures = table.statistics
        assert (figures.objects, figures.size_bytes, figures.records) == (2, 120, 15)
        assert figures.average_record_size == 8

    def test_of_a_table_are_the_totals_of_its_partitions(self) -> None:
        (table,) = crawl({"data/a/1": '{"a":1}\n' * 10, "data/b/1": '{"a":1}\n' * 5})

        assert [partition.statistics.records for partition in table.partitions] == [10, 5]
        assert table.statistics.records == 15

    def test_count_the_compressed_size_but_uncompressed_records(self) -> None:
        content = b'{"a":1}\n' * 100
        packed = gzip.compress(content)

        (table,) = crawl({"data/1.gz": packed})

        assert table.statistics.size_bytes == len(packed)
        assert table.statistics.records == 100


class TestSampling:
    def test_reads_only_so_many_files_of_a_folder(self) -> None:
        reader = MemoryObjects({f"data/{number}": '{"a":1}\n' for number in range(10)})

        crawled = crawl_s3(reader, S3Target("s3://bucket/data/", sample_size=3), CrawlerConfiguration())

        assert len(reader.opened) == 3
        assert crawled.tables[0].statistics.objects == 10
        assert crawled.tables[0].statistics.records == 10

    def test_reads_the_same_files_every_time(self) -> None:
        opened = []
        for _ in range(2):
            reader = MemoryObjects({f"data/{number}": '{"a":1}' for number in range(10)})
            crawl_s3(reader, S3Target("s3://bucket/data/", sample_size=3), CrawlerConfiguration())
            opened.append(sorted(reader.opened))

        assert opened[0] == opened[1]


class TestKnownFolders:
    def test_are_not_read_again(self) -> None:
        target, configuration = S3Target("s3://bucket/data/"), CrawlerConfiguration()
        first = crawl_s3(MemoryObjects({"data/d=1/f": ORDERS}), target, configuration)
        reader = MemoryObjects({"data/d=1/f": "changed and broken", "data/d=2/f": ORDERS})

        second = crawl_s3(reader, target, configuration, known=first.folders)

        assert reader.opened == ["data/d=2/f"]
        assert shape(list(second.tables)) == {"s3://bucket/data/": (("d",), [("1",), ("2",)])}


class TestFailure:
    def test_names_the_object_that_cannot_be_read(self) -> None:
        with pytest.raises(DataUnreadableError, match=r"s3://bucket/data/b/2\.gz cannot be read"):
            crawl({"data/a/1.json": ORDERS, "data/b/2.gz": gzip.compress(ORDERS.encode())[:-9]})

    def test_stops_before_the_next_files_when_cancelled(self) -> None:
        reader = MemoryObjects({f"data/{number}": ORDERS for number in range(100)})

        with pytest.raises(CrawlCancelledError):
            crawl_s3(
                reader,
                S3Target("s3://bucket/data/"),
                CrawlerConfiguration(),
                cancelled=lambda: bool(reader.opened),
            )

        assert 1 <= len(reader.opened) <= READERS
