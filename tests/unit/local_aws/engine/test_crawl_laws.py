"""Laws of crawls over whatever lies in a bucket: nothing changes what did not change."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry
from airflow_lineage_provider.local_aws.engine.s3_events import ChangedFolders
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3
from tests.unit.local_aws.engine.memory_reader import MemoryObjects
from tests.unit.local_aws.engine.planning import applied, found, plan

TARGET = S3Target("s3://bucket/data/")
_FOLDERS = st.sampled_from(["", "a/", "b/", "day=1/", "day=2/", "a/x/", "a/y/", "b/x/", "day=1/hour=1/"])
_KEYS = st.builds(lambda folder, name: f"data/{folder}{name}", _FOLDERS, st.sampled_from(["1", "2"]))
_CONTENTS = st.sampled_from(
    ['{"a":1}', '{"a":1,"b":"x"}', '{"a":"x"}', '{"c":1.5,"d":{"e":1}}', "a,b\n1,x\n2,y\n", "a|b\n1|x\n2|y\n"]
)
OBJECTS = st.dictionaries(_KEYS, _CONTENTS, min_size=1, max_size=8)
CONFIGURATIONS = st.sampled_from(
    [
        "",
        json.dumps({"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}),
        json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}),
        json.dumps(
            {
                "Version": 1.0,
                "CrawlerOutput": {
                    "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
                    "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
                },
            }
        ),
    ]
)
POLICIES = st.fixed_dictionaries(
    {
        "configuration": CONFIGURATIONS,
        "update_in_database": st.booleans(),
        "delete_behavior": st.sampled_from(["LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"]),
    }
)


def columns(entry: CatalogEntry) -> set[str]:
    return {column["Name"] for column in entry.definition["StorageDescriptor"]["Columns"]}


@given(OBJECTS, POLICIES)
def test_a_second_crawl_of_the_same_data_changes_nothing(
    objects: dict[str, str], policy: dict[str, Any]
) -> None:
    tables = found(objects, configuration=policy["configuration"])
    first = plan(tables, **policy)

    second = plan(tables, applied([], first.writes), **policy)

    assert {write.action for write in second.writes} <= {"TOUCH"}
    assert second.tables == first.tables


@given(OBJECTS, OBJECTS, POLICIES)
def test_a_crawl_gets_the_catalog_to_a_state_that_lasts(
    before: dict[str, str], after: dict[str, str], policy: dict[str, Any]
) -> None:
    configuration = policy["configuration"]
    catalog = applied([], plan(found(before, configuration=configuration), **policy).writes)
    tables = found(after, configuration=configuration)
    changed = applied(catalog, plan(tables, catalog, **policy).writes)

    assert {write.action for write in plan(tables, changed, **policy).writes} <= {"TOUCH"}


@given(OBJECTS, OBJECTS)
def test_merging_new_columns_takes_no_column_away(before: dict[str, str], after: dict[str, str]) -> None:
    policy: dict[str, Any] = {
        "configuration": json.dumps(
            {"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}
        ),
        "delete_behavior": "LOG",
    }
    catalog = applied([], plan(found(before), **policy).writes)

    changed = {entry.name: entry for entry in applied(catalog, plan(found(after), catalog, **policy).writes)}

    assert all(columns(entry) <= columns(changed[entry.name]) for entry in catalog)


@given(OBJECTS, CONFIGURATIONS)
def test_a_crawl_of_new_folders_without_new_folders_changes_nothing(
    objects: dict[str, str], configuration: str
) -> None:
    crawled = crawl_s3(MemoryObjects(objects), TARGET, CrawlerConfiguration.parse(configuration))
    policy: dict[str, Any] = {
        "update_in_database": False,
        "delete_behavior": "LOG",
        "configuration": configuration,
    }
    catalog = applied([], plan(crawled.tables, **policy).writes)

    outcome = plan(crawled.tables, catalog, known_folders=frozenset(crawled.folders), **policy)

    assert (outcome.writes, outcome.messages) == ((), ())


@given(OBJECTS, OBJECTS, CONFIGURATIONS)
def test_a_crawl_by_events_finds_what_a_crawl_of_everything_finds(
    before: dict[str, str], after: dict[str, str], configuration: str
) -> None:
    parsed = CrawlerConfiguration.parse(configuration)
    known = crawl_s3(MemoryObjects(before), TARGET, parsed).folders
    touched = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    changed = {f"s3://bucket/{key.rpartition('/')[0]}/" for key in touched}
    kept = {place: content for place, content in known.items() if place not in changed}

    by_events = crawl_s3(ChangedFolders(MemoryObjects(after), kept, changed), TARGET, parsed, known=kept)

    assert by_events.tables == crawl_s3(MemoryObjects(after), TARGET, parsed).tables
