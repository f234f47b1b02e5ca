"""The subjects that a call of their own must be made for, group by group, in the order of their turns."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

__all__ = ["CloserLook", "CloserLooks"]

SubjectT = TypeVar("SubjectT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class CloserLook:
    """
    What a fetch says of a subject in place of an observation: it needs a call of its own.

    :param group: What one such call answers for, such as a crawler; subjects of one group share the call.
    """

    group: Hashable


class CloserLooks(Generic[SubjectT]):
    """The groups that are still to be looked at."""

    def __init__(self) -> None:
        self._subjects: dict[Hashable, list[SubjectT]] = {}
        self._turns: list[tuple[float, int, Hashable]] = []
        self._number = count()

    def __len__(self) -> int:
        """Return how many groups wait."""
        return len(self._subjects)

    def add(self, group: Hashable, subjects: Sequence[SubjectT], due: float) -> None:
        """Let some subjects wait for a look at their group; a group that waits already keeps its turn."""
        waiting = self._subjects.get(group)
        if waiting is not None:
            waiting.extend(subjects)
            return
        self._subjects[group] = list(subjects)
        heapq.heappush(self._turns, (due, next(self._number), group))

    def take(self, now: float) -> tuple[Hashable, list[SubjectT]] | None:
        """Return the group whose turn came first, if it has come, and who waits for it."""
        if self.next_turn() > now:
            return None
        group = heapq.heappop(self._turns)[2]
        return group, self._subjects.pop(group)

    def next_turn(self) -> float:
        """Return when the next group's turn comes; infinity if none waits."""
        return self._turns[0][0] if self._turns else float("inf")
