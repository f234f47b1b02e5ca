"""A crawler of the local AWS, what happens to it between two looks of a task, and the task's outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import boto3
import pytest
from airflow.providers.amazon.aws.hooks.base_aws import BaseSessionFactory
from airflow.providers.common.compat.sdk import AirflowSensorTimeout
from botocore.exceptions import ClientError

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.hooks.crawl_records import iso_utc
from airflow_lineage_provider.links.glue_crawl import crawl_log_url
from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.faults import CALLS
from airflow_lineage_provider.local_aws.services.glue.crawling import CrawlerStore

__all__ = ["CRAWL_SECONDS", "STOPPING_SECONDS", "Stage", "TimesOut", "log_url", "one_session"]

CRAWL_SECONDS, STOPPING_SECONDS = 60.0, 15.0
_LOOK_SECONDS = 20.0
_LOOKS = ("GetCrawler", "BatchGetCrawlers", "ListCrawls")
_TABLES: dict[str, list[str]] = {"added": [], "updated": [], "deleted": []}

Act = Callable[["Stage"], None]


@cache
def _session() -> Any:
    """Return the session of this process."""
    return boto3.session.Session()


@contextmanager
def one_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let all hooks share a session: reading Glue's model takes longer than all the calls of a task."""
    make = BaseSessionFactory.create_session

    def create_session(self: BaseSessionFactory, deferrable: bool = False) -> Any:
        return make(self, deferrable) if deferrable else _session()

    with monkeypatch.context() as patch:
        patch.setattr(BaseSessionFactory, "create_session", create_session)
        yield


@dataclass(frozen=True)
class TimesOut:
    """A sensor waited in vain, and says what it saw last."""

    seen: str


