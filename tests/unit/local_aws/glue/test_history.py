from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawl
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.history import matching

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)


def make_crawl(crawl_id: str, *, minutes: int, ended: bool = True) -> Crawl:
    crawl = Crawl(crawl_id, "crawler", "group", "stream", NOON + timedelta(minutes=minutes))
    if ended:
        crawl.end("COMPLETED", crawl.started_at + timedelta(seconds=36))
    return crawl


CRAWLS = [
    make_crawl("c", minutes=2, ended=False),
    make_crawl("b", minutes=1),
    make_crawl("a", minutes=0),
]
ONE_PAST = str(int((NOON + timedelta(minutes=1)).timestamp() * 1000))


def ids(*filters: tuple[str, str, str]) -> str:
    given = [{"FieldName": name, "FilterOperator": op, "FieldValue": value} for name, op, value in filters]
    return "".join(crawl.crawl_id for crawl in matching(CRAWLS, given))


class TestMatching:
    def test_without_filters_keeps_all_in_order(self) -> None:
        assert ids() == "cba"

    @pytest.mark.parametrize(
        "name, operator, value, expected",
        [
            ("CRAWL_ID", "EQ", "b", "b"),
            ("CRAWL_ID", "NE", "b", "ca"),
            ("STATE", "EQ", "RUNNING", "c"),
            ("STATE", "NE", "RUNNING", "ba"),
            ("START_TIME", "EQ", ONE_PAST, "b"),
            ("START_TIME", "NE", ONE_PAST, "ca"),
            ("START_TIME", "GT", ONE_PAST, "c"),
            ("START_TIME", "GE", ONE_PAST, "cb"),
            ("START_TIME", "LT", ONE_PAST, "a"),
            ("START_TIME", "LE", ONE_PAST, "ba"),
            ("END_TIME", "GT", ONE_PAST, "b"),
            ("END_TIME", "NE", ONE_PAST, "cba"),
            ("DPU_HOUR", "GE", "0.01", "ba"),
            ("DPU_HOUR", "GT", "0.01", ""),
        ],
    )
    def test_compares(self, name: str, operator: str, value: str, expected: str) -> None:
        assert ids((name, operator, value)) == expected

    def test_takes_all_filters_together(self) -> None:
        assert ids(("START_TIME", "GE", ONE_PAST), ("STATE", "EQ", "COMPLETED")) == "b"

    @pytest.mark.parametrize(
        "name, operator, value",
        [
            pytest.param("STATE", "GT", "RUNNING", id="order of states"),
            pytest.param("CRAWL_ID", "LE", "b", id="order of ids"),
            pytest.param("STATE", "EQ", "DONE", id="unknown state"),
            pytest.param("START_TIME", "GE", "2025-06-04", id="a date for milliseconds"),
            pytest.param("DPU_HOUR", "GE", "much", id="text for a number"),
            pytest.param("STATE", "EQ", "", id="no value"),
        ],
    )
    def test_refuses_what_cannot_be_compared(self, name: str, operator: str, value: str) -> None:
        with pytest.raises(InvalidInputError):
            ids((name, operator, value))
