"""How a poller finds the pace that AWS accepts, against services with a clock of their own."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from airflow_lineage_provider.triggers.pace import Pace

BEAT = 5.0


class Client:
    """
    Wants to make ``wanted`` calls every beat, and again whatever was refused, as the pace allows.

    :param accepts: Says of a call at a moment whether the service answers it.
    """

    def __init__(self, accepts: Callable[[float], bool], *, wanted: int = 20, seed: int = 1) -> None:
        self.accepts = accepts
        self.wanted = wanted
        self.pace = Pace(BEAT, spread=random.Random(seed).uniform)
        self.now = 0.0
        self.sent: list[float] = []
        self.answered: list[float] = []

    def run(self, seconds: float) -> Client:
        """Let time pass, in steps of 50 ms."""
        backlog, next_beat, until = 0, self.now, self.now + seconds
        while self.now < until:
            if self.now >= next_beat:
                backlog, next_beat = max(backlog, self.wanted), next_beat + BEAT
            while backlog and not self.pace.delay(self.now):
                self.pace.note_sent(self.now)
                self.sent.append(self.now)
                accepted = self.accepts(self.now)
                self.pace.note_answer(self.now, accepted=accepted)
                if accepted:
                    self.answered.append(self.now)
                    backlog -= 1
                else:
                    break
            self.now += 0.05
        return self

    def sent_between(self, begin: float, end: float) -> int:
        """Count the calls of a time."""
        return sum(begin <= moment < end for moment in self.sent)

    def answered_between(self, begin: float, end: float) -> int:
        """Count the answers of a time."""
        return sum(begin <= moment < end for moment in self.answered)


class Bucket:
    """A service that accepts so many calls per second, and a few more at once."""

    def __init__(self, per_second: float, burst: float = 5) -> None:
        self.per_second, self.burst = per_second, burst
        self.tokens, self.filled_at = burst, 0.0

    def __call__(self, now: float) -> bool:
        """Take a token."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def test_holds_nothing_back_while_every_call_is_accepted() -> None:
    client = Client(lambda now: True, wanted=100).run(60)

    assert not client.pace.is_held_back
    assert len(client.sent) == 1200


@pytest.mark.parametrize("seed", range(5))
def test_gets_through_where_every_second_call_is_refused(seed: int) -> None:
    luck = random.Random(seed)

    client = Client(lambda now: luck.random() < 0.5, seed=seed).run(300)

    assert client.answered_between(60, 300) >= 0.9 * 20 * (240 / BEAT)
    assert len(client.sent) <= 3 * len(client.answered)


@pytest.mark.parametrize("seed", range(5))
def test_one_call_per_beat_gets_through_where_every_second_call_is_refused(seed: int) -> None:
    luck = random.Random(seed)

    client = Client(lambda now: luck.random() < 0.5, wanted=1, seed=seed).run(600)

    assert client.answered_between(0, 600) >= 0.75 * (600 / BEAT)


@pytest.mark.parametrize("seed", range(5))
def test_sends_little_more_than_a_slow_service_accepts(seed: int) -> None:
    client = Client(Bucket(per_second=1), wanted=100, seed=seed).run(300)

    assert client.answered_between(60, 300) >= 200
    assert client.sent_between(60, 300) <= 3.2 * 240


def test_asks_ever_less_during_an_outage_but_never_stops() -> None:
    client = Client(lambda now: False).run(1200)

    first, later = client.sent_between(0, 5), client.sent_between(600, 1200)
    assert first <= 8
    assert 30 <= later <= 45  # three per minute, the ceiling
    gaps = [after - before for before, after in zip(client.sent, client.sent[1:], strict=False)]
    assert max(gaps) <= 61


def test_comes_back_to_full_speed_after_an_outage() -> None:
    client = Client(lambda now: now >= 300).run(300)

    client.run(150)

    assert client.answered_between(400, 450) >= 180
    assert not client.pace.is_held_back


def test_several_clients_do_not_ask_in_step_after_an_outage() -> None:
    clients = [Client(lambda now: False, seed=seed).run(300) for seed in range(10)]

    last = [client.sent[-1] for client in clients]
    assert len({round(moment) for moment in last}) > 5


def test_spreads_the_calls_of_a_round() -> None:
    bucket = Bucket(per_second=2, burst=1)

    client = Client(bucket, wanted=100).run(120)

    busiest = max(client.sent_between(second, second + 1) for second in range(60, 120))
    assert busiest <= 20


def test_a_quiet_time_is_no_outage() -> None:
    client = Client(lambda now: now > 1000, wanted=1)
    client.pace.note_sent(0.0)
    client.pace.note_answer(0.0, accepted=False)

    client.now = 999.0
    client.run(20)

    assert client.sent_between(1000, 1010)


def calls_of_a_round(pace: Pace, now: float) -> int:
    """Make all calls that a pace allows at a moment; all are refused."""
    count = 0
    while not pace.delay(now):
        pace.note_sent(now)
        pace.note_answer(now, accepted=False)
        count += 1
    return count


def test_takes_up_a_pace_that_was_found_before() -> None:
    pace = Pace(BEAT, spread=lambda low, high: low)
    for _ in range(20):
        pace.note_sent(0.0)
        pace.note_answer(0.0, accepted=True)

    for quiet_round in (1, 2):
        assert pace.delay(quiet_round * BEAT) == 0

    assert calls_of_a_round(pace, 3 * BEAT) == 1 + int(3 * 20 * 0.8**2)
    assert calls_of_a_round(pace, 4 * BEAT) == 3
