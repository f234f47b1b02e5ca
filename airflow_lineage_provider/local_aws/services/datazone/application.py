"""
The service as a WSGI application of its own.

moto serves each service by a Flask application that finds a view, keeps a context and copies headers. The
service has one view and needs nothing of it, so a request goes straight there, which takes two thirds of the
time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from moto.core.request import Request

from airflow_lineage_provider.local_aws.services.datazone.responses import DataZoneResponse

__all__ = ["application"]


class _ServedRequest(Request):
    """A request that came in over HTTP."""

    from_wsgi_server = True


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request; any web page may read the answer, as of all of moto's services."""
    request = _ServedRequest(environ)
    status, headers, body = DataZoneResponse.dispatch(request, request.raw_url, request.headers)
    sent = body.encode() if isinstance(body, str) else body
    start_response(
        f"{status} {HTTPStatus(status).phrase}",
        [
            *((name, str(value)) for name, value in headers.items()),
            ("Access-Control-Allow-Origin", "*"),
            ("Content-Length", str(len(sent))),
        ],
    )
    return [sent]
