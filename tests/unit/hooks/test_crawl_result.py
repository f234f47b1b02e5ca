"""What a crawl did, read from its summary."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler
from airflow_lineage_provider.hooks.crawl_result import changed_tables, crawl_result

CRAWLER = Crawler("sales", "READY", "db")
NOTHING: dict[str, list[str]] = {"added": [], "updated": [], "deleted": []}


def make_summary(**actions: list[str]) -> str:
    """Build a summary as Glue writes it: JSON in JSON in a string."""
    return json.dumps(
        {"TABLE": {key: json.dumps({"Details": {"names": names}}) for key, names in actions.items()}}
    )


class TestChangedTables:
    def test_reads_tables_with_their_database(self) -> None:
        summary = make_summary(ADD=["orders", "users"], UPDATE=["clicks"], DELETE=["old"])

        assert changed_tables(summary, CRAWLER) == {
            "added": ["db.orders", "db.users"],
            "updated": ["db.clicks"],
            "deleted": ["db.old"],
        }

    @pytest.mark.parametrize("summary", [None, ""])
    def test_a_missing_summary_means_that_nothing_changed(self, summary: str | None) -> None:
        assert changed_tables(summary, CRAWLER) == NOTHING

    def test_partitions_are_no_tables(self) -> None:
        summary = json.dumps({"PARTITION": {"ADD": json.dumps({"Details": {"names": ["2025"]}})}})

        assert changed_tables(summary, CRAWLER) == NOTHING

    def test_reads_actions_that_are_not_encoded_twice(self) -> None:
        summary = json.dumps({"TABLE": {"ADD": {"Details": {"names": ["orders"], "count": 1}}}})

        assert changed_tables(summary, CRAWLER) == {**NOTHING, "added": ["db.orders"]}

    @pytest.mark.parametrize(
        "summary",
        [
            make_summary(ADD=["orders"])[:40],
            "not json",
            "[]",
            '"text"',
            '{"TABLE":{"ADD":"{"}}',
            '{"TABLE":{"ADD":"{}"}}',
            '{"TABLE":{"ADD":"{\\"Details\\":{\\"names\\":\\"orders\\"}}"}}',
            '{"TABLE":["ADD"]}',
            '{"TABLE":{"ADD":null}}',
        ],
    )
    def test_what_cannot_be_read_is_unknown(self, summary: str) -> None:
        assert changed_tables(summary, CRAWLER) is None

    def test_tables_of_catalog_targets_keep_their_database(self) -> None:
        crawler = Crawler("sales", "READY", "", (("warehouse", "orders"),))

        assert changed_tables(make_summary(UPDATE=["orders"]), crawler) == {
            **NOTHING,
            "updated": ["warehouse.orders"],
        }

    def test_a_crawler_without_a_database_writes_to_default(self) -> None:
        assert changed_tables(make_summary(ADD=["orders"]), Crawler("sales", "READY")) == {
            **NOTHING,
            "added": ["default.orders"],
        }


class TestCrawlResult:
    def test_has_exactly_the_promised_members(self) -> None:
        noon = datetime(2025, 6, 4, 12, tzinfo=UTC)
        crawl = Crawl("c", "COMPLETED", noon, noon.replace(minute=1), dpu_hours=0.1)

        result = crawl_result(
            CRAWLER,
            crawl,
            joined=False,
            data_as_of="2025-06-04T11:59:00.000Z",
            tables={**NOTHING, "added": ["db.t"]},
        )

        assert result == {
            "crawler_name": "sales",
            "crawl_id": "c",
            "state": "COMPLETED",
            "joined": False,
            "data_as_of": "2025-06-04T11:59:00.000Z",
            "started_at": "2025-06-04T12:00:00.000Z",
            "ended_at": "2025-06-04T12:01:00.000Z",
            "tables": {"added": ["db.t"], "updated": [], "deleted": []},
            "dpu_hours": 0.1,
            "log_group": "/aws-glue/crawlers",
            "log_stream": "sales",
            "database": "db",
        }
        assert json.loads(json.dumps(result)) == result

    def test_unknown_tables_are_empty_lists(self) -> None:
        crawl = Crawl("c", "COMPLETED", datetime(2025, 6, 4, 12, tzinfo=UTC))

        result = crawl_result(CRAWLER, crawl, joined=True, data_as_of="", tables=None)

        assert result["tables"] == NOTHING
