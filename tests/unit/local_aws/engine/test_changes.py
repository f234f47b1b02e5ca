from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.definitions import Stamp, with_parameters
from airflow_lineage_provider.local_aws.engine.errors import TableThresholdError
from airflow_lineage_provider.local_aws.engine.formats import TableFormat
from airflow_lineage_provider.local_aws.engine.found import NO_STATISTICS, FoundTable
from airflow_lineage_provider.local_aws.engine.naming import hashed_table_name
from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target
from airflow_lineage_provider.local_aws.engine.schema import Scalar, StructOf
from tests.unit.local_aws.engine.planning import (
    FIRST,
    SECOND,
    actions,
    applied,
    crawled,
    found,
    names,
    plan,
)

MERGE = json.dumps({"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}})
INHERIT = json.dumps(
    {"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}
)


class TestNewTables:
    @pytest.mark.parametrize("update", [True, False])
    @pytest.mark.parametrize("delete", ["LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"])
    def test_are_created_whatever_the_policy(self, update: bool, delete: str) -> None:
        outcome = plan(found({"data/1": '{"a":1}'}), update_in_database=update, delete_behavior=delete)

        assert actions(outcome) == [("TABLE", "ADD", "data")]
        assert outcome.tables == ("data",)

    def test_carry_the_prefix(self) -> None:
        assert plan(found({"data/1": '{"a":1}'}), table_prefix="raw_").tables == ("raw_data",)

    def test_bring_their_partitions(self) -> None:
        outcome = plan(found({"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'}))

        assert actions(outcome) == [
            ("TABLE", "ADD", "data"),
            ("PARTITION", "ADD", "data/day=1"),
            ("PARTITION", "ADD", "data/day=2"),
        ]
        assert outcome.writes[0].indexed is True

    def test_are_not_indexed_when_told_not_to(self) -> None:
        outcome = plan(
            found({"data/day=1/f": '{"a":1}'}), configuration='{"Version":1,"CreatePartitionIndex":false}'
        )

        assert outcome.writes[0].indexed is False

    def test_are_too_many_above_the_threshold(self) -> None:
        configuration = json.dumps({"Version": 1.0, "CrawlerOutput": {"Tables": {"TableThreshold": 1}}})
        tables = found({"data/a/1": '{"a":1}', "data/b/1": '{"b":1}'})

        with pytest.raises(TableThresholdError) as raised:
            plan(tables, configuration=configuration)

        assert str(raised.value) == (
            "The number of tables detected by crawler: 2 is greater than the table threshold value "
            "provided: 1. Failing crawler without writing to Data Catalog."
        )

    def test_are_as_many_as_the_threshold_allows(self) -> None:
        configuration = json.dumps({"Version": 1.0, "CrawlerOutput": {"Tables": {"TableThreshold": 1}}})

        assert plan(found({"data/1": '{"a":1}'}), configuration=configuration).tables == ("data",)

    def test_found_by_two_targets_count_once(self) -> None:
        tables = found({"data/1": '{"a":1}'})

        assert len(plan([*tables, *tables]).writes) == 1


class TestNames:
    def test_taken_by_a_table_of_another_place_get_a_hash(self) -> None:
        other = CatalogEntry("data", {"StorageDescriptor": {"Location": "s3://other/data/"}})

        (write,) = plan(found({"data/1": '{"a":1}'}), [other]).writes

        assert write.table == hashed_table_name("data", "s3://bucket/data/")

    def test_taken_by_another_kind_of_data_get_a_hash(self) -> None:
        other = CatalogEntry(
            "data",
            {"Parameters": {"classification": "csv"}, "StorageDescriptor": {"Location": "s3://bucket/data/"}},
        )

        (write,) = plan(found({"data/1": '{"a":1}'}), [other]).writes

        assert write.table == hashed_table_name("data", "s3://bucket/data/")

    def test_stay_the_same_in_the_next_crawl(self) -> None:
        tables = found({"data/a/x/1": '{"a":1}', "data/b/x/1": '{"b":1}', "data/b/y/1": '{"c":1}'})
        first = plan(tables, stamp=FIRST)
        catalog = applied([], first.writes)

        second = plan(tables, catalog)

        assert second.tables == first.tables
        assert {write.action for write in second.writes} == {"TOUCH"}

    def test_stay_hashed_when_the_plain_name_becomes_free(self) -> None:
        other = CatalogEntry("data", {"StorageDescriptor": {"Location": "s3://other/data/"}})
        tables = found({"data/1": '{"a":1}'})
        catalog = applied([], plan(tables, [other], stamp=FIRST).writes)

        assert plan(tables, catalog).tables == (hashed_table_name("data", "s3://bucket/data/"),)


class TestUnchangedTables:
    def test_get_the_crawls_id_in_place_and_no_new_version(self) -> None:
        objects = {"data/1": '{"a":1}'}

        (write,) = plan(found(objects), crawled(objects)).writes

        assert write.action == "TOUCH"
        assert write.definition["Parameters"]["CRAWL_RUN_ID"] == "crawl-2"
        assert write.definition["StorageDescriptor"]["Parameters"]["CRAWL_RUN_ID"] == "crawl-2"

    def test_get_new_figures_in_place(self) -> None:
        catalog = crawled({"data/1": '{"a":1}'})

        (write,) = plan(found({"data/1": '{"a":1}', "data/2": '{"a":2}'}), catalog).writes

        assert (write.action, write.definition["Parameters"]["objectCount"]) == ("TOUCH", "2")

    def test_count_as_confirmed_also_with_update_behavior_log(self) -> None:
        objects = {"data/1": '{"a":1}'}

        outcome = plan(found(objects), crawled(objects), update_in_database=False)

        assert outcome.tables == ("data",)

    def test_of_another_crawler_stay_untouched_with_update_behavior_log(self) -> None:
        objects = {"data/1": '{"a":1}'}
        stamp = Stamp("other", "crawl-0", FIRST.written_at)
        catalog = applied([], plan(found(objects), stamp=stamp).writes)

        assert plan(found(objects), catalog, update_in_database=False).writes == ()

    def test_with_parameters_of_a_user_are_written_anew(self) -> None:
        objects = {"data/1": '{"a":1}'}
        (entry,) = crawled(objects)
        definition = {**entry.definition, "Parameters": {**entry.parameters, "team": "sales"}}

        (write,) = plan(found(objects), [CatalogEntry("data", definition)]).writes

        assert write.action == "UPDATE"
        assert "team" not in write.definition["Parameters"]


class TestChangedTables:
    def test_are_updated_columns_come_and_go(self) -> None:
        catalog = crawled({"data/1": '{"a":1,"gone":1}'})

        (write,) = plan(found({"data/1": '{"a":"x","new":1}'}), catalog).writes

        assert (write.action, names(write)) == ("UPDATE", ["a", "new"])
        assert write.definition["StorageDescriptor"]["Columns"][0]["Type"] == "string"

    def test_are_left_alone_with_update_behavior_log(self) -> None:
        catalog = crawled({"data/1": '{"a":1}'})

        outcome = plan(found({"data/1": '{"a":1,"new":1}'}), catalog, update_in_database=False)

        assert outcome.writes == ()
        assert "data has changed" in outcome.messages[0].text

    def test_with_update_behavior_log_still_get_new_partitions(self) -> None:
        catalog = crawled({"data/day=1/f": '{"a":1}'})
        tables = found({"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'})

        outcome = plan(tables, catalog, update_in_database=False)

        assert ("PARTITION", "ADD", "data/day=2") in actions(outcome)


class TestMergeNewColumns:
    def test_adds_columns_and_removes_or_retypes_none(self) -> None:
        catalog = crawled({"data/1": '{"keep":1,"typed":1}'})

        (write,) = plan(found({"data/1": '{"typed":"x","new":1}'}), catalog, configuration=MERGE).writes

        columns = write.definition["StorageDescriptor"]["Columns"]
        assert columns == [
            {"Name": "keep", "Type": "int"},
            {"Name": "typed", "Type": "int"},
            {"Name": "new", "Type": "int"},
        ]
        paths = write.definition["StorageDescriptor"]["SerdeInfo"]["Parameters"]["paths"]
        assert paths == "keep,new,typed"

    def test_clears_the_mark_of_a_table_that_reappears(self) -> None:
        objects = {"data/1": '{"a":1}'}
        catalog = crawled(objects)
        deprecated = applied(catalog, plan([], catalog).writes)

        (write,) = plan(found(objects), deprecated, configuration=MERGE).writes

        assert write.action == "UPDATE"
        assert "DEPRECATED_BY_CRAWLER" not in write.definition["Parameters"]
        assert "DEPRECATED_BY_CRAWLER" not in write.definition["StorageDescriptor"]["Parameters"]

    def test_adds_nested_fields(self) -> None:
        catalog = crawled({"data/1": '{"s":{"a":1},"l":[{"x":1}]}'})
        changed = found({"data/1": '{"s":{"a":"t","b":1},"l":[{"y":2}]}'})

        (write,) = plan(changed, catalog, configuration=MERGE).writes

        columns = {c["Name"]: c["Type"] for c in write.definition["StorageDescriptor"]["Columns"]}
        assert columns == {"s": "struct<a:int,b:int>", "l": "array<struct<x:int,y:int>>"}

    def test_overrides_update_behavior_log(self) -> None:
        catalog = crawled({"data/1": '{"a":1}'})

        outcome = plan(
            found({"data/1": '{"a":1,"b":1}'}), catalog, configuration=MERGE, update_in_database=False
        )

        assert actions(outcome) == [("TABLE", "UPDATE", "data")]

    def test_keeps_parameters_of_a_user(self) -> None:
        objects = {"data/1": '{"a":1}'}
        (entry,) = crawled(objects)
        definition = {**entry.definition, "Parameters": {**entry.parameters, "team": "sales"}}

        (write,) = plan(found(objects), [CatalogEntry("data", definition)], configuration=MERGE).writes

        assert (write.action, write.definition["Parameters"]["team"]) == ("TOUCH", "sales")

    @pytest.mark.parametrize(
        "before, after, changed",
        [
            pytest.param('{"a":1}', "a,b\n1,2\n3,4\n", "classification json with csv", id="format"),
            pytest.param('{"a":1}', gzip.compress(b'{"a":1}'), "compressionType none with gzip", id="gzip"),
            pytest.param("a,b\n1,2\n3,4\n", "a|b\n1|2\n3|4\n", "delimiter , with |", id="delimiter"),
        ],
    )
    def test_deprecates_a_table_whose_data_changed_fundamentally(
        self, before: str, after: str | bytes, changed: str
    ) -> None:
        catalog = crawled({"data/1": before})

        outcome = plan(found({"data/1": after}), catalog, configuration=MERGE)

        assert actions(outcome) == [("TABLE", "UPDATE", "data")]
        assert "DEPRECATED_BY_CRAWLER" in outcome.writes[0].definition["Parameters"]
        (message,) = outcome.messages
        assert (message.level, changed in message.text) == ("WARN", True)

    def test_does_not_deprecate_twice(self) -> None:
        catalog = crawled({"data/1": '{"a":1}'})
        changed = found({"data/1": "a,b\n1,2\n3,4\n"})
        deprecated = applied(catalog, plan(changed, catalog, configuration=MERGE).writes)

        assert plan(changed, deprecated, configuration=MERGE).writes == ()

    def test_leaves_a_table_of_another_place_alone(self) -> None:
        other = CatalogEntry(
            "data",
            {"Parameters": {"classification": "csv"}, "StorageDescriptor": {"Location": "s3://other/data/"}},
        )

        (write,) = plan(found({"data/1": '{"a":1}'}), [other], configuration=MERGE).writes

        assert (write.action, write.table) == ("ADD", hashed_table_name("data", "s3://bucket/data/"))


class TestMissingData:
    def test_deprecates_a_table_in_both_places_in_milliseconds(self) -> None:
        (write,) = plan([], crawled({"data/1": '{"a":1}'})).writes

        milliseconds = str(int(SECOND.written_at.timestamp() * 1000))
        assert (write.subject, write.action) == ("TABLE", "UPDATE")
        assert write.definition["Parameters"]["DEPRECATED_BY_CRAWLER"] == milliseconds
        assert write.definition["StorageDescriptor"]["Parameters"]["DEPRECATED_BY_CRAWLER"] == milliseconds

    def test_deprecates_a_table_only_once(self) -> None:
        catalog = crawled({"data/1": '{"a":1}'})
        deprecated = applied(catalog, plan([], catalog).writes)

        assert plan([], deprecated).writes == ()

    def test_that_reappears_clears_the_mark(self) -> None:
        objects = {"data/1": '{"a":1}'}
        catalog = crawled(objects)
        deprecated = applied(catalog, plan([], catalog).writes)

        (write,) = plan(found(objects), deprecated).writes

        assert write.action == "UPDATE"
        assert "DEPRECATED_BY_CRAWLER" not in write.definition["Parameters"]

    def test_that_reappears_clears_the_mark_also_with_update_behavior_log(self) -> None:
        objects = {"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'}
        catalog = crawled(objects)
        gone = applied(catalog, plan(found({"data/day=1/f": '{"a":1}'}), catalog).writes)
        gone = applied(gone, plan([], gone).writes)

        outcome = plan(found(objects), gone, update_in_database=False)

        assert [action for action in actions(outcome) if action[1] == "UPDATE"] == [
            ("TABLE", "UPDATE", "data"),
            ("PARTITION", "UPDATE", "data/day=2"),
        ]
        assert all("DEPRECATED_BY_CRAWLER" not in write.definition["Parameters"] for write in outcome.writes)
        assert outcome.messages == ()

    def test_deletes_a_table_when_told_to(self) -> None:
        outcome = plan([], crawled({"data/1": '{"a":1}'}), delete_behavior="DELETE_FROM_DATABASE")

        assert actions(outcome) == [("TABLE", "DELETE", "data")]

    def test_is_only_logged_when_told_so(self) -> None:
        outcome = plan([], crawled({"data/1": '{"a":1}'}), delete_behavior="LOG")

        assert outcome.writes == ()
        assert "data is gone" in outcome.messages[0].text

    def test_of_another_crawler_is_none_of_ours(self) -> None:
        stamp = Stamp("other", "crawl-0", FIRST.written_at)
        catalog = applied([], plan(found({"data/1": '{"a":1}'}), stamp=stamp).writes)

        assert plan([], catalog).writes == ()

    def test_outside_the_targets_is_left_alone(self) -> None:
        elsewhere = S3Target("s3://bucket/elsewhere/")
        tables = found({"elsewhere/1": '{"a":1}'}, elsewhere)
        catalog = applied([], plan(tables, stamp=FIRST).writes)

        assert plan([], catalog).writes == ()

    @pytest.mark.parametrize(
        "behavior, expected",
        [
            pytest.param("DELETE_FROM_DATABASE", [("PARTITION", "DELETE", "data/day=2")], id="delete"),
            pytest.param("DEPRECATE_IN_DATABASE", [("PARTITION", "UPDATE", "data/day=2")], id="deprecate"),
            pytest.param("LOG", [], id="log"),
        ],
    )
    def test_of_a_partition_follows_delete_behavior(
        self, behavior: str, expected: list[tuple[str, str, str]]
    ) -> None:
        catalog = crawled({"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'})

        outcome = plan(found({"data/day=1/f": '{"a":1}'}), catalog, delete_behavior=behavior)

        assert [action for action in actions(outcome) if action[0] == "PARTITION"] == expected


class TestPartitions:
    def test_are_updated_when_their_folder_changed(self) -> None:
        wide = '{"a":1,"b":1,"c":1,"d":1}'
        catalog = crawled({"data/day=1/f": wide, "data/day=2/f": wide})
        changed = '{"a":1,"b":1,"c":1,"d":1,"e":1}'

        outcome = plan(found({"data/day=1/f": wide, "data/day=2/f": changed}), catalog)

        assert actions(outcome) == [("TABLE", "UPDATE", "data"), ("PARTITION", "UPDATE", "data/day=2")]

    def test_get_new_figures_in_place(self) -> None:
        catalog = crawled({"data/day=1/f": '{"a":1}'})

        outcome = plan(found({"data/day=1/f": '{"a":1}', "data/day=1/g": '{"a":1}'}), catalog)

        assert {write.action for write in outcome.writes} == {"TOUCH"}

    def test_inherit_the_tables_columns_when_told_to(self) -> None:
        first, second = '{"a":1,"b":1,"c":1,"d":1}', '{"a":1,"b":1,"c":1,"d":1,"e":1}'

        outcome = plan(found({"data/day=1/f": first, "data/day=2/f": second}), configuration=INHERIT)

        assert names(outcome.writes[1]) == names(outcome.writes[2]) == ["a", "b", "c", "d", "e"]

    def test_that_exist_inherit_on_the_next_crawl(self) -> None:
        objects = {
            "data/day=1/f": '{"a":1,"b":1,"c":1,"d":1}',
            "data/day=2/f": '{"a":1,"b":1,"c":1,"d":1,"e":1}',
        }

        outcome = plan(found(objects), crawled(objects), configuration=INHERIT)

        assert ("PARTITION", "UPDATE", "data/day=1") in actions(outcome)

    def test_that_exist_inherit_also_with_update_behavior_log(self) -> None:
        objects = {
            "data/day=1/f": '{"a":1,"b":1,"c":1,"d":1}',
            "data/day=2/f": '{"a":1,"b":1,"c":1,"d":1,"e":1}',
        }

        outcome = plan(found(objects), crawled(objects), configuration=INHERIT, update_in_database=False)

        assert ("PARTITION", "UPDATE", "data/day=1") in actions(outcome)

    def test_that_reappear_are_no_longer_deprecated(self) -> None:
        both = {"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'}
        catalog = crawled(both)
        deprecated = applied(catalog, plan(found({"data/day=1/f": '{"a":1}'}), catalog).writes)

        outcome = plan(found(both), deprecated)

        (write,) = [write for write in outcome.writes if write.action == "UPDATE"]
        assert write.label == "data/day=2"
        assert "DEPRECATED_BY_CRAWLER" not in write.definition["Parameters"]

    def test_of_another_depth_are_replaced_when_the_table_is_partitioned_anew(self) -> None:
        catalog = crawled({"data/day=1/f": '{"a":1}'})

        outcome = plan(found({"data/day=1/hour=2/f": '{"a":1}'}), catalog)

        assert actions(outcome) == [
            ("TABLE", "UPDATE", "data"),
            ("PARTITION", "ADD", "data/day=1/hour=2"),
            ("PARTITION", "DELETE", "data/day=1"),
        ]


class _Following(TableFormat):
    """A format whose tables remember the version they had before."""

    def succeeding(self, current: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
        return with_parameters(wanted, {"previous": current["Parameters"].get("version", "none")})


def described(input_format: str = "", name: str = "orders", **parameters: str) -> FoundTable:
    """Return a table of a source that describes itself and may share its location with others."""
    return FoundTable(
        base_name=name,
        location="s3://bucket/data/orders/",
        format=_Following("open", input_format, type_of_data="", volatile_parameters=("commit",)),
        compression="",
        record=StructOf((("id", Scalar("bigint")),)),
        statistics=NO_STATISTICS,
        parameters=parameters,
        shares_location=bool(input_format),
    )


class TestTablesThatShareALocation:
    def test_are_each_made_and_then_each_found_again(self) -> None:
        pair = [
            described("ReadOptimized", "orders_ro", previous="none"),
            described("RealTime", "orders_rt", previous="none"),
        ]

        first = plan(pair, stamp=FIRST)
        again = plan(pair[::-1], applied([], first.writes))

        assert [(write.action, write.table) for write in first.writes] == [
            ("ADD", "orders_ro"),
            ("ADD", "orders_rt"),
        ]
        assert sorted(again.tables) == ["orders_ro", "orders_rt"]
        assert {write.action for write in again.writes} == {"TOUCH"}


class TestTableOfAFormatThatFollowsItsSource:
    def test_takes_over_from_the_table_before_as_the_format_says(self) -> None:
        held = applied([], plan([described(version="1")], stamp=FIRST).writes)

        (write,) = plan([described(version="2")], held).writes

        assert (write.action, write.definition["Parameters"]["previous"]) == ("UPDATE", "1")

    def test_is_touched_when_only_a_volatile_parameter_changed(self) -> None:
        held = applied([], plan([described(version="1", commit="1", previous="1")], stamp=FIRST).writes)

        (write,) = plan([described(version="1", commit="2", previous="1")], held).writes

        assert (write.action, write.definition["Parameters"]["commit"]) == ("TOUCH", "2")
