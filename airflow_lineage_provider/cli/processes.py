"""Start processes that log to files, notice when one dies, and end all of them together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

__all__ = ["ProcessDiedError", "Processes", "free_port"]

_TAIL_LINES = 25


def free_port(preferred: int = 0) -> int:
    """
    Return ``preferred`` if nothing on loopback listens there, else a free port.

    :param preferred: The port to try first; 0 takes any.
    """
    for port in dict.fromkeys((preferred, 0)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise OSError("No free port on loopback.")


class ProcessDiedError(RuntimeError):
    """A process ended although it should have gone on."""

    def __init__(self, name: str, exit_code: int, tail: str) -> None:
        super().__init__(name, exit_code, tail)
        self.name = name
        self.exit_code = exit_code
        self.tail = tail

    def __str__(self) -> str:
        """Name the process, its exit code and the end of its log."""
        return f"{self.name} ended with exit code {self.exit_code}. The end of its log:\n{self.tail}"


@dataclass(frozen=True, slots=True)
class _Process:
    name: str
    popen: subprocess.Popen[bytes]
    log: Path


class Processes:
    """
    A set of processes that live and die together.

    Each is started in a session of its own, so that a Ctrl-C in the terminal reaches only us and we end
    them in order, with all their children.

    :param folder: Where the logs are written, one file per process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[_Process] = []

    def __enter__(self) -> Processes:
        """Enter the block at whose end all processes are ended."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything that was started."""
        self.stop()

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """
        Run a command to its end.

        :raises ProcessDiedError: If it exits with another code than 0.
        """
        log = self._log(name)
        with log.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - commands of our own, no shell
                list(command), env=dict(environment), stdout=output, stderr=output, check=False
            )
        if done.returncode:
            raise ProcessDiedError(name, done.returncode, _tail(log))

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Path:
        """Start a command that goes on; return its log file."""
        log = self._log(name)
        with log.open("ab") as output:
            popen = subprocess.Popen(  # noqa: S603 - commands of our own, no shell
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._running.append(_Process(name, popen, log))
        return log

    def check(self) -> None:
        """
        Look whether all started processes still run.

        :raises ProcessDiedError: If one does not.
        """
        for process in self._running:
            code = process.popen.poll()
            if code is not None:
                raise ProcessDiedError(process.name, code, _tail(process.log))

    def stop(self, patience_seconds: float = 15.0) -> None:
        """End all processes and their children: SIGINT, then SIGTERM, then SIGKILL to the groups."""
        for number, seconds in (
            (signal.SIGINT, patience_seconds),
            (signal.SIGTERM, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            alive = [process for process in self._running if _group_lives(process.popen)]
            for process in reversed(alive):
                _signal_group(process.popen, number)
            _wait(alive, seconds)
        self._running.clear()

    def _log(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{name}.log"


def _group_lives(popen: subprocess.Popen[bytes]) -> bool:
    popen.poll()
    try:
        os.killpg(popen.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_group(popen: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(popen.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _wait(processes: Sequence[_Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(_group_lives(process.popen) for process in processes):
        time.sleep(0.1)


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])
