from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.services.glue import reading
from tests.unit.local_aws.glue.conftest import ACCOUNT, REGION, GlueWorld


class TestListTables:
    def test_gives_the_form_of_get_table_by_name(self, world: GlueWorld) -> None:
        world.put_object("data/b/1.json", '{"b":1}')
        world.put_object("data/a/1.json", '{"a":1}')
        world.make_crawler()
        world.crawl()

        tables = reading.list_tables(ACCOUNT, REGION, "Lab")

        assert [table["Name"] for table in tables] == ["a", "b"]
        assert tables[0].keys() >= {
            "CreateTime",
            "DatabaseName",
            "Parameters",
            "PartitionKeys",
            "StorageDescriptor",
            "TableType",
            "UpdateTime",
            "VersionId",
        }

    def test_raises_for_an_unknown_database(self, world: GlueWorld) -> None:
        with pytest.raises(KeyError):
            reading.list_tables(ACCOUNT, REGION, "nowhere")


class TestGetCrawl:
    def test_tells_of_a_crawl(self, world: GlueWorld) -> None:
        world.put_object("data/1.json", '{"a":1}')
        world.make_crawler()
        world.crawl()
        crawl_id = world.crawl()["CrawlId"]

        record = reading.get_crawl(ACCOUNT, REGION, "crawler", crawl_id)

        assert record is not None
        assert (record.state, record.table_count, record.error_message) == ("COMPLETED", 1, None)
        assert record.ended_at is not None
        assert record.started_at <= record.ended_at

    @pytest.mark.parametrize("crawler, crawl_id", [("crawler", "unknown"), ("nobody", "unknown")])
    def test_is_none_for_what_is_not_there(self, world: GlueWorld, crawler: str, crawl_id: str) -> None:
        world.make_crawler()

        assert reading.get_crawl(ACCOUNT, REGION, crawler, crawl_id) is None


class TestCreateDatabase:
    def test_makes_it_once(self, world: GlueWorld) -> None:
        reading.create_database(ACCOUNT, REGION, "Project_DB", {"team": "a"})
        reading.create_database(ACCOUNT, REGION, "project_db", {"team": "b"})

        described = world.backend.get_database("project_db").as_dict()
        assert (described["Name"], described["Parameters"]) == ("project_db", {"team": "a"})
        assert reading.list_tables(ACCOUNT, REGION, "project_db") == []
