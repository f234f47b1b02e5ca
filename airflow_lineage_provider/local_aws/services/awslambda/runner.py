"""
Run a Lambda function's Python code in a process of its own.

The process sees the environment it is given and nothing of the stack's; it works in a temporary folder that
is removed afterwards, and it does not outlive its time limit, a reset or the stack.

.. seealso:: AWS Lambda Developer Guide, "Defined runtime environment variables".
"""

from __future__ import annotations

import atexit
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["FunctionRunner", "Invocation", "Outcome"]

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_POLL_SECONDS = 0.02
_LOAD_SECONDS = 10.0
_MAX_LOG = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Invocation:
    """
    One call of a function.

    :param code: The deployment package, a ZIP file.
    :param handler: ``module.function``.
    :param event: The event as JSON text.
    :param timeout: Seconds the handler may run. Loading its module takes time of its own, as on Lambda.
    :param slack: Seconds that loading and handler get on top before the process is killed.
    :param environment: The function's variables and those of Lambda that do not depend on the machine.
    :param context: Attributes of the handler's second argument; ``aws_request_id`` must be there.
    :param layers: ZIP files unpacked before the code, the first one first.
    """

    code: bytes
    handler: str
    event: str
    timeout: float
    environment: Mapping[str, str]
    context: Mapping[str, str]
    layers: tuple[bytes, ...] = ()
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a call ended.

    :param payload: JSON text: the handler's answer, or Lambda's description of the error.
    :param failed: Whether it is an error.
    :param log: What the function wrote to standard output and error.
    :param seconds: How long the process ran.
    """

    payload: str
    failed: bool = False
    log: str = field(default="", repr=False)
    seconds: float = 0.0


class FunctionRunner:
    """Runs functions and knows which are running."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        atexit.register(self.kill_all)

    def run(self, invocation: Invocation, *, stop: threading.Event | None = None) -> Outcome:
        """
        Run a function to its end.

        :param stop: Kills the function when it is set.
        """
        with tempfile.TemporaryDirectory(prefix="function-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            path = _unpack(invocation, folder)
            begun = time.monotonic()  # a process takes real time, whatever the stack's clock says
            with self._started(invocation, folder) as process:
                _send(process, invocation, path, folder)
                ended = _wait(process, invocation, folder / "started", stop or threading.Event())
            log = _written(folder / "log")
            seconds = time.monotonic() - begun
            answer = folder / "answer.json"
            if answer.exists():
                document = json.loads(answer.read_text())
                return Outcome(document["payload"], document["failed"], log, seconds)
        payload = _ending(invocation, process.returncode) if ended else _timeout(invocation)
        return Outcome(payload, failed=True, log=log, seconds=seconds)

    def running(self) -> int:
        """Return how many functions run."""
        with self._lock:
            return len(self._running)

    def kill_all(self) -> None:
        """Kill every function that is running."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _kill(process)

    @contextmanager
    def _started(self, invocation: Invocation, folder: Path) -> Iterator[subprocess.Popen[str]]:
        """Start the process, and leave no part of it behind."""
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - running template code is what --allow-lambda allows
                [sys.executable, "-I", "-u", "-X", "utf8", str(_BOOTSTRAP)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder / "task",
                env=_environment(invocation, folder),
                text=True,
                start_new_session=True,
            )
        with self._lock:
            self._running.add(process)
        try:
            yield process
        finally:
            _kill(process)
            with self._lock:
                self._running.discard(process)


def _unpack(invocation: Invocation, folder: Path) -> list[str]:
    """Unpack code and layers and return the module search path."""
    for name in ("task", "opt", "tmp"):
        (folder / name).mkdir()
    for layer in invocation.layers:
        zipfile.ZipFile(io.BytesIO(layer)).extractall(folder / "opt")
    zipfile.ZipFile(io.BytesIO(invocation.code)).extractall(folder / "task")
    return [str(folder / "task"), str(folder / "opt" / "python")]


def _environment(invocation: Invocation, folder: Path) -> dict[str, str]:
    """Return the whole environment: only ``PATH`` comes from ours."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        **invocation.environment,
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "LAMBDA_TASK_ROOT": str(folder / "task"),
        "_HANDLER": invocation.handler,
    }


def _send(process: subprocess.Popen[str], invocation: Invocation, path: list[str], folder: Path) -> None:
    """Hand over the request; standard input stays open, its end tells the function that we are gone."""
    request = {
        "handler": invocation.handler,
        "event": invocation.event,
        "context": dict(invocation.context),
        "timeout": invocation.timeout,
        "path": path,
        "started": str(folder / "started"),
        "answer": str(folder / "answer.json"),
    }
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()


def _wait(
    process: subprocess.Popen[str], invocation: Invocation, started: Path, stop: threading.Event
) -> bool:
    """Wait for the end of the process; tell whether it ended by itself or was stopped, and not by time."""
    deadline = time.monotonic() + _LOAD_SECONDS + invocation.slack
    loading = True
    while process.poll() is None:
        if stop.wait(_POLL_SECONDS):
            return True
        if loading and started.exists():
            deadline, loading = time.monotonic() + invocation.timeout + invocation.slack, False
        if time.monotonic() > deadline:
            return False
    return True


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill the process and what it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


def _written(log: Path) -> str:
    with log.open("rb") as file:
        text = file.read(_MAX_LOG).decode("utf-8", errors="replace")
        return text + ("\n[The log is cut here.]" if file.read(1) else "")


def _timeout(invocation: Invocation) -> str:
    text = f"Error: Task timed out after {invocation.timeout:.2f} seconds"
    return _sandbox_error("Sandbox.Timedout", text, invocation)


def _ending(invocation: Invocation, status: int) -> str:
    how = f"signal: {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    return _sandbox_error("Runtime.ExitError", f"Error: Runtime exited with error: {how}", invocation)


def _sandbox_error(kind: str, text: str, invocation: Invocation) -> str:
    request_id = invocation.context["aws_request_id"]
    return json.dumps({"errorType": kind, "errorMessage": f"RequestId: {request_id} {text}"})
