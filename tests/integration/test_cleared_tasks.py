"""A task that somebody clears asks anew: for newer data, unless it is told which data it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.operators.datazone import DataZoneDataSourceRunOperator
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from tests.integration.clearing import ClearableRun

pytestmark = [pytest.mark.airflow3, pytest.mark.usefixtures("airflow_database")]

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
QUICK: dict[str, Any] = {"waiter_delay": 0.1, "timeout": 60, "aws_conn_id": None}


@pytest.fixture
def estate(local_aws: LocalAws) -> EcommerceEstate:
    """The e-commerce estate, in which a crawl and an import take a moment."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.settings(crawl_seconds=0.3, import_seconds=0.3)
    return seeded


def make_crawl(estate: EcommerceEstate, **overrides: Any) -> ClearableRun:
    """Make a run of a DAG that crawls."""
    return ClearableRun(
        lambda: GlueCrawlOperator(task_id="task", crawler_name=estate.crawler, **{**QUICK, **overrides})
    )


def make_import(estate: EcommerceEstate, **overrides: Any) -> ClearableRun:
    """Make a run of a DAG that imports."""
    arguments: dict[str, Any] = {
        "domain_identifier": estate.domain,
        "data_source_identifier": estate.data_source,
        "require_lineage": False,
        **QUICK,
        **overrides,
    }
    return ClearableRun(lambda: DataZoneDataSourceRunOperator(task_id="task", **arguments))


def starts(aws: LocalAws) -> int:
    """Return how many crawls and imports were started."""
    calls = aws.calls()
    crawls = calls.get("glue", {}).get("StartCrawler", 0)
    return int(crawls + calls.get("datazone", {}).get("StartDataSourceRun", 0))


def begun(aws: LocalAws, estate: EcommerceEstate) -> list[str]:
    """Return the ids of the crawls and imports there are, newest first."""
    crawls = aws.client("glue").list_crawls(CrawlerName=estate.crawler)["Crawls"]
    runs = aws.client("datazone").list_data_source_runs(
        domainIdentifier=estate.domain, dataSourceIdentifier=estate.data_source
    )["items"]
    return [*(crawl["CrawlId"] for crawl in crawls), *(run["id"] for run in runs)]


@pytest.mark.parametrize(("make", "identity"), [(make_crawl, "crawl_id"), (make_import, "run_id")])
@BOTH
def test_starts_exactly_one_more_of_its_own(
    estate: EcommerceEstate, local_aws: LocalAws, make: Any, identity: str, deferrable: bool
) -> None:
    run = make(estate, deferrable=deferrable)
    states = [run.play()]
    first = run.value("task")

    run.clear("task")
    states.append(run.play())
    second = run.value("task")

    assert states == ["success", "success"]
    assert first[identity] != second[identity]
    assert (first["joined"], second["joined"], starts(local_aws)) == (False, False, 2)
    assert second["started_at"] > first["started_at"]


@pytest.mark.parametrize(("make", "identity"), [(make_crawl, "crawl_id"), (make_import, "run_id")])
def test_uses_what_is_fresh_enough_for_the_data_it_is_told(
    estate: EcommerceEstate, local_aws: LocalAws, make: Any, identity: str
) -> None:
    run = make(estate, data_as_of=datetime.now(tz=UTC) - timedelta(seconds=1))
    states = [run.play()]
    first = run.value("task")

    run.clear("task")
    states.append(run.play())
    second = run.value("task")

    assert states == ["success", "success"]
    assert (second[identity], second["joined"], starts(local_aws)) == (first[identity], True, 1)


@pytest.mark.parametrize(
    ("make", "identity", "told"),
    [
        pytest.param(make_crawl, "crawl_id", False, id="a crawl for newer data"),
        pytest.param(make_crawl, "crawl_id", True, id="a crawl for the data it is told"),
        pytest.param(make_import, "run_id", False, id="an import of newer data"),
    ],
)
def test_cleared_while_it_was_deferred(
    estate: EcommerceEstate, local_aws: LocalAws, make: Any, identity: str, told: bool
) -> None:
    local_aws.settings(crawl_seconds=4, import_seconds=4)
    as_of = {"data_as_of": datetime.now(tz=UTC) - timedelta(seconds=1)} if told else {}
    run = make(estate, deferrable=True, **as_of)
    waiting = run.step()
    (deferred,) = begun(local_aws, estate)
    local_aws.advance(2)  # an import starts a moment after it was asked for; now it has

    run.clear("task")
    state = run.play()

    newest, *older = begun(local_aws, estate)
    assert (waiting, state, run.value("task")[identity]) == ("deferred", "success", newest)
    assert (newest, older) == (deferred, []) if told else older == [deferred]


def test_a_sensor_waits_for_a_crawl_that_starts_after_it_was_cleared(
    estate: EcommerceEstate, local_aws: LocalAws
) -> None:
    waiting: dict[str, Any] = {"mode": "reschedule", "poke_interval": 0.2, "timeout": 60}
    run = ClearableRun(
        lambda: GlueCrawlSensor(task_id="task", crawler_name=estate.crawler, aws_conn_id=None, **waiting)
    )
    glue = local_aws.client("glue")
    seen = []

    for _ in range(2):
        seen.append(run.step())
        local_aws.advance(2)
        glue.start_crawler(Name=estate.crawler)
        seen.append(run.play())
        newest = glue.list_crawls(CrawlerName=estate.crawler)["Crawls"][0]["CrawlId"]
        assert run.value("task")["crawl_id"] == newest
        run.clear("task")

    assert seen == ["up_for_reschedule", "success"] * 2
