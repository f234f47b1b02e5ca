"""GlueCrawlHook on a double of the AWS client."""

from __future__ import annotations

import pytest
from botocore.session import get_session

from airflow_lineage_provider.exceptions import PermissionDeniedError, ResourceNotFoundError
from airflow_lineage_provider.hooks.crawl_records import Sighting
from airflow_lineage_provider.hooks.glue_crawl import MOST_CRAWLERS_PER_CALL
from tests.unit.hooks.scripted_glue import CRAWLER, NINE, ScriptedCrawl, ScriptedGlue, client_error, make_hook


def many_crawls(count: int) -> list[ScriptedCrawl]:
    """Return crawls of the past, the newest one last."""
    return [ScriptedCrawl(f"c{number}", NINE - (count - number) * 200) for number in range(count)]


class TestHistory:
    def test_lists_all_pages_the_newest_first(self) -> None:
        hook = make_hook(ScriptedGlue(crawls=many_crawls(250)))

        found = [crawl.crawl_id for crawl in hook.list_crawls(CRAWLER)]

        assert found == [f"c{number}" for number in reversed(range(250))]

    def test_asks_for_no_page_more_than_it_needs(self) -> None:
        glue = ScriptedGlue(crawls=many_crawls(250))

        found = make_hook(glue).recent_crawls(CRAWLER, until=lambda crawl: crawl.crawl_id == "c248")

        assert [crawl.crawl_id for crawl in found] == ["c249", "c248"]
        assert glue.calls["ListCrawls"] == 1

    def test_finds_a_crawl_by_its_id(self) -> None:
        glue = ScriptedGlue(crawls=many_crawls(250))

        found = make_hook(glue).find_crawl(CRAWLER, "c3")

        assert found is not None
        assert found.crawl_id == "c3"
        assert glue.calls["ListCrawls"] == 1

    def test_finds_nothing_where_there_is_nothing(self) -> None:
        assert make_hook(ScriptedGlue()).find_crawl(CRAWLER, "c3") is None

    def test_names_a_crawler_that_does_not_exist(self) -> None:
        with pytest.raises(ResourceNotFoundError, match="ListCrawls for crawler 'sales'"):
            list(make_hook(ScriptedGlue(exists=False)).list_crawls(CRAWLER))


class TestSight:
    def test_asks_only_for_the_history_while_the_crawl_runs(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("c", NINE)])

        sighting = make_hook(glue).sight(CRAWLER, "c")

        assert (sighting.crawler_state, sighting.newest_id) == ("RUNNING", None)
        assert glue.calls == {"ListCrawls": 1}

    def test_asks_for_the_newest_crawl_while_the_crawler_is_not_ready(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("c", NINE - 61)])

        sighting = make_hook(glue).sight(CRAWLER, "c")

        assert (sighting.crawler_state, sighting.newest_id) == ("STOPPING", "c")

    def test_sees_nothing_of_a_crawler_that_is_gone(self) -> None:
        assert make_hook(ScriptedGlue(exists=False)).sight(CRAWLER, "c") == Sighting(None)


class TestStop:
    @pytest.mark.parametrize("code", ["CrawlerNotRunningException", "CrawlerStoppingException"])
    def test_a_crawl_that_ends_by_itself_meanwhile_is_no_error(self, code: str) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("c", NINE)])
        glue.faults["stop_crawler"] = [client_error("StopCrawler", code)]

        assert make_hook(glue).stop_crawler(CRAWLER) is False

    def test_passes_a_missing_permission_on(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("c", NINE)])
        glue.faults["stop_crawler"] = [client_error("StopCrawler", "AccessDeniedException")]

        with pytest.raises(PermissionDeniedError, match="glue:StopCrawler"):
            make_hook(glue).stop_crawler(CRAWLER)


def test_batches_are_as_large_as_the_api_allows() -> None:
    shape = get_session().get_service_model("glue").shape_for("CrawlerNameList")

    assert shape.metadata["max"] == MOST_CRAWLERS_PER_CALL
