"""A double of boto3's Glue client for crawlers, with a clock of its own and a script of what goes wrong."""

# ruff: noqa: N803 - the arguments are boto3's
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError

from airflow_lineage_provider.hooks.crawl_patience import Clock
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

NINE = datetime(2025, 6, 4, 9, 0, 0, tzinfo=UTC).timestamp()
CRAWLER = "sales"

_METHODS = {
    "get_crawler": "GetCrawler",
    "batch_get_crawlers": "BatchGetCrawlers",
    "get_crawler_metrics": "GetCrawlerMetrics",
    "list_crawls": "ListCrawls",
    "start_crawler": "StartCrawler",
    "stop_crawler": "StopCrawler",
    "get_table": "GetTable",
    "get_connection": "GetConnection",
}


def moment(seconds: float) -> datetime:
    """Return a time in seconds since the epoch as boto3 gives it."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def client_error(operation: str, code: str, message: str = "no") -> ClientError:
    """Build the error boto3 raises for an error code."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class ScriptedCrawl:
    """A crawl: when it starts, ends, lets the crawler be READY again, and is shown in the history."""

    crawl_id: str
    started: float
    seconds: float = 60.0
    stopping: float = 10.0
    state: str = "COMPLETED"
    message: str = ""
    summary: str | None = '{"TABLE":{"ADD":"{\\"Details\\":{\\"names\\":[\\"orders\\"]}}"}}'
    shown_after: float = 0.0
    stop_asked: float = float("inf")

    @property
    def ended(self) -> float:
        """Return when its work ends."""
        return self.started + self.seconds

    @property
    def ready(self) -> float:
        """Return when the crawler can be started again."""
        return self.ended + self.stopping

    def stop(self, now: float, *, takes: float = 0.0) -> None:
        """End it as StopCrawler does; until then the history goes on saying RUNNING."""
        self.seconds, self.state, self.summary = now + takes - self.started, "STOPPED", None
        self.stop_asked = now


