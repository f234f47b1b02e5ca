"""The poller that all waits of a triggerer share."""

from __future__ import annotations

import asyncio
import contextvars
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import LineageError, PermissionDeniedError, ThrottledError
from airflow_lineage_provider.triggers.closer_looks import CloserLook
from airflow_lineage_provider.triggers.poller import CONCURRENT_BATCHES, CONCURRENT_CALLS, SharedPoller

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

    assert 3 <= len(service.batches) < 40  # 60 at full speed


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


def test_judges_in_the_context_of_the_trigger_that_waits() -> None:
    trigger: contextvars.ContextVar[str] = contextvars.ContextVar("trigger")
    judged: dict[str, str] = {}

    async def wait(name: str) -> None:
        trigger.set(name)

        def verdict(seen: int) -> int:
            judged[name] = trigger.get()
            return seen

        await SharedPoller.watch(
            KEY, Service().make_fetch, name, verdict, interval=0.01, deadline=time.time() + 10
        )

    async def scenario() -> None:
        await asyncio.gather(wait("first"), wait("second"))

    asyncio.run(scenario())

    assert judged == {"first": "first", "second": "second"}


def test_a_verdict_that_fails_reaches_only_its_own_waiter() -> None:
    service = Service()

    def broken(seen: int) -> int:
        raise ZeroDivisionError

    async def scenario() -> list[Any]:
        deadline = time.time() + 10
        waits = [
            SharedPoller.watch(KEY, service.make_fetch, "a", broken, interval=0.01, deadline=deadline),
            service.watch("a", until=2),
        ]
        found: list[Any] = await asyncio.gather(*waits, return_exceptions=True)
        return found

    first, second = asyncio.run(scenario())

    assert type(first) is ZeroDivisionError
    assert second == 2


@pytest.mark.parametrize(("batch_size", "at_once"), [(1, CONCURRENT_CALLS), (2, CONCURRENT_BATCHES)])
def test_a_fetch_that_blocks_runs_in_threads_a_few_at_a_time(batch_size: int, at_once: int) -> None:
    lock, running, most, names = threading.Lock(), 0, 0, set()
    meeting = threading.Barrier(at_once, timeout=5)

    def fetch(subjects: Sequence[str]) -> Seen:
        nonlocal running, most
        with lock:
            running, most = running + 1, max(most, running + 1)
            names.add(threading.current_thread().name)
        meeting.wait()
        with lock:
            running -= 1
        return dict.fromkeys(subjects, 1)

    async def scenario() -> list[int]:
        arguments: dict[str, Any] = {"interval": 0.01, "deadline": time.time() + 10, "batch_size": batch_size}
        return await asyncio.gather(
            *(
                SharedPoller.watch(KEY, lambda: fetch, f"{number}", lambda seen: seen, **arguments)
                for number in range(4 * at_once * batch_size)
            )
        )

    asyncio.run(scenario())

    assert most == at_once
    assert threading.main_thread().name not in names


def test_a_wait_that_is_made_early_and_awaited_late_does_not_hang() -> None:
    service = Service()

    async def scenario() -> int | None:
        late = SharedPoller.watch(
            KEY, service.make_fetch, "b", lambda seen: seen, interval=0.01, deadline=time.time() + 10
        )
        await service.watch("a")
        await asyncio.sleep(0.03)
        assert not SharedPoller._pollers
        return await asyncio.wait_for(late, 5)

    assert asyncio.run(scenario()) == 2


def test_one_culprit_among_a_hundred_is_found_in_a_few_calls() -> None:
    def script(count: int, subjects: Sequence[str]) -> Seen:
        if "37" in subjects:
            raise DENIED
        return dict.fromkeys(subjects, count)

    service = Service(script)

    async def scenario() -> list[Any]:
        waits = (service.watch(f"{number}", interval=0.2) for number in range(100))
        return await asyncio.gather(*waits, return_exceptions=True)

    found = asyncio.run(scenario())

    assert [number for number, each in enumerate(found) if each == DENIED] == [37]
    assert len(service.batches) <= 22


def test_a_thousand_waits_for_one_thing_leave_the_loop_time_for_others() -> None:
    service = Service()
    ended: list[int] = []
    steps: list[int] = []

    async def wait() -> None:
        await service.watch("crawl", interval=0.05)
        ended.append(1)

    async def other() -> None:
        while len(ended) < 1000:
            steps.append(len(ended))
            await asyncio.sleep(0)

    async def scenario() -> None:
        await asyncio.gather(other(), *(wait() for _ in range(1000)))

    asyncio.run(scenario())

    assert max(after - before for before, after in pairwise(steps)) <= 100


