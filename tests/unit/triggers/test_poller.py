"""The poller that all waits of a triggerer share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import LineageError, PermissionDeniedError, ThrottledError
from airflow_lineage_provider.triggers.poller import SharedPoller

KEY = ("test", "connection")
Seen = Mapping[str, "int | LineageError"]


def make_error(kind: type[Any], code: str) -> Any:
    """Build an error of a call."""
    return kind(service="glue", operation="BatchGetCrawlers", code=code, message="no")


THROTTLED = make_error(ThrottledError, "ThrottlingException")
DENIED = make_error(PermissionDeniedError, "AccessDeniedException")


class Service:
    """Counts up on every call and says of each subject which call that was."""

    def __init__(self, script: Callable[[int, Sequence[str]], Seen] | None = None) -> None:
        self.batches: list[list[str]] = []
        self.script = script or (lambda count, subjects: dict.fromkeys(subjects, count))
        self.made = 0

    def make_fetch(self) -> Callable[[Sequence[str]], Any]:
        """Make what the poller calls."""
        self.made += 1

        async def fetch(subjects: Sequence[str]) -> Seen:
            self.batches.append(list(subjects))
            return self.script(len(self.batches), subjects)

        return fetch

    async def watch(self, subject: str, until: int = 1, **overrides: Any) -> int:
        """Wait until a subject was seen by the call with that number."""
        arguments: dict[str, Any] = {"interval": 0.01, "deadline": time.time() + 10, **overrides}
        key = arguments.pop("key", KEY)

        def verdict(seen: int) -> int | None:
            return seen if seen >= until else None

        return await SharedPoller.watch(key, self.make_fetch, subject, verdict, **arguments)


def test_many_waits_cost_one_call_per_batch_and_interval() -> None:
    service = Service()

    async def scenario() -> list[int]:
        return await asyncio.gather(
            *(service.watch(f"crawl-{number}", interval=0.3) for number in range(250))
        )

    asyncio.run(scenario())

    assert sorted(map(len, service.batches)) == [50, 100, 100]
    assert service.made == 1


def test_waits_for_the_same_thing_ask_once() -> None:
    service = Service()

    async def scenario() -> list[int]:
        return await asyncio.gather(*(service.watch("crawl", interval=0.2) for _ in range(50)))

    asyncio.run(scenario())

    assert service.batches == [["crawl"]]


def test_a_wait_goes_on_until_its_verdict() -> None:
    service = Service()

    assert asyncio.run(service.watch("crawl", until=3)) == 3


def test_waits_with_other_clients_do_not_share() -> None:
    service = Service()

    async def scenario() -> None:
        await asyncio.gather(service.watch("a"), service.watch("b", key=("test", "other connection")))

    asyncio.run(scenario())

    assert service.made == 2
    assert sorted(service.batches) == [["a"], ["b"]]


def test_the_poller_ends_with_its_last_waiter() -> None:
    service = Service()

    async def scenario() -> None:
        await service.watch("crawl")
        await asyncio.sleep(0.03)

        assert not SharedPoller._pollers
        await service.watch("crawl", until=2)

    asyncio.run(scenario())

    assert service.made == 2


def test_cancelling_one_waiter_leaves_the_others_alone() -> None:
    service = Service()

    async def scenario() -> int:
        first = asyncio.create_task(service.watch("crawl", until=3))
        second = asyncio.create_task(service.watch("crawl", until=3))
        await asyncio.sleep(0.005)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(scenario()) == 3


def test_throttling_ends_no_wait() -> None:
    def script(count: int, subjects: Sequence[str]) -> Seen:
        if count % 2:
            raise THROTTLED
        return dict.fromkeys(subjects, count)

    service = Service(script)

    assert asyncio.run(service.watch("crawl", until=6)) == 6


def test_throttling_slows_the_poller_down_for_all() -> None:
    def script(count: int, subjects: Sequence[str]) -> Seen:
        raise THROTTLED

    service = Service(script)

    with pytest.raises(TimeoutError):
        asyncio.run(_without_last_look(service.watch("crawl", deadline=time.time() + 0.6)))

    assert 3 <= len(service.batches) < 15  # 60 at full speed


async def _without_last_look(wait: Any) -> Any:
    """Give up a moment after the deadline, instead of waiting for the last look."""
    return await asyncio.wait_for(wait, 0.7)


def test_a_refusal_that_concerns_one_reaches_only_its_waiter() -> None:
    def script(count: int, subjects: Sequence[str]) -> Seen:
        if "secret" in subjects:
            raise DENIED
        return dict.fromkeys(subjects, count)

    service = Service(script)

    async def scenario() -> list[Any]:
        waits = (service.watch(name) for name in ("open", "secret", "public"))
        return await asyncio.gather(*waits, return_exceptions=True)

    found = asyncio.run(scenario())

    assert found[1] == DENIED
    assert [type(each) for each in found] == [int, PermissionDeniedError, int]


def test_an_error_of_one_subject_reaches_only_its_waiter() -> None:
    def script(count: int, subjects: Sequence[str]) -> Seen:
        return {name: DENIED if name == "secret" else count for name in subjects}

    service = Service(script)

    async def scenario() -> list[Any]:
        waits = (service.watch(name) for name in ("open", "secret"))
        return await asyncio.gather(*waits, return_exceptions=True)

    assert asyncio.run(scenario()) == [1, DENIED]
    assert len(service.batches) == 1


def test_throttling_of_one_subject_ends_no_wait() -> None:
    def script(count: int, subjects: Sequence[str]) -> Seen:
        return dict.fromkeys(subjects, THROTTLED if count < 3 else count)

    assert asyncio.run(Service(script).watch("crawl")) == 3


def test_a_defect_reaches_every_waiter_instead_of_hanging() -> None:
    def script(count: int, subjects: Sequence[str]) -> Seen:
        raise ZeroDivisionError

    service = Service(script)

    async def scenario() -> list[Any]:
        waits = (service.watch(name) for name in ("a", "b"))
        return await asyncio.gather(*waits, return_exceptions=True)

    assert [type(each) for each in asyncio.run(scenario())] == [ZeroDivisionError, ZeroDivisionError]


def test_a_wait_ends_at_its_deadline() -> None:
    service = Service(lambda count, subjects: dict.fromkeys(subjects, 0))

    with pytest.raises(TimeoutError):
        asyncio.run(service.watch("crawl", deadline=time.time() + 0.05))


def test_looks_once_more_at_the_deadline_however_long_the_interval() -> None:
    service = Service()

    assert asyncio.run(service.watch("crawl", interval=1000, deadline=time.time() + 0.05)) == 1


def test_each_wait_has_its_own_interval() -> None:
    service = Service()

    async def scenario() -> None:
        slow = asyncio.create_task(service.watch("slow", interval=1000))
        await service.watch("fast", until=5, interval=0.01)
        slow.cancel()

    asyncio.run(scenario())

    assert all("slow" not in batch for batch in service.batches)


def test_two_event_loops_do_not_share() -> None:
    service = Service()

    asyncio.run(service.watch("crawl"))
    asyncio.run(service.watch("crawl"))

    assert service.made == 2