@dataclass
class ScriptedGlue:
    """
    One crawler and its history. Every call takes ``step`` seconds on its clock.

    ``coming`` are the crawls that StartCrawler starts, in order (their ``started`` is set then);
    ``crawls`` are known from the beginning and may lie in the future: somebody else starts them.
    """

    now: float = NINE
    step: float = 1.0
    crawls: list[ScriptedCrawl] = field(default_factory=list)
    coming: list[ScriptedCrawl] = field(default_factory=list)
    stale_ready_for: float = 0.0
    stop_takes: float = 0.0
    usual_seconds: float = 0.0
    exists: bool = True
    deleted_at: float | None = None
    database: str = "db"
    catalog_targets: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, list[Exception | None]] = field(default_factory=dict)
    before: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    lose_reply: bool = False
    calls: Counter[str] = field(default_factory=Counter)

    # --- the client ---------------------------------------------------------------------------------------

    @property
    def meta(self) -> SimpleNamespace:
        """Return what the hook asks of a client's meta data."""
        return SimpleNamespace(method_to_api_mapping=_METHODS, region_name="eu-central-1", partition="aws")

    def get_crawler(self, *, Name: str) -> dict[str, Any]:
        """Return the crawler."""
        self._enter("get_crawler")
        if not self._is_there(Name):
            raise client_error(
                "GetCrawler", "EntityNotFoundException", f"Crawler entry with name {Name} does not exist"
            )
        return self._reply(Crawler=self._crawler())

    def batch_get_crawlers(self, *, CrawlerNames: list[str]) -> dict[str, Any]:
        """Return the crawler, if it is asked for."""
        self._enter("batch_get_crawlers")
        found = [self._crawler() for name in CrawlerNames if self._is_there(name)]
        missing = [name for name in CrawlerNames if not self._is_there(name)]
        return self._reply(Crawlers=found, CrawlersNotFound=missing)

    def get_crawler_metrics(
        self, *, CrawlerNameList: list[str], NextToken: str | None = None
    ) -> dict[str, Any]:
        """Return how long crawls usually take, on a second page, as an answer may be cut anywhere."""
        self._enter("get_crawler_metrics")
        if NextToken is None:
            return self._reply(CrawlerMetricsList=[], NextToken="1")
        rows = [
            {"CrawlerName": name, "MedianRuntimeSeconds": self.usual_seconds, "LastRuntimeSeconds": 0.0}
            for name in CrawlerNameList
            if self._is_there(name)
        ]
        return self._reply(CrawlerMetricsList=rows)

    def list_crawls(
        self,
        *,
        CrawlerName: str,
        MaxResults: int = 20,
        Filters: list[dict[str, str]] | None = None,
        NextToken: str = "0",
    ) -> dict[str, Any]:
        """Return a page of the history, the newest first."""
        self._enter("list_crawls")
        if not self._is_there(CrawlerName):
            text = f"Crawler entry with name {CrawlerName} does not exist"
            raise client_error("ListCrawls", "EntityNotFoundException", text)
        wanted = {row["FieldValue"] for row in Filters or ()}
        rows = [self._row(crawl) for crawl in self._shown() if not wanted or crawl.crawl_id in wanted]
        first = int(NextToken)
        page = {"Crawls": rows[first : first + MaxResults]}
        if first + MaxResults < len(rows):
            page["NextToken"] = str(first + MaxResults)  # type: ignore[assignment]
        return self._reply(**page)

    def start_crawler(self, *, Name: str) -> dict[str, Any]:
        """Start the next of the coming crawls, unless one is running or ending."""
        self._enter("start_crawler")
        if not self._is_there(Name):
            raise client_error("StartCrawler", "EntityNotFoundException")
        if self.state() != "READY":
            text = f"Crawler with name {Name} has already started"
            raise client_error("StartCrawler", "CrawlerRunningException", text)
        crawl = self.coming.pop(0)
        crawl.started = self.now
        self.crawls.append(crawl)
        reply = self._reply()
        if self.lose_reply:
            self.lose_reply = False
            return self.start_crawler(Name=Name)  # botocore sends the request again
        return reply

    def stop_crawler(self, *, Name: str) -> dict[str, Any]:
        """Stop the crawl that is running."""
        self._enter("stop_crawler")
        if self.state() == "STOPPING":
            raise client_error(
                "StopCrawler", "CrawlerStoppingException", f"Crawler with name {Name} is stopping"
            )
        if self.state() != "RUNNING":
            raise client_error(
                "StopCrawler", "CrawlerNotRunningException", f"Crawler with name {Name} isn't running"
            )
        self._begun()[-1].stop(self.now, takes=self.stop_takes)
        return self._reply()

    def get_table(self, *, DatabaseName: str, Name: str) -> dict[str, Any]:
        """Return a table."""
        self._enter("get_table")
        if Name not in self.tables:
            raise client_error("GetTable", "EntityNotFoundException", f"Table {Name} not found")
        return self._reply(Table={"Name": Name, "DatabaseName": DatabaseName, **self.tables[Name]})

    def get_connection(self, *, Name: str, HidePassword: bool) -> dict[str, Any]:
        """Return a connection."""
        self._enter("get_connection")
        assert HidePassword
        if Name not in self.connections:
            raise client_error("GetConnection", "EntityNotFoundException", f"Connection {Name} not found.")
        return self._reply(Connection={"Name": Name, **self.connections[Name]})

    # --- the world ----------------------------------------------------------------------------------------

    def state(self, at: float | None = None) -> str:
        """Return the crawler's state."""
        at = self.now if at is None else at
        for crawl in self._begun(at):
            if at < crawl.ended:
                return "STOPPING" if crawl.stop_asked <= at else "RUNNING"
            if at < crawl.ready:
                return "STOPPING"
        return "READY"

    def _begun(self, at: float | None = None) -> list[ScriptedCrawl]:
        """Return the crawls that have begun, the oldest first."""
        at = self.now if at is None else at
        return sorted((crawl for crawl in self.crawls if crawl.started <= at), key=lambda each: each.started)

    def _shown(self) -> list[ScriptedCrawl]:
        """Return the crawls that the history shows, the newest first."""
        return [crawl for crawl in self._begun(self.now) if crawl.started + crawl.shown_after <= self.now][
            ::-1
        ]

    def _row(self, crawl: ScriptedCrawl) -> dict[str, Any]:
        """Return a crawl as CrawlerHistory."""
        row: dict[str, Any] = {
            "CrawlId": crawl.crawl_id,
            "State": "RUNNING",
            "StartTime": moment(crawl.started),
            "LogGroup": "/aws-glue/crawlers",
            "LogStream": CRAWLER,
            "MessagePrefix": crawl.crawl_id,
        }
        if crawl.ended <= self.now:
            row |= {"State": crawl.state, "EndTime": moment(crawl.ended), "DPUHour": 0.1}
            row |= {"Summary": crawl.summary} if crawl.summary and crawl.state == "COMPLETED" else {}
            row |= {"ErrorMessage": crawl.message} if crawl.message else {}
        return row

    def _crawler(self) -> dict[str, Any]:
        """Return the crawler as GetCrawler does, as late as the script says."""
        begun = self._begun()
        stale = begun and self.now - begun[-1].started < self.stale_ready_for
        found: dict[str, Any] = {
            "Name": CRAWLER,
            "State": "READY" if stale else self.state(),
            "DatabaseName": self.database,
            "Targets": {"S3Targets": [], "CatalogTargets": self.catalog_targets},
        }
        if self.state() == "RUNNING":
            found["CrawlElapsedTime"] = int(1000 * (self.now - begun[-1].started))
        ended = [crawl for crawl in begun if crawl.ended <= self.now]
        if ended:
            last = ended[-1]
            status = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED"}.get(last.state, last.state)
            found["LastCrawl"] = {
                "Status": status,
                "StartTime": moment(last.started),
                "MessagePrefix": last.crawl_id,
            }
        return found

    def _is_there(self, name: str) -> bool:
        """Tell whether there is a crawler of this name."""
        gone = self.deleted_at is not None and self.now >= self.deleted_at
        return self.exists and not gone and name == CRAWLER

    def _enter(self, method: str) -> None:
        """Count a call, let the clock go on, and fail if the script says so."""
        self.calls[_METHODS[method]] += 1
        for happening in self.before.pop(method, []):
            happening()
        self.now += self.step
        faults = self.faults.get(method)
        if faults:
            fault = faults.pop(0)
            if fault is not None:
                raise fault

    def _reply(self, **members: Any) -> dict[str, Any]:
        """Add what botocore adds to a reply."""
        said = format_datetime(moment(int(self.now)), usegmt=True)
        return {**members, "ResponseMetadata": {"HTTPHeaders": {"date": said}, "HTTPStatusCode": 200}}

    # --- for tests ----------------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """Return a clock that shows this service's time and passes it instead of waiting."""

        def sleep(seconds: float) -> None:
            self.now += seconds

        return Clock(time=lambda: self.now, sleep=sleep)

    @contextmanager
    def installed(self) -> Iterator[ScriptedGlue]:
        """Make every hook of this process talk to this double."""
        with mock.patch.object(GlueCrawlHook, "conn", self):
            yield self


def make_hook(glue: ScriptedGlue) -> GlueCrawlHook:
    """Build a hook that talks to the double."""
    hook = GlueCrawlHook(aws_conn_id=None)
    hook.__dict__["conn"] = glue
    return hook