def test_random_refusals_of_every_second_call_end_no_wait_and_make_no_stampede() -> None:
    luck = random.Random(1)

    def script(count: int, subjects: Sequence[str]) -> Seen:
        if luck.random() < 0.5:
            raise THROTTLED
        return dict.fromkeys(subjects, count)

    service = Service(script)

    async def scenario() -> None:
        waits = (service.watch(f"{number}", until=30, interval=0.02) for number in range(300))
        await asyncio.gather(*waits)

    asyncio.run(scenario())

    assert len(service.batches) < 150


class Attentive:
    """
    A fetch that wants a closer look at everything, one group per first letter, and knows about pauses.

    The closer look number ``n`` sees ``n``; the one at a subject named in ``errors`` fails first.
    """

    def __init__(self, pause: float = 0.01, errors: Mapping[str, list[Exception]] | None = None) -> None:
        self.pauses = pause
        self.errors = dict(errors or {})
        self.looks: list[list[str]] = []
        self.asked: Counter[str] = Counter()
        self.forgotten: list[str] = []

    def __call__(self, subjects: Sequence[str]) -> Mapping[str, CloserLook]:
        """Ask for a closer look."""
        self.asked.update(subjects)
        return {subject: CloserLook(subject[0]) for subject in subjects}

    def look_closer(self, subjects: Sequence[str]) -> Mapping[str, int]:
        """Look at one group."""
        self.looks.append(sorted(subjects))
        for subject in subjects:
            if self.errors.get(subject):
                raise self.errors[subject].pop(0)
        return dict.fromkeys(subjects, len(self.looks))

    def pause(self, subject: str, interval: float) -> float:
        """Return the pause that the test wants."""
        return self.pauses

    def forget(self, subject: str) -> None:
        """Note what need not be known any more."""
        self.forgotten.append(subject)

    async def watch(self, *subjects: str, until: int = 1, interval: float = 0.01) -> list[Any]:
        """Wait until every subject was seen by the closer look with that number."""

        def verdict(seen: int) -> int | None:
            return seen if seen >= until else None

        arguments: dict[str, Any] = {"interval": interval, "deadline": time.time() + 10}
        waits = (SharedPoller.watch(KEY, lambda: self, each, verdict, **arguments) for each in subjects)
        found: list[Any] = await asyncio.gather(*waits, return_exceptions=True)
        return found


class TestCloserLook:
    def test_is_shared_by_the_subjects_of_a_group(self) -> None:
        fetch = Attentive()

        asyncio.run(fetch.watch("a1", "a2", "b1", interval=0.1))

        assert sorted(fetch.looks) == [["a1", "a2"], ["b1"]]

    def test_is_taken_again_when_it_is_throttled_without_asking_for_anything_else(self) -> None:
        fetch = Attentive(errors={"a1": [THROTTLED, THROTTLED]})

        found = asyncio.run(fetch.watch("a1", interval=1.0))

        assert found == [3]
        assert fetch.asked == {"a1": 1}

    def test_that_fails_concerns_its_own_group(self) -> None:
        fetch = Attentive(errors={"a1": [DENIED]})

        found = asyncio.run(fetch.watch("a1", "a2", "b1", interval=0.1))

        assert [each == DENIED for each in found] == [True, True, False]

    def test_with_a_defect_reaches_its_waiters_instead_of_hanging(self) -> None:
        fetch = Attentive(errors={"a1": [ZeroDivisionError()]})

        found = asyncio.run(fetch.watch("a1", "b1"))

        assert [type(each) for each in found] == [ZeroDivisionError, int]


class TestRhythm:
    def test_of_the_fetch_holds_between_half_an_interval_and_four(self) -> None:
        async def seconds(fetch: Attentive) -> float:
            began = time.monotonic()
            await fetch.watch("a", until=4, interval=0.2)
            return time.monotonic() - began

        hasty, slow = (asyncio.run(seconds(Attentive(pause=pause))) for pause in (0.0, 1e9))

        assert hasty >= 0.2 + 3 * 0.1 - 0.15
        assert slow >= 0.2 + 3 * 0.8 - 0.45

    def test_is_forgotten_with_the_last_waiter_of_a_subject(self) -> None:
        fetch = Attentive()

        asyncio.run(fetch.watch("a", "a", "b"))

        assert sorted(fetch.forgotten) == ["a", "b"]
