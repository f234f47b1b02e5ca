"""
The situations in which a verdict about a crawl can go wrong, and what has to come of each.

What the Amazon provider's classes make of them is written down, too, as it is and not as it should be:
``docs/concepts/verdicts.csv`` shows it, and the tests find out whether it still is so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.exceptions import (
    CrawlerDeletedError,
    CrawlFailedError,
    CrawlStoppedError,
    PermissionDeniedError,
    ResourceNotFoundError,
)
from tests.integration.crawl_stage import Act, Stage, TimesOut, log_url

__all__ = ["SITUATIONS", "Situation", "is_wrong", "table_rows"]

NOT_RUN = "–"
Judged = str | Exception | TimesOut
REASON = "no access to s3://raw"


def stock(
    in_worker: str = "succeeds", deferred: str | None = None, sensor: str | None = None
) -> dict[str, str]:
    """Return what the Amazon provider's operator makes of a situation in both modes, and its sensor."""
    deferred = in_worker if deferred is None else deferred
    said = {
        "in the worker": in_worker,
        "deferred": deferred,
        "sensor": deferred if sensor is None else sensor,
    }
    return {way: words for way, words in said.items() if words != NOT_RUN}


@dataclass(frozen=True)
class Situation:
    """
    A situation.

    :param title: What happens, for the documentation.
    :param judged: The crawl that has to be judged a success, or the error that has to come.
    :param stock: What the Amazon provider's classes make of it.
    :param before: What happened before the task began.
    :param settings: Settings of the local AWS.
    :param script: What happens while the task waits.
    :param refused: Operations that the caller may not call.
    :param waits: What our sensor has to say, where that is not what the operator says; ``None`` if this is no
        situation for a sensor.
    :param asks_before: Whether the data is from before ``before``.
    :param operator: Whether this is a situation for an operator.
    :param started: Whether somebody starts a crawl that a sensor can see.
    :param joined: Whether our operator does not know that it started this crawl itself.
    :param at_once: Whether time goes by before our operator starts a crawl, too.
    :param patience: Seconds for which a crawl may be missing in the history.
    :param starts: How often our operator calls StartCrawler.
    """

    title: str
    judged: Judged
    stock: Mapping[str, str]
    before: Act = lambda _: None
    settings: Mapping[str, float] = field(default_factory=dict)
    script: Mapping[int, Act] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    waits: Judged | None = "as the operator"
    asks_before: bool = False
    operator: bool = True
    started: bool = True
    joined: bool = False
    at_once: bool = False
    patience: float | None = None
    starts: int = 1

    @property
    def right(self) -> str:
        """Return what has to come of the task."""
        judged = self.judged if self.operator else self.seen_by_sensor
        if isinstance(judged, TimesOut):
            return "waits"
        return "succeeds" if isinstance(judged, str) else "fails"

    @property
    def seen_by_sensor(self) -> Judged | None:
        """Return what our sensor has to say; ``None`` if this is no situation for a sensor."""
        return self.judged if self.waits == "as the operator" else self.waits


def failed(crawl: str = "ours") -> CrawlFailedError:
    """Return the error of a crawl that failed, with Glue's message and the address of its log."""
    return CrawlFailedError(crawler_name="sales", crawl_id=crawl, message=REASON, log_url=log_url(crawl))


def stopped(crawl: str = "ours") -> CrawlStoppedError:
    """Return the error of a crawl that was stopped."""
    return CrawlStoppedError(crawler_name="sales", crawl_id=crawl, log_url=log_url(crawl))


def unknown(operation: str = "GetCrawler") -> ResourceNotFoundError:
    """Return the error of a crawler that is not there."""
    return ResourceNotFoundError(
        service="glue",
        operation=operation,
        code="EntityNotFoundException",
        message="Crawler entry with name sales does not exist.",
        subject="crawler 'sales'",
    )


def denied(operation: str) -> PermissionDeniedError:
    """Return the error of a missing permission."""
    return PermissionDeniedError(
        service="glue",
        operation=operation,
        code="AccessDeniedException",
        message=f"not authorized to perform glue:{operation}.",
        subject="crawler 'sales'",
    )


