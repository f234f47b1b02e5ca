"""What the log of a task says: one line per change of state, however often it looks."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import airflow_lineage_provider
from airflow_lineage_provider.exceptions import CrawlFailedError
from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger
from tests.integration.crawl_stage import Act, Stage
from tests.unit.operators.driving import run

PACKAGE = Path(airflow_lineage_provider.__file__).parent
SECRET = "wJalrXUtnFEMI/K7MDENG"
STARTED = "Started crawl ours of 'sales': it is RUNNING"
CLEANING = "Crawl ours of 'sales' is COMPLETED after 600 s (crawler STOPPING)"
COMPLETED = "Crawl ours of 'sales' is COMPLETED after 600 s"
TABLES = "Tables of crawl ours of 'sales': 1 added, 0 updated, 0 deleted; DPU hours: 0.16"
WAITING = "Waiting for a fresh crawl of 'sales': "
Log = Callable[..., list[str]]


@pytest.fixture
def log_of(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Log:
    """Run a task with a crawl of ten minutes, which it looks at every twenty seconds; return what it logs."""
    logger = logging.getLogger("airflow_lineage_provider.task")
    for cls in (GlueCrawlOperator, GlueCrawlSensor, GlueCrawlTrigger):
        monkeypatch.setattr(cls, "log", logger, raising=False)
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    s3.create_bucket(Bucket="raw")
    s3.put_object(Bucket="raw", Key="orders/1.json", Body=b'{"id":1}')

    def run_task(
        cls: type[Any], script: Mapping[int, Act], before: Act = lambda _: None, **arguments: Any
    ) -> list[str]:
        stage = Stage(local_aws, "sales1", glue, script)
        stage.make()
        data_as_of = local_aws.now()
        local_aws.settings(crawl_seconds=600, stopping_seconds=60)
        before(stage)
        given: dict[str, Any] = {
            "crawler_name": stage.name,
            "aws_conn_id": None,
            "waiter_delay": 0,
            "timeout": 60,
        }
        given |= {"data_as_of": data_as_of, **arguments}
        with stage.watching(monkeypatch, at_once=True):
            found = stage.outcome(lambda args: run(cls, args)[0], given)
        assert isinstance(found, dict | CrawlFailedError)
        ours = [each for each in caplog.records if PACKAGE in Path(each.pathname).parents]
        lines = [stage.in_roles(each.getMessage()) for each in ours if "local_aws" not in each.pathname]
        assert SECRET not in caplog.text
        return [re.sub(r"(DPU hours: 0\.\d\d)\d*", r"\1", line) for line in lines]

    return run_task


def test_the_operator_in_the_worker(log_of: Log) -> None:
    assert log_of(GlueCrawlOperator, {}) == [STARTED, CLEANING, COMPLETED, TABLES]


def test_the_operator_deferred(log_of: Log) -> None:
    assert log_of(GlueCrawlOperator, {}, deferrable=True) == [STARTED, COMPLETED, TABLES]


@pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
def test_the_operator_whose_crawl_fails(log_of: Log, deferrable: bool) -> None:
    def fail(stage: Stage) -> None:
        stage.fail_next("no access")

    lines = log_of(GlueCrawlOperator, {}, before=fail, deferrable=deferrable)

    assert re.fullmatch(r"Started crawl ours of 'sales': it is (RUNNING|FAILED after 0 s.*)", lines[0])
    assert lines[-1] == "Crawl ours of 'sales' is FAILED after 0 s"
    assert len(lines) <= 3
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
def test_the_operator_that_joins_a_crawl(log_of: Log, deferrable: bool) -> None:
    def begin(stage: Stage) -> None:
        stage.start("theirs")
        stage.aws.advance(100)

    lines = log_of(GlueCrawlOperator, {}, before=begin, deferrable=deferrable)

    assert re.fullmatch(
        r"Joining crawl theirs of 'sales': it is RUNNING for 1\d\d s, started 20[-\d]+T[:.\d]+Z", lines[0]
    )
    assert lines[-2:] == [line.replace("rawl ours", "rawl theirs") for line in (COMPLETED, TABLES)]
    assert len(lines) == (3 if deferrable else 4)


@pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
def test_the_sensor(log_of: Log, deferrable: bool) -> None:
    lines = log_of(GlueCrawlSensor, {5: lambda stage: stage.start("ours")}, deferrable=deferrable)

    assert lines[0] == WAITING + "no such crawl yet"
    assert re.fullmatch(re.escape(WAITING) + r"crawl ours RUNNING( for \d+ s)?", lines[1])
    ended = [WAITING + "crawl ours COMPLETED after 600 s" + more for more in (" (crawler STOPPING)", "")]
    assert lines[2:] in ([*ended, TABLES], [ended[1], TABLES])
