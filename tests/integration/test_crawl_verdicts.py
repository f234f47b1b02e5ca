"""
Every situation in which a verdict about a crawl can go wrong, in every way to wait for one.

The Amazon provider's ``GlueCrawlerRunOperator`` (from which ``GlueCrawlerOperator`` has its waiting) and
``GlueCrawlerSensor`` go through the same situations, so that the comparison in the documentation stays true.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerRunOperator
from airflow.providers.amazon.aws.sensors.glue_crawler import GlueCrawlerSensor

from airflow_lineage_provider.hooks import crawl_session
from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from airflow_lineage_provider.triggers import crawl_followers
from tests.integration.crawl_situations import SITUATIONS, Situation, is_wrong, table_rows
from tests.integration.crawl_stage import CRAWL_SECONDS, STOPPING_SECONDS, Stage, TimesOut, one_session
from tests.unit.operators.driving import run

DOCS = Path(__file__).resolve().parents[2] / "docs" / "concepts"
NORMAL: dict[str, float] = {
    "crawl_seconds": CRAWL_SECONDS,
    "stopping_seconds": STOPPING_SECONDS,
    "state_lag_seconds": 0,
    "history_lag_seconds": 0,
}
MODES = {"in the worker": False, "deferred": True}
MakeStage = Callable[..., Stage]


@pytest.fixture
def make_stage(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeStage]:
    """Make a crawler and what has happened to it, again and again; there is a file to crawl."""
    numbers = itertools.count()
    glue, s3 = local_aws.client("glue"), local_aws.client("s3")
    s3.create_bucket(Bucket="raw")
    s3.put_object(Bucket="raw", Key="orders/1.json", Body=b'{"id":1}')

    def make(situation: Situation, *, starts_nothing: bool = False) -> Stage:
        script = dict(situation.script)
        if starts_nothing and situation.started:
            script = {1: lambda stage: stage.start("ours"), **script}
        stage = Stage(local_aws, f"sales{next(numbers)}", glue, script)
        local_aws.settings(**NORMAL)
        stage.make()
        stage.data_as_of = local_aws.now()
        situation.before(stage)
        if not situation.asks_before:
            stage.data_as_of = local_aws.now()
        local_aws.settings(**situation.settings)
        for operation in situation.refused:
            stage.refuse(operation)
        if situation.patience is not None:
            monkeypatch.setattr(crawl_session, "VISIBLE_SECONDS", situation.patience)
            monkeypatch.setattr(crawl_followers, "PATIENCE_SECONDS", situation.patience)
        return stage

    with one_session(monkeypatch):
        yield make


def make_arguments(stage: Stage, **more: Any) -> dict[str, Any]:
    """Return the arguments of a task; boto3 sends each request at most twice, and a read once."""
    return {
        "crawler_name": stage.name,
        "aws_conn_id": None,
        "botocore_config": {"retries": {"total_max_attempts": 2 if 0 in stage.script else 1}},
        **more,
    }


class TestOurs:
    """Every way to wait says the same, and what it says is right."""

    @pytest.mark.parametrize("title", [title for title, each in SITUATIONS.items() if each.operator])
    def test_the_operator_judges_the_right_crawl(
        self, title: str, make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        situation = SITUATIONS[title]
        found: dict[object, object] = {}
        wanted: dict[object, object] = {}

        for mode, deferrable in MODES.items():
            stage = make_stage(situation)
            arguments = make_arguments(
                stage, data_as_of=stage.data_as_of, waiter_delay=0, timeout=30, deferrable=deferrable
            )
            with stage.watching(monkeypatch, at_once=situation.at_once):
                found[mode] = stage.outcome(lambda args: run(GlueCrawlOperator, args)[0], arguments)
            wanted[mode] = stage.wanted(
                situation.judged, joined=situation.joined or situation.judged != "ours"
            )
            found[mode, "starts"], wanted[mode, "starts"] = stage.starts, situation.starts
            assert stage.state() != "STOPPING"

        assert found == wanted

    @pytest.mark.parametrize("title", [title for title, each in SITUATIONS.items() if each.seen_by_sensor])
    def test_the_sensor_judges_the_same_crawl(
        self, title: str, make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        situation = SITUATIONS[title]
        judged = situation.seen_by_sensor
        found, wanted = {}, {}

        for mode, deferrable in MODES.items():
            stage = make_stage(situation, starts_nothing=True)
            arguments = make_arguments(
                stage,
                data_as_of=stage.data_as_of,
                fail_on_crawl_failure=True,
                waiter_delay=0,
                timeout=0.3 if isinstance(judged, TimesOut) else 30,
                deferrable=deferrable,
            )
            with stage.watching(monkeypatch, at_once=True):
                found[mode] = stage.outcome(lambda args: run(GlueCrawlSensor, args)[0], arguments)
            wanted[mode] = stage.wanted(judged, joined=True)
            assert stage.state() != "STOPPING"

        assert found == wanted


class TestStock:
    """What the Amazon provider's classes say is what the table says."""

    @pytest.mark.parametrize("title", SITUATIONS)
    def test_says_what_is_written_down(
        self, title: str, make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        situation = SITUATIONS[title]
        found = {}

        for mode, deferrable in MODES.items():
            if situation.operator:
                stage = make_stage(situation)
                arguments = make_arguments(stage, poll_interval=0, deferrable=deferrable)
                with stage.watching(monkeypatch, at_once=situation.at_once):
                    found[mode] = stage.in_words(lambda args: run(GlueCrawlerRunOperator, args), arguments)
        if situation.seen_by_sensor:
            stage = make_stage(situation, starts_nothing=True)
            arguments = make_arguments(stage, poke_interval=0, timeout=30)
            with stage.watching(monkeypatch, at_once=True):
                found["sensor"] = stage.in_words(lambda args: run(GlueCrawlerSensor, args), arguments)

        assert found == situation.stock


class TestDocumentation:
    def test_shows_this_table(self) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(table_rows())

        assert (DOCS / "verdicts.csv").read_text(encoding="utf-8") == text.getvalue()

    def test_counts_right(self) -> None:
        told = {way: [e for e in SITUATIONS.values() if way in e.stock] for way in (*MODES, "sensor")}
        wrong = [sum(is_wrong(each.right, each.stock[way]) for each in told[way]) for way in told]
        of_operator, of_sensor = len(told["deferred"]), len(told["sensor"])

        text = " ".join((DOCS / "verdicts.rst").read_text(encoding="utf-8").split())

        assert (
            f"in the worker it is wrong in {wrong[0]} of {of_operator} situations, deferred in {wrong[1]}"
            in text
        )
        assert f"its sensor is wrong in {wrong[2]} of {of_sensor}" in text
