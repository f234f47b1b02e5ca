"""A real triggerer process resumes deferred tasks from the database, and so does the one after it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws

ROOT = Path(__file__).resolve().parents[2]
CRAWLERS = tuple(f"crawler-{number}" for number in range(20))

pytestmark = [pytest.mark.system, pytest.mark.airflow3, pytest.mark.timeout(300)]


class Home:
    """
    A home of Airflow with a database of its own.

    :param folder: Where it is.
    :param aws: The stack that its tasks talk to.
    """

    def __init__(self, folder: Path, aws: LocalAws) -> None:
        (folder / "dags").mkdir()
        self.log = folder / "triggerer.log"
        self._database = folder / "airflow.db"
        self.environment = os.environ | {
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_DEFAULT_REGION": aws.region_name,
        }

    def defer(self, crawls: dict[str, str]) -> None:
        """Leave one deferred task per crawler in the database."""
        self._change_database(json.dumps(crawls))

    def clear(self, task: str) -> None:
        """Clear a task."""
        self._change_database("", task)

    def _change_database(self, text: str, *arguments: str) -> None:
        """Run the program that does what a scheduler or a user does to the database."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.system.deferred_tasks", *arguments],
            input=text,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def tasks(self) -> dict[str, tuple[str, Any]]:
        """Return each task's state and the arguments that it resumes with."""
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=30) as connection:
            rows = connection.execute("SELECT task_id, state, next_kwargs FROM task_instance").fetchall()
        return {task: (state, _decoded(json.loads(kwargs))) for task, state, kwargs in rows}

    @contextmanager
    def running_triggerer(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run ``airflow triggerer``, and end it as a deployment does."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process
                process.send_signal(signal.SIGTERM)
                process.wait(30)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def wait_until(self, happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
        """Wait until something happened; fail with the triggerer's output if it does not."""
        for _ in range(600):
            if happened():
                return
            assert process.poll() is None, self.log.read_text(encoding="utf-8", errors="replace")
            time.sleep(0.2)
        pytest.fail(self.log.read_text(encoding="utf-8", errors="replace")[-5000:])


def _decoded(value: Any) -> Any:
    """Return what Airflow stored, without the notes about its types."""
    if isinstance(value, dict):
        if "__var" in value:
            return _decoded(value["__var"])
        return {name: _decoded(each) for name, each in value.items()}
    return [_decoded(each) for each in value] if isinstance(value, list) else value


def start_crawls(aws: LocalAws, crawlers: tuple[str, ...] = CRAWLERS) -> dict[str, str]:
    """Make crawlers, start one crawl of each and return the crawls' ids."""
    glue = aws.client("glue")
    aws.client("s3").create_bucket(Bucket="raw")
    for name in crawlers:
        glue.create_crawler(
            Name=name,
            Role="arn:aws:iam::123456789012:role/crawler",
            DatabaseName="db",
            Targets={"S3Targets": [{"Path": f"s3://raw/{name}/"}]},
        )
        glue.start_crawler(Name=name)
    return {name: glue.list_crawls(CrawlerName=name)["Crawls"][0]["CrawlId"] for name in crawlers}


def test_deferred_tasks_outlive_a_triggerer_and_share_one_poller(local_aws: LocalAws, tmp_path: Path) -> None:
    local_aws.settings(crawl_seconds=3600)
    crawls = start_crawls(local_aws)
    home = Home(tmp_path, local_aws)
    home.defer(crawls)
    before = local_aws.calls()["glue"]

    def calls(operation: str) -> int:
        return local_aws.calls()["glue"].get(operation, 0) - before.get(operation, 0)

    with home.running_triggerer() as first:
        home.wait_until(lambda: calls("BatchGetCrawlers") >= 3, first)
    after_first = local_aws.calls()["glue"]
    left = {state for state, _ in home.tasks().values()}
    local_aws.advance(3700)
    with home.running_triggerer() as second:
        home.wait_until(lambda: {state for state, _ in home.tasks().values()} == {"scheduled"}, second)

    events = {task: kwargs["event"] for task, (_, kwargs) in home.tasks().items()}
    assert left == {"deferred"}
    assert "StopCrawler" not in after_first
    assert {task: event["crawl"]["crawl_id"] for task, event in events.items()} == crawls
    assert {(event["status"], event["crawl"]["state"]) for event in events.values()} == {
        ("ended", "COMPLETED")
    }
    assert calls("StopCrawler") == calls("StartCrawler") == calls("GetCrawler") == 0
    assert calls("GetCrawlerMetrics") < len(CRAWLERS) / 2  # each poller of its own would have asked once
    assert calls("ListCrawls") == len(CRAWLERS)


def test_clearing_a_deferred_task_stops_its_own_crawl_once(local_aws: LocalAws, tmp_path: Path) -> None:
    local_aws.settings(crawl_seconds=3600, stopping_seconds=0)
    crawls = start_crawls(local_aws, ("cleared", "other"))
    home = Home(tmp_path, local_aws)
    home.defer(crawls)
    glue = local_aws.client("glue")

    def states() -> dict[str, str]:
        return {name: glue.list_crawls(CrawlerName=name)["Crawls"][0]["State"] for name in crawls}

    with home.running_triggerer() as triggerer:
        home.wait_until(lambda: "BatchGetCrawlers" in local_aws.calls()["glue"], triggerer)
        home.clear("cleared")
        home.wait_until(lambda: states()["cleared"] != "RUNNING", triggerer)
        local_aws.advance(3700)
        home.wait_until(lambda: home.tasks()["other"][0] == "scheduled", triggerer)

    assert states() == {"cleared": "STOPPED", "other": "COMPLETED"}
    assert local_aws.calls()["glue"]["StopCrawler"] == 1
    assert home.tasks()["cleared"] == ("scheduled", None), "it begins anew, nothing resumes it"
    assert home.tasks()["other"][1]["event"]["crawl"]["crawl_id"] == crawls["other"]
