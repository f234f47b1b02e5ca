"""The backend that takes the place of moto's: the same functions, run without Docker."""

from __future__ import annotations

import base64
from collections.abc import MutableMapping
from threading import Event
from types import ModuleType
from typing import Any

from moto.awslambda.models import LambdaBackend

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.awslambda.functions import (
    RUNNER,
    FunctionRun,
    check_runnable,
    run_function,
)

__all__ = ["FunctionBackend"]

_LOG_TAIL = 4096


class FunctionBackend(LambdaBackend):
    """Lambda of one account and region."""

    def reset(self) -> None:
        """Forget all functions and kill those that run."""
        RUNNER.kill_all()
        super().reset()

    def invoke(
        self,
        function_name: str,
        qualifier: str | None,
        body: Any,
        headers: Any,
        response_headers: MutableMapping[str, str],
    ) -> bytes:
        """Answer Invoke: wait for the function, only start it (``Event``), or only check it (``DryRun``)."""
        function = self.get_function(function_name, qualifier)
        check_runnable(function)
        event = (body.decode() if isinstance(body, bytes) else body) or "{}"
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")

        def work(stop: Event) -> None:
            run_function(function, event, stop=stop)

        if kind == "Event":
            RUNTIME.run_worker(f"function-{function.function_name}", work)
        if kind != "RequestResponse":
            return b""
        return _answered(run_function(function, event), str(function.version), response_headers)

    @property
    def _url_module(self) -> ModuleType:
        from moto.awslambda import urls

        return urls


def _answered(run: FunctionRun, version: str, headers: MutableMapping[str, str]) -> bytes:
    """Put what Lambda says about a run into the reply's headers and return the payload."""
    payload = run.outcome.payload.encode()
    headers["X-Amz-Executed-Version"] = version
    headers["X-Amz-Log-Result"] = base64.b64encode(run.log.encode()[-_LOG_TAIL:]).decode()
    headers["Content-Length"] = str(len(payload))
    if run.outcome.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    return payload
