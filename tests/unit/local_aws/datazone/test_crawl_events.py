"""The event of a crawled table says source, crawl and table, column by column."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage import catalog_source_identifier, parse_run_event
from airflow_lineage_provider.local_aws.services.datazone.crawl_events import crawl_event
from tests.unit.local_aws.datazone.builders import (
    ACCOUNT,
    CRAWL_ID,
    PLACE,
    REGION,
    make_crawl,
    make_dynamodb_table,
    make_table,
)

_SHARED = Path(__file__).resolve().parents[5] / "shared" / "data" / "openlineage-spec"
_SPEC = Path(os.environ.get("OPENLINEAGE_SPEC_DIR", _SHARED))


def _event(table: dict[str, Any] | None = None, **crawl: Any) -> dict[str, Any]:
    place = PLACE["region"], PLACE["account"]
    return crawl_event(
        table or make_table(), make_crawl(**crawl), region=place[0], account=place[1], partition="aws"
    )


def _identifier(event: dict[str, Any], dataset: dict[str, Any]) -> str:
    return catalog_source_identifier(
        dataset["namespace"],
        dataset["name"],
        facets=dataset["facets"],
        run_facets=event["run"]["facets"],
        caller_region="eu-west-1",
        caller_account=ACCOUNT,
    )


def _names(dataset: dict[str, Any]) -> list[str]:
    return [field["name"] for field in dataset["facets"]["schema"]["fields"]]


def test_run_is_the_crawl_and_job_the_crawler() -> None:
    parsed = parse_run_event(_event())

    assert str(parsed.run) == f"glue_crawler.clicks/{CRAWL_ID}"
    assert parsed.event_type == "COMPLETE"


def test_event_time_is_the_end_of_the_crawl_in_milliseconds() -> None:
    ended = datetime(2025, 6, 4, 9, 31, 12, 345_678, tzinfo=UTC)

    assert _event(ended_at=ended)["eventTime"] == "2025-06-04T09:31:12.345Z"


def test_start_and_end_of_the_crawl_are_the_nominal_times_of_the_run() -> None:
    facet = _event()["run"]["facets"]["nominalTime"]

    assert (facet["nominalStartTime"], facet["nominalEndTime"]) == (
        "2025-06-04T11:59:00.000Z",
        "2025-06-04T12:00:00.000Z",
    )


def test_crawl_id_stands_in_the_details_of_the_job() -> None:
    assert _event()["job"]["facets"]["glueCrawler"]["crawlerRunId"] == CRAWL_ID


@pytest.mark.parametrize(
    "table, source, target",
    [
        pytest.param(
            make_table(),
            "s3://shop/clickstream",
            f"arn:aws:glue:{REGION}:{ACCOUNT}:table/lab_db/clickstream",
            id="S3",
        ),
        pytest.param(
            make_dynamodb_table(),
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Orders",
            f"arn:aws:glue:{REGION}:{ACCOUNT}:table/lab_db/orders",
            id="DynamoDB",
        ),
    ],
)
def test_source_and_table_resolve_to_the_identities_of_the_catalog(
    table: dict[str, Any], source: str, target: str
) -> None:
    event = _event(table)

    assert [_identifier(event, dataset) for dataset in event["inputs"]] == [source]
    assert [_identifier(event, dataset) for dataset in event["outputs"]] == [target]


def test_source_has_its_own_spelling_and_the_table_that_of_glue() -> None:
    event = _event()

    assert _names(event["inputs"][0]) == ["sessionId", "amount", "year"]
    assert _names(event["outputs"][0]) == ["sessionid", "amount", "year"]


def test_keys_of_a_dynamodb_table_have_their_own_spelling() -> None:
    event = _event(make_dynamodb_table())

    assert _names(event["inputs"][0]) == ["userId", "orderId", "customersegment"]


def test_every_column_comes_unchanged_from_the_field_of_its_name() -> None:
    event = _event()
    source = event["inputs"][0]

    lineage = event["outputs"][0]["facets"]["columnLineage"]["fields"]

    assert list(lineage) == ["sessionid", "amount", "year"]
    (field,) = lineage["sessionid"]["inputFields"]
    assert (field["namespace"], field["name"]) == (source["namespace"], source["name"])
    assert field["field"] == "sessionId"
    assert [(each["type"], each["subtype"]) for each in field["transformations"]] == [("DIRECT", "IDENTITY")]


def test_comment_of_a_column_is_its_description() -> None:
    storage = make_table()["StorageDescriptor"] | {
        "Columns": [{"Name": "amount", "Type": "double", "Comment": "in euros"}]
    }

    event = _event(make_table(StorageDescriptor=storage))

    assert event["outputs"][0]["facets"]["schema"]["fields"][0]["description"] == "in euros"


def test_source_that_cannot_be_identified_is_refused() -> None:
    table = make_table(StorageDescriptor={"Columns": [], "Location": "shop.public.orders"})

    with pytest.raises(InvalidIdentifierError):
        _event(table)


@pytest.mark.skipif(
    not _SPEC.is_dir(),
    reason="the OpenLineage schemas are not here: set OPENLINEAGE_SPEC_DIR to check events",
)
@pytest.mark.parametrize(
    "table", [pytest.param(make_table(), id="S3"), pytest.param(make_dynamodb_table(), id="DynamoDB")]
)
def test_event_is_valid_by_the_schemas_of_openlineage(table: dict[str, Any]) -> None:
    from tests.unit.local_aws.datazone.openlineage_schemas import problems

    assert problems(_event(table), _SPEC) == []


@pytest.mark.skipif(
    not _SPEC.is_dir(),
    reason="the OpenLineage schemas are not here: set OPENLINEAGE_SPEC_DIR to check events",
)
def test_the_check_against_the_schemas_finds_what_is_wrong() -> None:
    from tests.unit.local_aws.datazone.openlineage_schemas import problems

    event = _event()
    event["outputs"][0]["facets"]["symlinks"]["identifiers"][0].pop("type")
    event["run"]["facets"]["environment-properties"].pop("_producer")
    del event["producer"]

    found = "\n".join(problems(event, _SPEC))

    assert "'type' is a required property" in found
    assert "$.run.facets: " in found
    assert "'producer' is a required property" in found
