"""Crawls start DAGs in a real Airflow: scheduler, triggerer, DAG processor and API server, each a process."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.cli.airflow_api import AirflowApi
from airflow_lineage_provider.cli.local_airflow import LocalAirflow
from airflow_lineage_provider.cli.processes import Processes, free_port
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws

ROOT = Path(__file__).resolve().parents[2]
WATCHED = "watched_crawls"
CRAWLING, REACTING = "example_glue_crawl_assets", "example_glue_crawl_assets_reaction"
DAG_FILES = (ROOT / "tests/system/dags/watched_crawls.py", ROOT / "dags" / f"{CRAWLING}.py")

pytestmark = [
    pytest.mark.system,
    pytest.mark.airflow3,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("local airflow"),
]


@dataclass(frozen=True, slots=True)
class World:
    """An Airflow, and the AWS that it talks to."""

    aws: LocalAws
    estate: EcommerceEstate
    api: AirflowApi
    processes: Processes
    logs: Path

    def wait_for(self, ask: Callable[[], Any]) -> Any:
        """Ask until the answer is something, while all processes live; fail with the ends of their logs."""
        for _ in range(600):
            answer = ask()
            if answer:
                return answer
            self.processes.check()
            time.sleep(0.2)
        ends = [f"{log.name}:\n{log.read_text(errors='replace')[-2000:]}" for log in self.logs.iterdir()]
        pytest.fail("\n".join(["nothing happened for two minutes", *ends]))

    def crawls(self) -> list[str]:
        """Return the ids of all crawls, the newest first."""
        history = self.aws.client("glue").list_crawls(CrawlerName=self.estate.crawler)["Crawls"]
        return [crawl["CrawlId"] for crawl in history]

    def results(self, dag_id: str, task_id: str) -> list[Any]:
        """Return what a task returned in each run of a DAG that has succeeded."""
        runs = [run for run, state in self.api.runs(dag_id).items() if state == "success"]
        return [self.api.result(dag_id, run, task_id) for run in runs]


@pytest.fixture(scope="module")
def world(local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One Airflow for all tests here, and a crawler that has crawled once and is watched."""
    folder = tmp_path_factory.mktemp("airflow")
    aws = local_aws_server
    aws.reset()
    aws.settings(crawl_seconds=0, stopping_seconds=0)
    estate = aws.seed("ecommerce")
    aws.client("glue").start_crawler(Name=estate.crawler)
    (folder / "dags").mkdir()
    for file in DAG_FILES:
        shutil.copy(file, folder / "dags")
    airflow = LocalAirflow(
        folder / "airflow",
        dags_folder=folder / "dags",
        port=free_port(),
        aws_endpoint=aws.endpoint_url,
        aws_region=aws.region_name,
        options={"WATCHED_CRAWLER": estate.crawler, "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False"},
    )
    with Processes(folder / "logs") as processes:
        airflow.make_database(processes)
        api = airflow.start(processes)
        world = World(aws, estate, api, processes, folder / "logs")
        world.wait_for(lambda: not api.unhealthy() and api.has_dag(WATCHED) and api.has_dag(REACTING))
        world.wait_for(lambda: aws.calls()["glue"].get("BatchGetCrawlers"))  # the watcher is at work
        yield world
        api.close()
    aws.reset()


def test_a_crawl_that_is_run_by_hand_starts_a_dag(world: World) -> None:
    world.aws.client("glue").start_crawler(Name=world.estate.crawler)

    crawl = world.crawls()[0]
    assert world.wait_for(lambda: [crawl] in world.results(WATCHED, "tell"))


def test_a_crawl_of_glues_own_schedule_starts_a_dag(world: World) -> None:
    before = set(world.crawls())
    glue = world.aws.client("glue")
    glue.update_crawler(Name=world.estate.crawler, Schedule="cron(0 12 * * ? *)")

    world.aws.advance(24 * 3600)

    glue.update_crawler(Name=world.estate.crawler, Schedule="")
    (crawl,) = set(world.crawls()) - before
    assert world.wait_for(lambda: [crawl] in world.results(WATCHED, "tell"))


def test_a_crawl_that_changed_a_schema_starts_the_dag_that_is_scheduled_on_it(world: World) -> None:
    item = {"user_id": {"S": "u"}, "order_id": {"S": "o"}, "segment": {"S": "premium"}}
    world.aws.client("dynamodb").put_item(TableName=world.estate.dynamodb_table, Item=item)

    world.api.trigger(CRAWLING, {"crawler_name": world.estate.crawler})

    (told,) = world.wait_for(lambda: world.results(REACTING, "act"))
    assert told == [f"{world.estate.database}.ordertransactiontable was updated"]
