from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry, ChangePlan
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target
from tests.unit.local_aws.engine.planning import Objects, actions, crawled, found, names, plan

_OTHER = S3Target("s3://bucket/other/")
KNOWN = frozenset({"s3://bucket/data/day=1/"})
COMBINE = json.dumps({"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}})
INHERIT = json.dumps(
    {"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}
)


def incremental(
    objects: Objects,
    catalog: Sequence[CatalogEntry],
    known: frozenset[str] = KNOWN,
    configuration: str = "",
) -> ChangePlan:
    return plan(
        found(objects, configuration=configuration),
        catalog,
        update_in_database=False,
        delete_behavior="LOG",
        known_folders=known,
        configuration=configuration,
    )


@pytest.fixture
def catalog() -> list[CatalogEntry]:
    """What a first crawl of one day made."""
    return crawled({"data/day=1/f": '{"a":1}'})


class TestFoldersThatFit:
    def test_become_partitions(self, catalog: list[CatalogEntry]) -> None:
        outcome = incremental({"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'}, catalog)

        assert actions(outcome) == [("PARTITION", "ADD", "data/day=2"), ("TABLE", "TOUCH", "data")]
        assert outcome.tables == ("data",)

    def test_are_added_to_the_tables_figures(self, catalog: list[CatalogEntry]) -> None:
        outcome = incremental({"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}\n{"a":2}'}, catalog)

        parameters = outcome.writes[-1].definition["Parameters"]
        assert (parameters["objectCount"], parameters["recordCount"]) == ("2", "3")
        assert parameters["CRAWL_RUN_ID"] == "crawl-2"

    def test_may_differ_a_little(self) -> None:
        before = {"data/day=1/f": '{"a":1,"b":1,"c":1,"d":1}'}

        outcome = incremental({**before, "data/day=2/f": '{"a":1,"b":1,"c":1,"d":1,"e":1}'}, crawled(before))

        assert actions(outcome)[0] == ("PARTITION", "ADD", "data/day=2")
        assert names(outcome.writes[0]) == ["a", "b", "c", "d", "e"]

    def test_inherit_from_the_table_when_told_to(self) -> None:
        before = {"data/day=1/f": '{"a":1,"b":1,"c":1,"d":1}'}
        new = {**before, "data/day=2/f": '{"a":1,"b":1,"c":1,"d":1,"e":1}'}

        outcome = incremental(new, crawled(before), configuration=INHERIT)

        assert names(outcome.writes[0]) == ["a", "b", "c", "d"]

    def test_need_not_be_alike_when_schemas_are_combined(self, catalog: list[CatalogEntry]) -> None:
        outcome = incremental(
            {"data/day=1/f": '{"a":1}', "data/day=2/f": '{"b":"x"}'}, catalog, configuration=COMBINE
        )

        assert actions(outcome)[0] == ("PARTITION", "ADD", "data/day=2")

    def test_that_are_in_the_catalog_already_are_left_alone(self, catalog: list[CatalogEntry]) -> None:
        (entry,) = catalog
        second = {**entry.partitions[0], "Values": ["2"]}
        held = [CatalogEntry(entry.name, entry.definition, (*entry.partitions, second))]

        assert incremental({"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'}, held).writes == ()


class TestFoldersThatDoNotFit:
    @pytest.mark.parametrize(
        "key, content",
        [
            pytest.param("data/day=2/f", '{"b":"x"}', id="another schema"),
            pytest.param("data/day=2/hour=1/f", '{"a":1}', id="too deep"),
            pytest.param("data/month=2/f", '{"a":1}', id="another key"),
            pytest.param("data/day=2/f", "a,b\n1,2\n3,4\n", id="another format"),
        ],
    )
    def test_are_ignored_and_logged(self, catalog: list[CatalogEntry], key: str, content: str) -> None:
        outcome = incremental({"data/day=1/f": '{"a":1}', key: content}, catalog)

        assert outcome.writes == ()
        assert any("does not fit table data" in message.text for message in outcome.messages)

    def test_are_ignored_beside_those_that_fit(self, catalog: list[CatalogEntry]) -> None:
        objects = {f"data/day={day}/f": '{"a":1}' for day in (1, 2, 3)} | {"data/day=4/f": '{"b":"x"}'}

        outcome = incremental(objects, catalog)

        assert actions(outcome) == [
            ("PARTITION", "ADD", "data/day=2"),
            ("PARTITION", "ADD", "data/day=3"),
            ("TABLE", "TOUCH", "data"),
        ]

    def test_keep_all_out_unless_they_are_the_minority(self, catalog: list[CatalogEntry]) -> None:
        objects = {"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}', "data/day=3/f": '{"b":"x"}'}

        outcome = incremental(objects, catalog)

        assert outcome.writes == ()
        assert outcome.messages[-1].level == "WARN"
        assert "none of 2 new folders" in outcome.messages[-1].text

    def test_do_not_fit_each_other_either(self, catalog: list[CatalogEntry]) -> None:
        """New folders that are alike, and more than the known ones, do not make the table theirs."""
        objects = {"data/day=1/f": '{"a":1}'} | {f"data/day={day}/f": '{"b":"x"}' for day in (2, 3, 4)}

        assert incremental(objects, catalog).writes == ()


class TestElsewhere:
    def test_no_table_is_added(self, catalog: list[CatalogEntry]) -> None:
        outside = {"other/day=1/f": '{"a":1}', "data/day=1/f": '{"a":1}'}
        tables = found(outside) + found(outside, target=_OTHER)

        outcome = plan(tables, catalog, update_in_database=False, delete_behavior="LOG", known_folders=KNOWN)

        assert outcome.writes == ()
        assert "adds no tables" in outcome.messages[0].text

    def test_tables_of_others_are_no_home(self, catalog: list[CatalogEntry]) -> None:
        (entry,) = catalog
        parameters = {**entry.parameters, "UPDATED_BY_CRAWLER": "other"}
        foreign = [CatalogEntry("data", {**entry.definition, "Parameters": parameters}, entry.partitions)]

        assert incremental({"data/day=1/f": '{"a":1}', "data/day=2/f": '{"a":1}'}, foreign).writes == ()

    def test_known_tables_are_not_swallowed(self) -> None:
        before = {"data/a/f": '{"a":1}', "data/b/f": '{"b":"x"}'}
        known = frozenset({"s3://bucket/data/a/", "s3://bucket/data/b/"})

        outcome = incremental({**before, "data/c/f": '{"a":1}'}, crawled(before), known)

        assert outcome.writes == ()
        assert "s3://bucket/data/c/" in outcome.messages[0].text


class TestKnownFolders:
    def test_change_nothing(self, catalog: list[CatalogEntry]) -> None:
        outcome = incremental({"data/day=1/f": '{"a":1}'}, catalog)

        assert (outcome.writes, outcome.messages, outcome.tables) == ((), (), ())

    def test_may_vanish(self) -> None:
        catalog = crawled({"data/day=1/f": '{"a":1}', "data/day=0/f": '{"a":1}'})

        assert incremental({"data/day=1/f": '{"a":1}'}, catalog).writes == ()
