"""One line of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Better", "Row"]

Better = Literal["less", "more"]


@dataclass(frozen=True, slots=True)
class Row:
    """
    One figure of ours beside the same figure of a peer, both taken in this run.

    :param what: What was measured, for example ``10,000 JSON objects: wall time``.
    :param ours: Our figure.
    :param peer: The peer's figure; ``None`` where nothing comparable exists, and ``note`` says why.
    :param unit: Unit of both, for example ``s``, ``MiB``, ``events/s``.
    :param peer_name: Who the peer is.
    :param note: What a reader must know to judge the figure.
    :param better: Whether ``less`` or ``more`` is better.
    """

    what: str
    ours: float
    peer: float | None
    unit: str
    peer_name: str = ""
    note: str = ""
    better: Better = "less"

    @property
    def advantage(self) -> float | None:
        """How many times better ours is than the peer's; below 1 it is worse, ``None`` cannot be said."""
        if self.peer is None or not self.peer or not self.ours:
            return None
        return self.peer / self.ours if self.better == "less" else self.ours / self.peer