def acts(*steps: Callable[[Stage], Any]) -> Act:
    """Do several things, one after the other."""

    def act(stage: Stage) -> None:
        for step in steps:
            step(stage)

    return act


def end(stage: Stage) -> None:
    """Let the crawl end, and its crawler be READY."""
    stage.end()


def stop(stage: Stage) -> None:
    """Let somebody stop the crawl."""
    stage.stop()


def fail_next(stage: Stage) -> None:
    """Let the next crawl fail."""
    stage.fail_next(REASON)


def start(role: str) -> Act:
    """Let somebody start a crawl."""
    return lambda stage: stage.start(role)


def yesterday(*, fails: bool = False) -> Act:
    """Let the crawler have crawled yesterday."""

    def act(stage: Stage) -> None:
        if fails:
            stage.fail_next("yesterday's trouble: no access")
        stage.start("old")
        stage.end()
        stage.aws.advance(86_400)

    return act


def throttle(times: int) -> dict[int, Act]:
    """Let every second look be throttled."""

    def act(stage: Stage) -> None:
        stage.aws.advance(30)
        stage.refuse(stage.operation, "ThrottlingException", times=1)

    return dict.fromkeys(range(2, 2 * times, 2), act)


_ALL = (
    Situation("Our crawl completes", "ours", stock(), before=yesterday()),
    Situation(
        "Our crawl fails; Glue says why",
        failed(),
        stock("fails without the reason", "fails", "fails without the reason"),
        before=fail_next,
    ),
    Situation("Somebody stops our crawl", stopped(), stock("fails"), script={3: stop}),
    Situation(
        "Our crawl fails, and another one completes before the next look",
        failed(),
        stock("succeeds"),
        before=fail_next,
        settings={"stopping_seconds": 60},
        script={3: acts(end, start("other"), end)},
    ),
    Situation(
        "Our crawl completes, and another one fails before the next look",
        "ours",
        stock("fails without the reason", "fails", "fails without the reason"),
        script={3: acts(end, fail_next, start("other"), end)},
    ),
    Situation(
        "Our crawl completes, and another one is running at the next look, and is stopped later",
        "ours",
        stock("fails"),
        script={3: acts(end, start("other")), 6: stop},
    ),
    Situation(
        "The crawler is still READY after the start, and has no LastCrawl",
        "ours",
        stock(
            "crashes (KeyError) while the crawl runs",
            "succeeds while the crawl runs",
            "crashes (KeyError) while the crawl runs",
        ),
        settings={"state_lag_seconds": 35},
    ),
    Situation(
        "The crawler is still READY after the start, with yesterday's success; our crawl is stopped",
        stopped(),
        stock("succeeds while the crawl runs"),
        before=yesterday(),
        settings={"state_lag_seconds": 35},
        script={3: stop},
    ),
    Situation(
        "The crawler is still READY after the start, with yesterday's failure; our crawl completes",
        "ours",
        stock("fails while the crawl runs"),
        before=yesterday(fails=True),
        settings={"state_lag_seconds": 35},
    ),
    Situation(
        "No permission for GetCrawlerMetrics",
        "ours",
        stock("fails (AccessDeniedException)", "succeeds"),
        refused=("GetCrawlerMetrics",),
    ),
    Situation(
        "GetCrawlerMetrics knows nothing of the crawler",
        "ours",
        stock("crashes (IndexError)", "succeeds"),
        before=Stage.forget_metrics,
    ),
    Situation(
        "Our crawl has completed, and the crawler is STOPPING for long",
        "ours",
        stock(),
        settings={"crawl_seconds": 5, "stopping_seconds": 90},
    ),
    Situation(
        "The history shows our crawl late",
        "ours",
        stock(),
        before=yesterday(),
        settings={"history_lag_seconds": 25},
    ),
    Situation(
        "The history shows our crawl when it has completed, and the crawler is STOPPING",
        "ours",
        stock(),
        before=yesterday(),
        settings={"crawl_seconds": 20, "history_lag_seconds": 40, "stopping_seconds": 90},
    ),
    Situation(
        "The crawler is deleted while the task waits",
        CrawlerDeletedError(crawler_name="sales", crawl_id="ours"),
        stock("fails", "fails", "fails (EntityNotFoundException)"),
        script={3: acts(end, Stage.delete)},
        waits=unknown(),
    ),
    Situation(
        "The crawler is deleted and made anew while the task waits",
        CrawlerDeletedError(crawler_name="sales", crawl_id="ours"),
        stock("crashes (KeyError)", "succeeds", "crashes (KeyError)"),
        script={3: acts(end, Stage.delete, Stage.make), 8: start("of the new crawler")},
        waits="of the new crawler",
        patience=0.0,
    ),
    Situation(
        "The reply to StartCrawler is lost, and boto3 sends it again",
        "ours",
        stock("fails (CrawlerRunningException) while the crawl runs", sensor=NOT_RUN),
        script={
            0: lambda stage: stage.aws.fault(service="glue", operation="StartCrawler", drop="after", times=1)
        },
        waits=None,
        joined=True,
        starts=2,
    ),
    Situation(
        "Another try of the task starts the crawler at the same moment",
        "theirs",
        stock("fails (CrawlerRunningException) while the crawl runs", sensor=NOT_RUN),
        script={0: start("theirs")},
        waits=None,
    ),
    Situation(
        "A crawl from before the data is running",
        "ours",
        stock("fails (CrawlerRunningException) while the crawl runs", sensor=NOT_RUN),
        before=start("stale"),
        at_once=True,
        waits=None,
    ),
    Situation(
        "A crawl that started after the data is running",
        "theirs",
        stock("fails (CrawlerRunningException) while the crawl runs", sensor=NOT_RUN),
        before=start("theirs"),
        at_once=True,
        asks_before=True,
        waits=None,
        starts=0,
    ),
    Situation(
        "A crawl that started after the data has completed",
        "theirs",
        stock(),
        before=acts(start("theirs"), end),
        asks_before=True,
        started=False,
        starts=0,
    ),
    Situation(
        "Every second read is throttled",
        "ours",
        stock("fails while the crawl runs", "succeeds", "fails (ThrottlingException) while the crawl runs"),
        script=throttle(20),
    ),
    Situation(
        "There is no such crawler",
        unknown(),
        stock("fails (EntityNotFoundException)"),
        before=Stage.delete,
        started=False,
        starts=0,
    ),
    Situation(
        "No permission for GetCrawler",
        denied("GetCrawler"),
        stock("fails while the crawl runs", "fails while the crawl runs", "fails (AccessDeniedException)"),
        refused=("GetCrawler",),
        started=False,
        starts=0,
    ),
    Situation(
        "The last crawl completed yesterday, and none has come since",
        "ours",
        stock(NOT_RUN, NOT_RUN, "succeeds"),
        before=yesterday(),
        operator=False,
        started=False,
        waits=TimesOut("no such crawl yet"),
    ),
    Situation(
        "The crawler has never crawled",
        "ours",
        stock(NOT_RUN, NOT_RUN, "crashes (KeyError)"),
        operator=False,
        started=False,
        waits=TimesOut("no such crawl yet"),
    ),
    Situation(
        "The last crawl failed yesterday, and the next one comes",
        "ours",
        stock(NOT_RUN, NOT_RUN, "fails without the reason"),
        before=yesterday(fails=True),
        operator=False,
        started=False,
        script={3: start("ours")},
    ),
)

SITUATIONS = {situation.title: situation for situation in _ALL}


def is_wrong(right: str, said: str) -> bool:
    """
    Tell whether a verdict is wrong, a crash included.

    A success that comes while the crawl still runs is one that nobody has seen.
    """
    if right == "fails":
        return not said.startswith("fails")
    return said != right


def table_rows() -> list[list[str]]:
    """Return the comparison as the documentation shows it; what is wrong is marked."""
    rows = [["What happens", "Right", "Operator, in the worker", "Operator, deferred", "Sensor"]]
    for each in _ALL:
        said = [each.stock.get(way, NOT_RUN) for way in ("in the worker", "deferred", "sensor")]
        marked = [
            f"✗ {words}" if words != NOT_RUN and is_wrong(each.right, words) else words for words in said
        ]
        rows.append([each.title, each.right, *marked])
    return rows
