"""Tests of starting, watching and ending processes."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from airflow_lineage_provider.cli.processes import ProcessDiedError, Processes, free_port

_ENVIRONMENT = {"PATH": os.defpath}
# A parent that ignores SIGINT and has a child: what a scheduler with workers looks like.
_STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(60)
"""


def _first_line(log: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = log.read_text().splitlines()
        if lines:
            return lines[0]
    raise TimeoutError(str(log))


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _check_for_a_while(processes: Processes) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        processes.check()


class TestFreePort:
    """``free_port`` finds a port nobody listens on."""

    def test_takes_the_preferred_port_if_it_is_free(self) -> None:
        port = free_port()

        assert free_port(port) == port

    def test_takes_another_if_it_is_taken(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()

            assert free_port(taken.getsockname()[1]) != taken.getsockname()[1]

    def test_takes_another_if_the_number_is_no_port(self) -> None:
        assert 0 < free_port(70_000) < 65_536


class TestProcesses:
    """``Processes`` live and die together."""

    def test_ends_children_and_those_that_ignore_an_interrupt(self, tmp_path: Path) -> None:
        processes = Processes(tmp_path)
        log = processes.start("stubborn", [sys.executable, "-c", _STUBBORN], _ENVIRONMENT)
        child = int(_first_line(log).split()[1])

        processes.stop(patience_seconds=0.2)

        assert not _is_alive(child)

    def test_names_the_process_that_died_and_shows_its_log(self, tmp_path: Path) -> None:
        with Processes(tmp_path) as processes:
            processes.start("short", [sys.executable, "-c", "import sys; sys.exit('no room')"], _ENVIRONMENT)

            with pytest.raises(ProcessDiedError, match=r"short ended with exit code 1[\s\S]*no room"):
                _check_for_a_while(processes)

    def test_run_passes_on_the_failure_of_a_command(self, tmp_path: Path) -> None:
        with Processes(tmp_path) as processes, pytest.raises(ProcessDiedError, match="exit code 3"):
            processes.run("failing", [sys.executable, "-c", "raise SystemExit(3)"], _ENVIRONMENT)