@dataclass
class Stage:
    """
    One crawler, whose time goes on by twenty seconds before each look of the task that is watched.

    :param aws: The local AWS.
    :param name: Name of the crawler and of its database; texts and values say ``sales`` in its place.
    :param glue: The client that everybody else uses.
    :param script: What happens before a look instead; looks are counted from the task's StartCrawler, or
        from the beginning. Number 0 happens before that StartCrawler.
    """

    aws: LocalAws
    name: str
    glue: Any
    script: Mapping[int, Act] = field(default_factory=dict)
    data_as_of: datetime | None = None
    knows_metrics: bool = True
    starts: int = 0
    operation: str = ""
    _roles: dict[str, str] = field(default_factory=dict)
    _looks: int | None = None
    _acting: bool = False

    # --- what happens -------------------------------------------------------------------------------------

    def make(self) -> None:
        """Make the crawler."""
        targets = {"S3Targets": [{"Path": "s3://raw/orders/"}]}
        self.glue.create_crawler(Name=self.name, Role="crawler", DatabaseName=self.name, Targets=targets)

    def start(self, role: str) -> None:
        """Let somebody start a crawl that the situation calls so."""
        self.glue.start_crawler(Name=self.name)
        lag = self.aws.settings()["history_lag_seconds"]
        self.aws.settings(history_lag_seconds=0)
        self._roles[self.history()[0]["CrawlId"]] = role
        self.aws.settings(history_lag_seconds=float(str(lag)))

    def end(self) -> None:
        """Let time pass until the crawler is READY."""
        settings = self.aws.settings()
        self.aws.advance(float(str(settings["crawl_seconds"])) + float(str(settings["stopping_seconds"])))

    def fail_next(self, message: str) -> None:
        """Let the next crawl fail."""
        self.aws.fault(
            service="glue-worker", operation="RunCrawl", error_code="Internal", message=message, times=1
        )

    def stop(self) -> None:
        """Let somebody stop the crawl that is running."""
        self.glue.stop_crawler(Name=self.name)

    def delete(self) -> None:
        """Delete the crawler, and with it its history."""
        self._roles |= {row["CrawlId"]: self._role_of(row["CrawlId"]) for row in self.history()}
        self.glue.delete_crawler(Name=self.name)

    def refuse(
        self, operation: str, code: str = "AccessDeniedException", *, times: int | None = None
    ) -> None:
        """Let Glue refuse calls of an operation."""
        message = f"not authorized to perform glue:{operation}" if code.startswith("Access") else None
        self.aws.fault(service="glue", operation=operation, error_code=code, message=message, times=times)

    def forget_metrics(self) -> None:
        """Let GetCrawlerMetrics know nothing of any crawler."""
        self.knows_metrics = False

    # --- what is seen -------------------------------------------------------------------------------------

    def history(self) -> list[dict[str, Any]]:
        """Return the crawler's history, the newest first."""
        found: list[dict[str, Any]] = self.glue.list_crawls(CrawlerName=self.name)["Crawls"]
        return found

    def state(self) -> str:
        """Return the crawler's state; empty if it is gone."""
        crawlers = self.glue.batch_get_crawlers(CrawlerNames=[self.name])["Crawlers"]
        return str(crawlers[0]["State"]) if crawlers else ""

    def wanted(self, judged: object, *, joined: bool) -> object:
        """Return what has to come of a task: what is returned of a crawl that completed, or an error."""
        if not isinstance(judged, str):
            return judged
        role = judged
        crawl = next(row for row in self.history() if self._role_of(row["CrawlId"]) == role)
        return {
            "crawler_name": "sales",
            "crawl_id": role,
            "state": crawl["State"],
            "joined": joined,
            "started_at": iso_utc(crawl["StartTime"]),
            "ended_at": iso_utc(crawl["EndTime"]),
            "tables": {**_TABLES, "added": ["sales.orders"]} if "Summary" in crawl else _TABLES,
            "dpu_hours": crawl["DPUHour"],
            "log_group": "/aws-glue/crawlers",
            "log_stream": "sales",
            "database": "sales",
        }

    def in_roles(self, text: str) -> str:
        """Put roles in place of ids in a text."""
        ids = [row["CrawlId"] for row in self.history()] if self.state() else []
        for crawl_id in (*ids, *self._roles):
            text = text.replace(crawl_id, self._role_of(crawl_id))
        return text.replace(self.name, "sales")

    # --- the task -----------------------------------------------------------------------------------------

    @contextmanager
    def watching(self, monkeypatch: pytest.MonkeyPatch, *, at_once: bool = False) -> Iterator[None]:
        """
        Let the script happen while a task calls Glue.

        :param at_once: Count looks from the beginning.
        """
        count = CALLS.add
        self._looks = 0 if at_once else None

        def add(service: str, operation: str | None) -> None:
            count(service, operation)
            if service == "glue" and operation is not None and not self._acting:
                self._acting, self.operation = True, operation
                try:
                    self._happen(operation)
                finally:
                    self._acting = False

        with monkeypatch.context() as patch:
            patch.setattr(CALLS, "add", add)
            if not self.knows_metrics:
                patch.setattr(CrawlerStore, "metrics_page", lambda *_: ([], None))
            yield

    def _happen(self, operation: str) -> None:
        """Let happen what comes before a call of the task is answered."""
        if operation == "StartCrawler":
            self.starts += 1
            if self.starts == 1:
                self._looks = 0
                self.script.get(0, _nothing)(self)
        elif operation in _LOOKS and self._looks is not None:
            self._looks += 1
            self.script.get(self._looks, _time_passes)(self)

    def outcome(self, run: Callable[[dict[str, Any]], Any], arguments: dict[str, Any]) -> Any:
        """Run a task; return its value, or the error, with the roles of crawls in place of their ids."""
        try:
            with self._then_at_rest():
                found = run(arguments)
        except AirflowSensorTimeout as error:
            return TimesOut(str(error).partition("last seen: ")[2].partition(")")[0])
        except LineageError as error:
            return type(error)(**json.loads(self.in_roles(json.dumps(vars(error)))))
        value = json.loads(self.in_roles(json.dumps(found)))
        assert value.pop("data_as_of") <= value["started_at"] or value["crawl_id"] == "stale"
        return value

    def in_words(self, run: Callable[[dict[str, Any]], Any], arguments: dict[str, Any]) -> str:
        """Run a task of the Amazon provider and say in words what became of it."""
        try:
            with self._then_at_rest():
                run(arguments)
        except LookupError as error:
            said = f"crashes ({type(error).__name__})"
        except ClientError as error:
            said = f"fails ({error.response['Error']['Code']})"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the user gets
            said = "fails" if "no access" in str(error) or not self._reason() else "fails without the reason"
        else:
            said = "succeeds"
        going_on = self.state() and any(crawl["State"] == "RUNNING" for crawl in self.history())
        return f"{said} while the crawl runs" if going_on else said

    @contextmanager
    def _then_at_rest(self) -> Iterator[None]:
        """Let nothing happen any more after the task, and nothing be refused or late."""
        try:
            yield
        finally:
            self._acting = True
            self.aws.clear_faults()
            self.aws.settings(state_lag_seconds=0, history_lag_seconds=0)

    def _reason(self) -> bool:
        """Tell whether Glue says why the newest crawl failed."""
        return bool(self.state()) and "no access" in str(self.history()[:1])

    def _role_of(self, crawl_id: str) -> str:
        """Return what the situation calls a crawl; what nobody else started is the task's own."""
        return self._roles.get(crawl_id, "ours")


def log_url(crawl: str) -> str:
    """Return the address of a crawl's log, with its role in place of its id."""
    return crawl_log_url("/aws-glue/crawlers", "sales", crawl, region="us-east-1", partition="aws")


def _nothing(_: Stage) -> None:
    """Let nothing happen."""


def _time_passes(stage: Stage) -> None:
    """Let the crawl go on."""
    stage.aws.advance(_LOOK_SECONDS)
