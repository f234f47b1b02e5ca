"""
Whose turn it is to start a crawler, among the tasks of one machine.

Where many tasks wait for the end of one stale crawl, all of them may start the next at the same moment, and
Glue refuses all but one. With turns one of them looks and starts while the others look on and find its crawl.
A turn is a lock on a file, which the kernel gives back when its holder dies. Tasks on other machines take no
part: they come at random moments where that can be (``start_spread``, and after a stale crawl), look once
more right before they start, and what they start at the same moment all the same is refused by Glue and
joined.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol

__all__ = ["MachineTurn", "StartTurn", "Unshared"]


class StartTurn(Protocol):
    """The right to start a crawler."""

    def take(self) -> bool:
        """Take it if nobody else has it, and tell whether one has it now; never waits."""

    def give_back(self) -> None:
        """Let the next one have it; does nothing for who has it not."""


class Unshared:
    """The right of somebody who is alone with a crawler."""

    def take(self) -> bool:
        """Tell that one has it."""
        return True

    def give_back(self) -> None:
        """Keep it."""


class MachineTurn:
    """
    The right that the tasks of one machine and user take in turn.

    Where no lock can be made, such as on a read-only file system, everybody has it.

    :param identity: What names the crawler: connection, region, name. Two names for one crawler, or one name
        for two, cost a call or a moment and nothing else.
    """

    def __init__(self, *identity: str | None) -> None:
        name = hashlib.sha256(repr(identity).encode()).hexdigest()
        self._path = Path(tempfile.gettempdir()) / f"airflow-lineage-{os.getuid()}" / f"{name}.turn"
        self._file: int | None = None

    def take(self) -> bool:
        """Take it if nobody else has it, and tell whether one has it now; never waits."""
        if self._file is not None:
            return True
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError:
            os.close(file)
            return True
        self._file = file
        return True

    def give_back(self) -> None:
        """Let the next one have it; does nothing for who has it not."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)  # also for a child that was forked off meanwhile
            os.close(self._file)
            self._file = None
