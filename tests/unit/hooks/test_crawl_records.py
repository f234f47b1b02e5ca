"""What Glue says about crawlers and crawls, read into values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.session import get_session

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.hooks.crawl_records import (
    CRAWL_ENDED,
    Crawl,
    Crawler,
    clock_offset,
    iso_utc,
    parse_time,
)

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)


class TestParseTime:
    @pytest.mark.parametrize(
        "given",
        [
            NOON,
            datetime(2025, 6, 4, 12),
            datetime(2025, 6, 4, 14, tzinfo=timezone(timedelta(hours=2))),
            "2025-06-04T12:00:00Z",
            "2025-06-04T12:00:00",
            " 2025-06-04T14:00:00+02:00 ",
        ],
    )
    def test_reads_datetimes_and_iso_texts_as_utc(self, given: object) -> None:
        assert parse_time(given, argument="data_as_of") == NOON

    def test_reads_a_date_as_its_midnight(self) -> None:
        assert parse_time("2025-06-04", argument="data_as_of") == datetime(2025, 6, 4, tzinfo=UTC)

    @pytest.mark.parametrize("given", ["None", "", "{{ ts }}", "yesterday", 17, None, True, date(2025, 6, 4)])
    def test_names_argument_and_value_of_anything_else(self, given: object) -> None:
        with pytest.raises(InvalidArgumentError) as caught:
            parse_time(given, argument="data_as_of")

        assert caught.value.argument == "data_as_of"
        assert caught.value.value == given


class TestClockOffset:
    def test_is_none_where_the_header_agrees(self) -> None:
        sent, received = NOON + timedelta(seconds=0.4), NOON + timedelta(seconds=0.6)

        assert clock_offset(NOON, sent, received) == timedelta()

    def test_is_none_where_the_call_crossed_a_second(self) -> None:
        sent, received = NOON - timedelta(seconds=0.1), NOON + timedelta(seconds=0.1)

        assert clock_offset(NOON, sent, received) == timedelta()

    @pytest.mark.parametrize("ahead", [600, -600])
    def test_is_not_smaller_than_the_difference_of_the_clocks(self, ahead: int) -> None:
        truth = NOON + timedelta(seconds=0.3)
        sent = truth + timedelta(seconds=ahead)

        offset = clock_offset(NOON, sent, sent + timedelta(seconds=0.1))

        assert timedelta(seconds=-ahead) <= offset <= timedelta(seconds=1 - ahead)


class TestIsoUtc:
    def test_writes_milliseconds_and_z(self) -> None:
        moment = datetime(2025, 6, 4, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))

        assert iso_utc(moment) == "2025-06-04T12:00:00.123Z"

    def test_keeps_absence(self) -> None:
        assert iso_utc(None) is None


class TestCrawl:
    def test_reads_a_running_crawl(self) -> None:
        crawl = Crawl.from_history({"CrawlId": "c", "State": "RUNNING", "StartTime": NOON})

        assert crawl == Crawl("c", "RUNNING", NOON)
        assert not crawl.has_ended

    def test_survives_json(self) -> None:
        row = {
            "CrawlId": "c",
            "State": "FAILED",
            "StartTime": NOON + timedelta(microseconds=123456),
            "EndTime": NOON + timedelta(seconds=60),
            "ErrorMessage": "no",
            "Summary": "{}",
            "LogGroup": "/aws-glue/crawlers",
            "LogStream": "sales",
            "DPUHour": 0.25,
        }
        crawl = Crawl.from_history(row)

        assert Crawl.from_payload(json.loads(json.dumps(crawl.to_payload()))) == crawl

    def test_knows_every_state_of_the_api(self) -> None:
        shape: Any = get_session().get_service_model("glue").shape_for("CrawlerHistoryState")

        assert set(shape.enum) == CRAWL_ENDED | {"RUNNING"}


class TestCrawler:
    def test_reads_what_the_protocol_needs(self) -> None:
        crawler = Crawler.from_definition(
            {
                "Name": "sales",
                "State": "STOPPING",
                "DatabaseName": "db",
                "Targets": {"CatalogTargets": [{"DatabaseName": "other", "Tables": ["a", "b"]}]},
                "LastCrawl": {"MessagePrefix": "c", "StartTime": NOON},
            }
        )

        assert (crawler.state, crawler.database) == ("STOPPING", "db")
        assert crawler.catalog_tables == (("other", "a"), ("other", "b"))
        assert crawler.last_crawl.split()[0] == "c"

    def test_reads_a_crawler_that_never_crawled(self) -> None:
        assert Crawler.from_definition({"Name": "sales", "State": "READY"}).last_crawl == ""

    def test_survives_json(self) -> None:
        crawler = Crawler("sales", "READY", "db", (("other", "a"),), "c")

        assert Crawler.from_payload(json.loads(json.dumps(crawler.to_payload()))) == crawler
