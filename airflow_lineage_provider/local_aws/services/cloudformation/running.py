"""
Operations on stacks run in threads of their own, one after the other for each stack.

With ``stack_seconds`` at 0 the call that began an operation waits a while for its end: most stacks are ready
when their creation is answered, and clients that poll every 30 seconds need not wait.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.calls import ApiCalls
from airflow_lineage_provider.local_aws.services.cloudformation.deployment import Deployment, GivenUpError
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError
from airflow_lineage_provider.local_aws.services.cloudformation.recorder import Recorder
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import Place
from airflow_lineage_provider.local_aws.services.cloudformation.resource_work import ResourceWork
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack
from airflow_lineage_provider.local_aws.services.cloudformation.store import StackStore

__all__ = ["OperationRunner", "Work"]

_LOG = logging.getLogger(__name__)
_PATIENCE_SECONDS = 20.0
_FAILED = {"CREATE": "CREATE_FAILED", "DELETE": "DELETE_FAILED", "ROLLBACK": "ROLLBACK_FAILED"}

Work = Callable[[Deployment], None]


class _Either(threading.Event):
    """An event that is set when one of two is."""

    def __init__(self, first: threading.Event, second: threading.Event) -> None:
        super().__init__()
        self._events = (first, second)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


@dataclass(frozen=True, slots=True)
class OperationRunner:
    """
    Runs operations for one caller.

    :param calls: The services' operations, as the caller makes them.
    """

    store: StackStore
    place: Place
    calls: ApiCalls

    def recorder(self, stack: Stack, token: str | None = None) -> Recorder:
        """Return what writes a stack's events."""
        return Recorder(stack, self.place, lock=self.store.lock, token=token)

    def start(self, stack: Stack, work: Work, *, token: str | None = None) -> None:
        """Start an operation, and wait for its end where nothing says how long it takes."""
        seconds = RUNTIME.settings.stack_seconds
        done = threading.Event()

        def run(stop: threading.Event) -> None:
            try:
                RUNTIME.wait(seconds, _Either(stop, stack.cancelled))
                if not stop.is_set():
                    self._run(stack, work, self.recorder(stack, token), stop)
            finally:
                done.set()

        with self.store.lock:
            stack.queue.append(run)
            begins = len(stack.queue) == 1
        if begins:
            RUNTIME.run_worker(f"stack-{stack.name}", lambda stop: self._drain(stack, stop))
        if not seconds:
            done.wait(_PATIENCE_SECONDS)

    def _drain(self, stack: Stack, stop: threading.Event) -> None:
        """Run what is queued for a stack; the operation that runs stays at the head of the queue."""
        while True:
            stack.queue[0](stop)
            with self.store.lock:
                stack.queue.popleft()
                if not stack.queue:
                    return

    def _run(self, stack: Stack, work: Work, recorder: Recorder, stop: threading.Event) -> None:
        role = stack.settings.role_arn
        try:
            calls = self.calls.assuming(role) if role else self.calls
            resources = ResourceWork(stack, self.place, calls=calls, recorder=recorder, stop=stop)
            exports = self.store.exports
            work(Deployment(stack, self.place, work=resources, recorder=recorder, exports=exports, stop=stop))
        except GivenUpError:
            return
        except ResourceError as error:
            self._fail(stack, recorder, error.reason)
        except Exception:  # noqa: BLE001 - the last line of defence of a worker
            if stop.is_set():
                return
            _LOG.exception("The operation on stack %s failed inside the local stack", stack.name)
            self._fail(stack, recorder, "The local stack failed; its log has the reason.")

    def _fail(self, stack: Stack, recorder: Recorder, reason: str) -> None:
        """End an operation that cannot go on in the status that says so."""
        recorder.stack(_FAILED.get(stack.status.split("_")[0], "UPDATE_FAILED"), reason)
