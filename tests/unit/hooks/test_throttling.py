"""A worker that waits while AWS refuses every second call, for minutes of a clock that nobody waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import CrawlTimeoutError, DataSourceRunTimeoutError
from airflow_lineage_provider.hooks.crawl_patience import CrawlAsk
from airflow_lineage_provider.hooks.crawl_session import CrawlSession
from airflow_lineage_provider.hooks.import_protocol import ImportQuestion, Move, Patience
from airflow_lineage_provider.hooks.import_runner import ImportRunner
from tests.unit.hooks import scripted_catalog, scripted_glue
from tests.unit.hooks.scripted_catalog import DOMAIN, NOON, SOURCE, ScriptedCatalog, make_activity
from tests.unit.hooks.scripted_glue import CRAWLER, NINE, ScriptedCrawl, ScriptedGlue, moment

MINUTE = 60.0
DELAY = 10.0
MOST_A_MINUTE = 2 * 2 * MINUTE / DELAY
"""A look takes at most two calls, and each is made twice."""

Refuses = Callable[[int], object]
EVERY_SECOND: Refuses = lambda number: number % 2  # noqa: E731


@dataclass
class RefusingGlue(ScriptedGlue):
    """The double of Glue's client, which refuses some calls and counts all of them by the minute."""

    refuses: Refuses = EVERY_SECOND
    step: float = 0.1
    by_minute: Counter[int] = field(default_factory=Counter)

    def _enter(self, method: str) -> None:
        super()._enter(method)
        self.by_minute[int((self.now - NINE) // MINUTE)] += 1
        if self.refuses(self.calls.total()):
            raise scripted_glue.client_error(method, "ThrottlingException", "Rate exceeded")


class RefusingCatalog(ScriptedCatalog):
    """The double of DataZone's client, which refuses some calls and counts all of them by the minute."""

    def __init__(self, refuses: Refuses = EVERY_SECOND, **script: Any) -> None:
        super().__init__(next_runs=[script])
        self.refuses = refuses
        self.by_minute: Counter[int] = Counter()

    def _called(self, operation: str) -> dict[str, Any]:
        reply = super()._called(operation)
        self.by_minute[int((self.now - NOON) // MINUTE)] += 1
        if self.refuses(len(self.calls)):
            raise scripted_catalog.client_error(operation, "ThrottlingException")
        return reply


def make_session(glue: ScriptedGlue, *, timeout: float = 30 * MINUTE) -> CrawlSession:
    """Build a session whose clock is the service's."""
    ask = CrawlAsk(
        crawler_name=CRAWLER,
        data_as_of=moment(NINE),
        by_worker_clock=False,
        if_running="join_if_fresh",
        deadline=NINE + timeout,
        timeout=timeout,
        waiter_delay=DELAY,
    )
    return CrawlSession(scripted_glue.make_hook(glue), ask, clock=glue.clock)


def make_runner(catalog: ScriptedCatalog, *, timeout: float = 30 * MINUTE) -> ImportRunner:
    """Build a runner whose clock is the service's."""

    def sleep(seconds: float) -> None:
        catalog.now += seconds

    return ImportRunner(
        scripted_catalog.make_hook(catalog),
        ImportQuestion(DOMAIN, SOURCE, scripted_catalog.moment(NOON), explicit=True),
        Patience(timeout=timeout, deadline=NOON + timeout, delay=DELAY, absent_seconds=60),
        clock=lambda: catalog.now,
        sleep=sleep,
    )


class TestCrawl:
    def test_every_second_call_refused_for_ten_minutes_is_no_failure(self) -> None:
        glue = RefusingGlue(coming=[ScriptedCrawl("ours", 0, seconds=10 * MINUTE)])
        session = make_session(glue)

        found = session.begin()
        ended = session.wait(found.pursuit.crawl_id)

        assert (ended.crawl_id, ended.state, glue.state()) == ("ours", "COMPLETED", "READY")
        assert glue.now - glue.crawls[-1].ready < MINUTE
        assert len(glue.crawls) == 1

    def test_every_second_call_refused_makes_no_stampede(self) -> None:
        glue = RefusingGlue(coming=[ScriptedCrawl("ours", 0, seconds=10 * MINUTE)])
        session = make_session(glue)

        session.wait(session.begin().pursuit.crawl_id)

        assert max(glue.by_minute[minute] for minute in range(1, 12)) <= MOST_A_MINUTE

    @pytest.mark.parametrize("timeout", [5 * MINUTE, 10 * MINUTE])
    def test_the_deadline_is_finite_and_settable(self, timeout: float) -> None:
        glue = RefusingGlue(coming=[ScriptedCrawl("ours", 0, seconds=1e9)])
        session = make_session(glue, timeout=timeout)
        crawl_id = session.begin().pursuit.crawl_id

        with pytest.raises(CrawlTimeoutError) as raised:
            session.wait(crawl_id)

        assert timeout <= glue.now - NINE < timeout + 30
        assert str(raised.value) == (
            f"Crawl ours of 'sales' was still RUNNING after {timeout:.0f} s. Raise timeout, or look at the "
            "crawl in the Glue console."
        )

    def test_every_call_refused_says_at_the_deadline_what_was_refused(self) -> None:
        glue = RefusingGlue(refuses=lambda _: True)

        with pytest.raises(CrawlTimeoutError) as raised:
            make_session(glue, timeout=5 * MINUTE).begin()

        assert str(raised.value) == (
            "A fresh crawl of 'sales' was still unknown, as GetCrawler was refused (ThrottlingException), "
            "after 300 s. Raise timeout, or look at the crawl in the Glue console."
        )
        assert glue.by_minute[3] <= 6

    def test_a_kill_stops_the_crawl_where_every_second_call_is_refused(self) -> None:
        glue = RefusingGlue(coming=[ScriptedCrawl("ours", 0, seconds=1e9)])
        session = make_session(glue)
        session.begin()
        began = glue.now

        assert session.cancel()

        assert glue.now - began < 20
        assert glue.crawls[-1].state == "STOPPED"


class TestImport:
    @pytest.mark.parametrize("parity", [0, 1])
    def test_every_second_call_refused_for_ten_minutes_is_no_failure(self, parity: int) -> None:
        activities = [make_activity(f"t{number}") for number in range(3)]
        catalog = RefusingCatalog(
            lambda number: number % 2 == parity, run_seconds=10 * MINUTE, activities=activities
        )
        runner = make_runner(catalog)

        beginning = runner.begin(lambda attempt: f"token{attempt}")
        assert beginning.run is not None
        run, assets = runner.wait(beginning.run.run_id)

        assert (beginning.move, run.status, run.lineage_status) == (Move.START, "SUCCESS", "SUCCESS")
        assert len(assets) == 3
        assert len(catalog.started()) == 1
        assert max(catalog.by_minute[minute] for minute in range(1, 10)) <= MOST_A_MINUTE

    def test_the_deadline_is_finite_and_the_error_says_what_was_seen(self) -> None:
        catalog = RefusingCatalog(run_seconds=1e9)
        runner = make_runner(catalog, timeout=5 * MINUTE)
        beginning = runner.begin(lambda attempt: f"token{attempt}")
        assert beginning.run is not None

        with pytest.raises(DataSourceRunTimeoutError, match=r"still RUNNING .* after 300 s. Raise timeout"):
            runner.wait(beginning.run.run_id)

        assert 5 * MINUTE <= catalog.now - NOON < 5 * MINUTE + 40
