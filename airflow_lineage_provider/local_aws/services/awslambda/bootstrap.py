"""
What runs inside a function's own process: load the handler, call it, write its answer to a file.

Started as a program, never imported by the stack: it knows nothing of this package and imports the standard
library only, so that a function sees the modules it would see on AWS and no more of ours than the libraries
installed here. Standard output belongs to the function; the answer goes to a file.

.. seealso:: AWS Lambda Developer Guide, "Define Lambda function handler in Python", "Using the Lambda context
    object" and "Lambda function errors in Python".
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

__all__ = ["main"]

_MAX_PAYLOAD = 6 * 1024 * 1024
_LOG_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{request_id}\t%(message)s"
_Handler = Callable[[object, object], object]


class _StartError(Exception):
    """The handler cannot be loaded."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


class _Context(SimpleNamespace):
    """The second argument of a handler."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


def main() -> None:
    """Read one request from standard input, answer it and end the process."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    sys.path[:0] = request["path"]
    _prepare_logging(request["context"]["aws_request_id"])
    payload, failed = _answer(request)
    target = Path(request["answer"])
    unfinished = target.with_suffix(".part")
    unfinished.write_text(json.dumps({"payload": payload, "failed": failed}))
    unfinished.rename(target)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _leave_with_parent() -> None:
    """End the process when standard input closes: whoever started it is gone."""
    sys.stdin.read()
    os._exit(1)


def _prepare_logging(request_id: str) -> None:
    """Give the root logger the handler Lambda gives it."""
    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter(_LOG_FORMAT.format(request_id=request_id), "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


def _answer(request: dict[str, Any]) -> tuple[str, bool]:
    """Return the payload as JSON text, and whether it is an error."""
    request_id = request["context"]["aws_request_id"]
    try:
        handler = _load(request["handler"])
        Path(request["started"]).touch()
        context = _Context(**request["context"], deadline=time.monotonic() + request["timeout"])
        value = handler(json.loads(request["event"]), context)
        payload = _marshalled(value)
    except _StartError as error:
        return _failure(error.kind, str(error), request_id, error.trace), True
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
        trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
        traceback.print_exception(error, file=sys.stdout)
        return _failure(type(error).__name__, str(error), request_id, trace), True
    if len(payload.encode()) > _MAX_PAYLOAD:
        text = (
            f"Response payload size ({len(payload.encode())} bytes) exceeded maximum allowed payload size "
            f"({_MAX_PAYLOAD} bytes)."
        )
        return json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": text}), True
    return payload, False


def _load(name: str) -> _Handler:
    module_name, _, function_name = name.rpartition(".")
    if not module_name:
        text = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise _StartError("Runtime.MalformedHandlerName", text)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        raise _StartError("Runtime.ImportModuleError", text) from error
    except SyntaxError as error:
        where = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text or ""}']
        text = f"Syntax error in module '{module_name}': {error}"
        raise _StartError("Runtime.UserCodeSyntaxError", text, where) from error
    handler: _Handler | None = getattr(module, function_name, None)
    if handler is None:
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        raise _StartError("Runtime.HandlerNotFound", text)
    return handler


def _marshalled(value: object) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise _StartError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _failure(kind: str, message: str, request_id: str, trace: list[str]) -> str:
    return json.dumps(
        {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}
    )


if __name__ == "__main__":
    main()
