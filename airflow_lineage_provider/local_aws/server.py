"""The HTTP server of the stack: one process, one thread per connection, loopback unless told otherwise."""

from __future__ import annotations

import threading
from email.utils import formatdate
from functools import lru_cache
from types import TracebackType
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from airflow_lineage_provider.local_aws.connections import LastingRequestHandler, LastingServer
from airflow_lineage_provider.local_aws.control import ControlPlane
from airflow_lineage_provider.local_aws.gateway import Gateway
from airflow_lineage_provider.local_aws.install import install, kill_functions
from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["Server"]


class _RequestHandler(LastingRequestHandler):
    """
    A handler on the stack's clock.

    It logs no line per request: what was called is in ``/_local/calls``.
    """

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the ``Date`` of an answer."""
        return formatdate(RUNTIME.now().timestamp() if timestamp is None else timestamp, usegmt=True)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class _Dispatcher(DomainDispatcherApplication):
    """
    moto's dispatcher, which remembers what service a host name stands for.

    moto lists a directory and tries 170 patterns for every request, which takes as long as most operations.
    """

    def __init__(self) -> None:
        super().__init__(_application_of)
        self._found = lru_cache(maxsize=1024)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the name of the service."""
        return self._found(host)


def _application_of(service: Any) -> Any:
    """Return the WSGI application of a service: DataZone's own, of the others moto's."""
    from airflow_lineage_provider.local_aws.services.datazone.application import application

    return application if service == "datazone" else create_backend_app(service)


class Server:
    """
    Serve the stack from a thread of this process.

    All servers of one process share one set of resources.

    :param host: Address to listen on.
    :param port: Port to listen on; 0 takes a free one.
    :param allow_lambda: Whether Lambda functions may run on this machine while this server serves.
    :raises OSError: If the port is taken.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, allow_lambda: bool = False) -> None:
        install()
        self._allow_lambda = allow_lambda
        self._before = (RUNTIME.endpoint_url, RUNTIME.allow_lambda)
        self._control = ControlPlane(endpoint_url="")
        application = Gateway(_Dispatcher(), self._control)
        self._server = _make_server(host, port, application)
        self.host = host
        self.port = int(self._server.server_address[1])
        self._control.endpoint_url = self.endpoint_url
        self._thread = threading.Thread(target=self._server.serve_forever, name="local-aws", daemon=True)

    @property
    def endpoint_url(self) -> str:
        """The address clients on this machine use."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"

    def __enter__(self) -> Server:
        """Start serving."""
        self._before = (RUNTIME.endpoint_url, RUNTIME.allow_lambda)
        RUNTIME.endpoint_url, RUNTIME.allow_lambda = self.endpoint_url, self._allow_lambda
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving, kill what functions still run, and free the port."""
        RUNTIME.endpoint_url, RUNTIME.allow_lambda = self._before
        kill_functions()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self) -> None:
        """Block until the server stops."""
        self._thread.join()


def _make_server(host: str, port: int, application: Any) -> LastingServer:
    """Bind the port; werkzeug would print and exit the process if it is taken."""
    try:
        return LastingServer(host, port, application, _RequestHandler)
    except SystemExit:
        raise OSError(f"Cannot listen on {host}:{port}: the port is taken. Choose another, or 0.") from None
