"""
Connections that serve more than one request.

werkzeug closes a connection after each request, for it does not know where a body ends that nobody has read.
AWS's clients keep their connections, and making one, with a thread for it, costs as much as a small
operation. Here a body ends where ``Content-Length`` says, what the application leaves of it is read and
dropped, and a small answer goes out in one piece.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import IO, Any, NoReturn, cast

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.wsgi import LimitedStream

__all__ = ["LastingRequestHandler", "LastingServer"]

_LOG = logging.getLogger(__name__)
_IDLE_SECONDS = 60.0
_PIECE_BYTES = 1 << 16
"""What is smaller than this is sent together with what comes before it."""


class LastingServer(ThreadedWSGIServer):
    """
    A server with a thread for each connection.

    :raises SystemExit: If the port is taken, as werkzeug does.
    """

    def __init__(self, host: str, port: int, application: Any, handler: type[LastingRequestHandler]) -> None:
        self._idle: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_closed = False
        super().__init__(host, port, application, handler)

    def server_close(self) -> None:
        """Free the port and end the connections that wait for a request, so that their clients notice."""
        super().server_close()
        with self._lock:
            self.is_closed = True
            for connection in self._idle:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def waiting(self, connection: socket.socket) -> Iterator[None]:
        """Know a connection from which requests may come."""
        self._set_idle(connection, is_idle=True)
        try:
            yield
        finally:
            self._set_idle(connection, is_idle=False)

    @contextmanager
    def working(self, connection: socket.socket) -> Iterator[None]:
        """Let the answer to a request go out before the connection ends."""
        self._set_idle(connection, is_idle=False)
        try:
            yield
        finally:
            self._set_idle(connection, is_idle=True)

    def _set_idle(self, connection: socket.socket, *, is_idle: bool) -> None:
        with self._lock:
            if is_idle:
                self._idle.add(connection)
            else:
                self._idle.discard(connection)


class LastingRequestHandler(MotoRequestHandler):
    """Serve one connection until a side wants to close it, or nothing comes for a minute."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer the requests of the connection."""
        with self._server.waiting(self.connection):
            super().handle()

    def run_wsgi(self) -> None:
        """Answer one request."""
        with self._server.working(self.connection):
            self._answer()
        self.close_connection |= self._server.is_closed

    @property
    def _server(self) -> LastingServer:
        server = self.server
        if not isinstance(server, LastingServer):
            raise TypeError(f"{type(self).__name__} works for a LastingServer only")
        return server

    def _answer(self) -> None:
        self.environ = environ = self.make_environ()
        body = self._limited_body(environ)
        self.close_connection |= body is None
        answer = _Answer()
        try:
            with closing(_Chunks(self.server.app(environ, answer.start))) as chunks:
                self._send(answer, chunks)
        except (ConnectionError, TimeoutError) as error:
            self.close_connection = True
            self.connection_dropped(error, environ)
        except Exception:  # noqa: BLE001 - the last line of defence of a server
            self.close_connection = True
            _LOG.exception("%s %s failed", self.command, self.path)
            if not answer.is_begun:
                self._send(_Answer("500 Internal Server Error"), _Chunks([]))
        self.close_connection |= body is None or not _read_on(body)

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
        """Note what is wrong with a request, or that none came."""
        _LOG.debug(format, *args)

    def _limited_body(self, environ: dict[str, Any]) -> LimitedStream | None:
        """Let the application read the body and no farther; ``None`` if nothing says where it ends."""
        length = environ.get("CONTENT_LENGTH") or "0"
        if environ.get("wsgi.input_terminated") or not length.isdecimal():
            return None
        body = LimitedStream(cast("IO[bytes]", self.rfile), int(length))
        environ["wsgi.input"] = body
        return body

    def _send(self, answer: _Answer, chunks: _Chunks) -> None:
        """Send an answer, in one piece if it is small; one of unknown length ends with the connection."""
        pending = b""
        for number, chunk in enumerate(chunks):
            if number == 0:
                pending = self._head(answer, chunks.length)
            if len(pending) + len(chunk) > _PIECE_BYTES:
                self.wfile.write(pending)
                pending = b""
            pending += chunk
        self.wfile.write(pending if answer.is_begun else self._head(answer, 0))

    def _head(self, answer: _Answer, length: int | None) -> bytes:
        """
        Return status line and headers.

        :param length: Length of the body; ``None`` if only the application may know it.
        """
        answer.is_begun = True
        names = {name.lower() for name, _ in answer.headers}
        headers = [("Server", self.version_string()), ("Date", self.date_time_string()), *answer.headers]
        bodiless = self.command == "HEAD" or answer.status[:3] in ("204", "304")
        if "content-length" not in names and not bodiless:
            if length is None:
                self.close_connection = True
            else:
                headers.append(("Content-Length", str(length)))
        if self.close_connection:
            headers.append(("Connection", "close"))
        lines = [f"{self.protocol_version} {answer.status}", *(f"{name}: {value}" for name, value in headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class _Answer:
    """What an application says before the body of its answer."""

    def __init__(self, status: str = "") -> None:
        self.status = status
        self.headers: list[tuple[str, str]] = []
        self.is_begun = False

    def start(self, status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        """Take status and headers: WSGI's ``start_response``."""
        self.status, self.headers = status, list(headers)
        return _refuse_to_write


def _refuse_to_write(_: bytes) -> NoReturn:
    raise NotImplementedError("applications return their bodies")


class _Chunks:
    """
    The body of an answer.

    :ivar length: Its length in bytes, where it is known.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.length = sum(map(len, chunks)) if isinstance(chunks, list | tuple) else None

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        """Tell the application that its answer has been sent."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


def _read_on(body: LimitedStream) -> bool:
    """Drop what the application left of a body; tell whether the next request can be read."""
    with suppress(ClientDisconnected, OSError):
        while not body.is_exhausted:
            body.read(_PIECE_BYTES)
    return body.is_exhausted
