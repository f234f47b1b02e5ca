"""Many tasks on one crawler at the same time, against the local AWS."""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from airflow_lineage_provider.hooks.crawl_patience import CrawlAsk
from airflow_lineage_provider.hooks.crawl_protocol import Pursuit
from airflow_lineage_provider.hooks.crawl_records import Crawl
from airflow_lineage_provider.hooks.crawl_session import CrawlSession
from airflow_lineage_provider.hooks.crawl_turns import MachineTurn, StartTurn, Unshared
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.local_aws import LocalAws


@pytest.fixture
def crawler(local_aws: LocalAws) -> str:
    """The crawler of the e-commerce estate; its crawls take a second."""
    name: str = local_aws.seed("ecommerce").crawler
    local_aws.settings(crawl_seconds=1, stopping_seconds=0.2)
    return name


def crawl(
    crawler: str,
    data_as_of: datetime,
    *,
    hook: GlueCrawlHook | None = None,
    turn: StartTurn | None = None,
    start_spread: float = 0.0,
) -> tuple[Pursuit, Crawl]:
    """Do what a task does, in this thread, and return how it got its crawl, and the crawl."""
    ask = CrawlAsk(
        crawler_name=crawler,
        data_as_of=data_as_of,
        by_worker_clock=False,
        if_running="join_if_fresh",
        deadline=time.time() + 120,
        timeout=120.0,
        waiter_delay=0.1,
        start_spread=start_spread,
    )
    turn = turn or MachineTurn(crawler, str(os.getpid()))
    session = CrawlSession(hook or GlueCrawlHook(aws_conn_id=None), ask, turn=turn)
    while True:
        found = session.begin()
        ended = session.wait(found.pursuit.crawl_id)
        if not found.pursuit.passing:
            return found.pursuit, ended


def test_of_many_tries_at_once_one_starts_a_crawl_and_all_get_its_verdict(
    crawler: str, local_aws: LocalAws
) -> None:
    as_of = datetime.now(tz=UTC)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: crawl(crawler, as_of), range(8)))

    (only,) = local_aws.client("glue").list_crawls(CrawlerName=crawler)["Crawls"]
    assert {ended.crawl_id for _, ended in found} == {only["CrawlId"]}
    assert sum(pursuit.owned for pursuit, _ in found) == 1


def test_every_task_gets_a_crawl_that_saw_its_data_and_few_are_started(
    crawler: str, local_aws: LocalAws
) -> None:
    begin = datetime.now(tz=UTC)
    written = [begin + timedelta(seconds=number * 0.3) for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda as_of: crawl(crawler, as_of)[1], written))

    assert [ended for as_of, ended in zip(written, found, strict=True) if ended.started_at < as_of] == []
    assert len(local_aws.client("glue").list_crawls(CrawlerName=crawler)["Crawls"]) <= 4


def test_fifty_tasks_behind_a_stale_crawl_call_start_crawler_once(crawler: str, local_aws: LocalAws) -> None:
    local_aws.settings(crawl_seconds=3)
    glue = local_aws.client("glue")
    glue.start_crawler(Name=crawler)
    (stale,) = glue.list_crawls(CrawlerName=crawler)["Crawls"]
    as_of = datetime.now(tz=UTC)
    hook = GlueCrawlHook(aws_conn_id=None)
    hook.get_crawler(crawler)

    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: crawl(crawler, as_of, hook=hook), range(50)))

    newest, *older = glue.list_crawls(CrawlerName=crawler)["Crawls"]
    assert {ended.crawl_id for _, ended in found} == {newest["CrawlId"]}
    assert [each["CrawlId"] for each in older] == [stale["CrawlId"]]
    assert sum(pursuit.owned for pursuit, _ in found) == 1
    assert local_aws.calls()["glue"]["StartCrawler"] == 2  # the stale one, and one for all fifty


def test_tasks_on_machines_of_their_own_start_one_crawl_if_they_spread_their_starts(
    crawler: str, local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([3.0, 1.0, 2.0, 0.0])
    monkeypatch.setattr(random, "uniform", lambda low, high: next(draws, 0.0))
    as_of = datetime.now(tz=UTC)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: crawl(crawler, as_of, turn=Unshared(), start_spread=3.0), range(4)))

    assert len({ended.crawl_id for _, ended in found}) == 1
    assert local_aws.calls()["glue"]["StartCrawler"] == 1
