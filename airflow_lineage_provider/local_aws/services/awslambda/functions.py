"""
From moto's Lambda functions to runs: what a function is given, and the log it leaves in CloudWatch.

Functions run on this machine, so they run only where that was allowed when the stack was started. Only Python
is run, by the interpreter the stack runs on, whatever version the function names.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

from moto.logs.models import logs_backends
from moto.sts.models import sts_backends

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.awslambda.exceptions import (
    FunctionsNotAllowedError,
    InvalidRuntimeError,
    InvalidZipFileError,
)
from airflow_lineage_provider.local_aws.services.awslambda.runner import FunctionRunner, Invocation, Outcome

if TYPE_CHECKING:
    from moto.awslambda.models import LambdaFunction

__all__ = ["RUNNER", "FunctionRun", "check_runnable", "log_stream_name", "run_function"]

RUNNER = FunctionRunner()


@dataclass(frozen=True, slots=True)
class FunctionRun:
    """One run of a function and how it ended."""

    request_id: str
    outcome: Outcome
    log: str


def check_runnable(function: LambdaFunction) -> None:
    """
    Refuse a function that cannot be run here.

    :raises FunctionsNotAllowedError: If the stack was not started with ``--allow-lambda``.
    :raises InvalidRuntimeError: If the function is not written in Python 3.
    :raises InvalidZipFileError: If its code cannot be unpacked.
    """
    if not RUNTIME.allow_lambda:
        raise FunctionsNotAllowedError(function.function_name)
    runtime = function.run_time or f"container image ({function.package_type})"
    if not runtime.startswith("python3"):
        raise InvalidRuntimeError(function.function_name, runtime)
    if not zipfile.is_zipfile(io.BytesIO(function.code_bytes)):
        raise InvalidZipFileError(function.function_name)


def run_function(function: LambdaFunction, event: str, *, stop: Event | None = None) -> FunctionRun:
    """
    Run a function and write its log to ``/aws/lambda/<name>``.

    :param event: The event as JSON text.
    :param stop: Kills the function when it is set.
    :raises LambdaError: As :func:`check_runnable` does.
    """
    check_runnable(function)
    request_id = RUNTIME.new_uuid()
    outcome = RUNNER.run(_invocation(function, event, request_id), stop=stop)
    log = _log_text(function, request_id, outcome)
    _write_log(function, log)
    return FunctionRun(request_id, outcome, log)


def log_stream_name(function: LambdaFunction) -> str:
    """
    Return the name of a function's log stream.

    On AWS a stream belongs to an execution environment, which serves many calls until the code or the
    configuration changes. Here it is one per function, version and code.
    """
    born = function.last_modified[:10].replace("-", "/")
    digest = hashlib.sha256(
        f"{function.function_arn}\0{function.code_sha_256}\0{function.last_modified}".encode()
    )
    return f"{born}/[{function.version}]{digest.hexdigest()[:32]}"


def _invocation(function: LambdaFunction, event: str, request_id: str) -> Invocation:
    stream = log_stream_name(function)
    return Invocation(
        code=function.code_bytes,
        handler=function.handler or "",
        event=event,
        timeout=float(function.timeout),
        environment=_environment(function, stream),
        context={
            "aws_request_id": request_id,
            "function_name": function.function_name,
            "function_version": str(function.version),
            "invoked_function_arn": function.function_arn,
            "log_group_name": function.logs_group_name,
            "log_stream_name": stream,
            "memory_limit_in_mb": str(function.memory_size),
        },
        layers=tuple(_layers(function)),
        slack=RUNTIME.settings.function_slack_seconds,
    )


def _environment(function: LambdaFunction, stream: str) -> dict[str, str]:
    variables = {str(name): str(value) for name, value in function.environment_vars.items()}
    return {
        **variables,
        **_credentials(function),
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": RUNTIME.endpoint_url or "",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
    }


def _credentials(function: LambdaFunction) -> dict[str, str]:
    """Return credentials of the function's role; they mean something in this stack only."""
    assumed = sts_backends[function.account_id][function.partition].assume_role(
        region_name=function.region,
        role_session_name=function.function_name,
        role_arn=function.role,
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": assumed.access_key_id,
        "AWS_SECRET_ACCESS_KEY": assumed.secret_access_key,
        "AWS_SESSION_TOKEN": assumed.session_token,
    }


def _layers(function: LambdaFunction) -> list[bytes]:
    from moto.awslambda.models import lambda_backends

    backend = lambda_backends[function.account_id][function.region]
    found = [backend.layers_versions_by_arn(layer["Arn"]) for layer in function.layers]
    return [version.code_bytes for version in found if version is not None]


def _log_text(function: LambdaFunction, request_id: str, outcome: Outcome) -> str:
    milliseconds = outcome.seconds * 1000
    lines = [f"START RequestId: {request_id} Version: {function.version}", *outcome.log.splitlines()]
    if outcome.failed:
        lines.append(outcome.payload)
    lines.append(f"END RequestId: {request_id}")
    lines.append(
        f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms"
        f"\tBilled Duration: {int(milliseconds) + 1} ms\tMemory Size: {function.memory_size} MB"
    )
    return "\n".join(lines) + "\n"


def _write_log(function: LambdaFunction, log: str) -> None:
    backend: Any = logs_backends[function.account_id][function.region]
    group, stream = function.logs_group_name, log_stream_name(function)
    backend.ensure_log_group(group)
    backend.ensure_log_stream(group, stream)
    timestamp = int(RUNTIME.now().timestamp() * 1000)
    lines = [{"timestamp": timestamp, "message": line + "\n"} for line in log.splitlines()]
    backend.put_log_events(group, stream, lines)
