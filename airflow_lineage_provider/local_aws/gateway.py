"""
The front door of the stack: a WSGI application around moto's.

It counts calls, applies faults, serves the control plane, and turns whatever moto does not implement into
an AWS error that names the operation and that no client retries.
"""

from __future__ import annotations

import io
import json
import logging
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import quote

from airflow_lineage_provider.local_aws.control import PREFIX, ControlPlane
from airflow_lineage_provider.local_aws.enforcement.gate import refusal
from airflow_lineage_provider.local_aws.faults import CALLS, FAULTS, Fault
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.wire import Call, ErrorReply, error_reply, error_status, identify

__all__ = ["Gateway"]

_Environ = dict[str, Any]
_StartResponse = Callable[..., Any]
_LOG = logging.getLogger(__name__)
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found"}


class Gateway:
    """
    Route one request to the control plane, a fault or moto.

    :param application: moto's WSGI application.
    :param control: The control plane.
    """

    def __init__(
        self, application: Callable[[_Environ, _StartResponse], Iterable[bytes]], control: ControlPlane
    ) -> None:
        self._application = application
        self._control = control

    def __call__(self, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(PREFIX):
            return self._answer_control(environ, path, start_response)
        call = _identify(environ)
        if call is None:
            return self._application(environ, start_response)
        CALLS.add(call.service, call.operation)
        fault = FAULTS.take(call.service, call.operation)
        if fault is None:
            return self._answer_service(environ, call, start_response)
        time.sleep(fault.latency_seconds)
        if fault.drop == "before":
            drop_connection(environ)
        if fault.error_code is not None:
            return _send(_fault_reply(call, fault), start_response)
        chunks = self._answer_service(environ, call, start_response)
        if fault.drop == "after":
            drop_connection(environ)
        return chunks

    def _answer_control(
        self, environ: _Environ, path: str, start_response: _StartResponse
    ) -> Iterable[bytes]:
        status, document = self._control.answer(str(environ["REQUEST_METHOD"]), path, _body(environ))
        body = json.dumps(document, indent=2).encode() + b"\n"
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {_REASONS[status]}", headers)
        return [body]

    def _answer_service(
        self, environ: _Environ, call: Call, start_response: _StartResponse
    ) -> Iterable[bytes]:
        if RUNTIME.settings.enforce:
            denied = refusal(
                call, headers=_headers(environ), path=_raw_path(environ), body=_document(environ)
            )
            if denied is not None:
                return _send(denied, start_response)
        seen: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            seen[:] = [status, headers]

        try:
            chunks = self._application(environ, remember)
        except NotImplementedError:
            return _send(_not_implemented(call), start_response)
        except Exception:  # noqa: BLE001 - the last line of defence of a server
            if not _service_exists(call.service):
                return _send(_not_implemented(call), start_response)
            _LOG.exception("%s:%s failed inside the local stack", call.service, call.operation)
            message = f"The local stack failed in {call.service}:{call.operation}; its log has the reason."
            return _send(error_reply(call.service, "InternalFailure", message, 500), start_response)
        status, headers = seen
        kind = {name.lower(): value for name, value in headers}.get("content-type", "")
        if status.startswith("404") and kind.startswith("text/html") and call.service != "s3":
            return _send(_not_implemented(call), start_response)
        start_response(status, headers)
        return chunks


def drop_connection(environ: Mapping[str, Any]) -> NoReturn:
    """
    Close the client's connection without an answer, as a network that fails does.

    :raises ConnectionAbortedError: Always; the server ends the request then and says nothing.
    """
    connection: socket.socket = environ["werkzeug.socket"]
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("a fault of the local stack drops this connection")


def _headers(environ: _Environ) -> dict[str, str]:
    """Return the request's headers, names in lower case."""
    return {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _document(environ: _Environ) -> bytes:
    """Return the body of a call in one of the JSON protocols, else nothing."""
    return (
        _body(environ) if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-amz-json") else b""
    )


def _identify(environ: _Environ) -> Call | None:
    form = str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
    return identify(
        method=str(environ["REQUEST_METHOD"]),
        path=_raw_path(environ),
        query=str(environ.get("QUERY_STRING", "")),
        headers=_headers(environ),
        body=_body(environ) if form else b"",
    )


def _raw_path(environ: _Environ) -> str:
    """Return the path as the client sent it: an encoded slash is not a separator."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw:
        return str(raw).partition("?")[0]
    return quote(str(environ.get("PATH_INFO", "/")))


def _body(environ: _Environ) -> bytes:
    """Read the body and put it back for whoever comes next."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _service_exists(service: str) -> bool:
    import moto.backend_index as index

    hosts = (f"https://{service}.us-east-1.amazonaws.com", f"https://{service}.us-east-1.api.aws")
    return any(pattern.match(host) for _, pattern in index.backend_url_patterns for host in hosts)


def _not_implemented(call: Call) -> ErrorReply:
    what = f"{call.service}:{call.operation}" if call.operation else f"This call of {call.service}"
    message = f"{what} is not implemented by the local AWS stack."
    return error_reply(call.service, "NotImplementedException", message, 501)


def _fault_reply(call: Call, fault: Fault) -> ErrorReply:
    code = fault.error_code or ""
    status = fault.status or error_status(call.service, code) or (429 if "Throttl" in code else 400)
    default = "Rate exceeded" if "Throttl" in code else f"Fault set for {call.service}:{call.operation}."
    return error_reply(call.service, code, fault.message or default, status)


def _send(reply: ErrorReply, start_response: _StartResponse) -> Iterable[bytes]:
    headers = [*reply.headers, ("Content-Length", str(len(reply.body)))]
    start_response(f"{reply.status} Error", headers)
    return [reply.body]
