"""One connection serves many requests, whatever the application does with their bodies."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.connections import LastingRequestHandler, LastingServer

_PATIENCE_SECONDS = 10
_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def _echo(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the request's body."""
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read()]


def _deaf(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer without reading the body."""
    start("200 OK", [])
    return [b"done"]


def _streaming(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer in pieces whose number nobody knows beforehand."""
    start("200 OK", [])
    yield from (b"a" * 70_000, b"b" * 70_000, b"c")


def _failing(_: dict[str, Any], __: Callable[..., Any]) -> Iterable[bytes]:
    raise RuntimeError("broken")


def _dropping(_: dict[str, Any], __: Callable[..., Any]) -> Iterable[bytes]:
    raise ConnectionAbortedError("a fault")


@contextmanager
def _serving(application: _Application) -> Iterator[LastingServer]:
    server = LastingServer("127.0.0.1", 0, application, LastingRequestHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _connected(application: _Application) -> Iterator[http.client.HTTPConnection]:
    with _serving(application) as server:
        port = server.server_port
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)) as client:
            yield client


def _ask(
    client: http.client.HTTPConnection, body: bytes = b"", *, method: str = "POST", **headers: str
) -> tuple[int, bytes, str | None]:
    """Send a request and return status, body and the header ``Connection`` of the answer."""
    client.request(method, "/", body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = client.getresponse()
    return answer.status, answer.read(), answer.getheader("Connection")


def test_second_request_comes_over_the_same_connection() -> None:
    with _connected(_echo) as client:
        first = _ask(client, b"one")
        port = client.sock.getsockname()[1]
        second = _ask(client, b"two")

        assert (first, second) == ((200, b"one", None), (200, b"two", None))
        assert client.sock.getsockname()[1] == port


@pytest.mark.parametrize("size", [pytest.param(10, id="small"), pytest.param(5_000_000, id="5 MB")])
def test_body_that_the_application_leaves_is_not_taken_for_a_request(size: int) -> None:
    with _connected(_deaf) as client:
        answers = [_ask(client, b"GET / HTTP/1.1\r\n\r\n" * (size // 18)) for _ in range(3)]

    assert answers == [(200, b"done", None)] * 3


def test_answer_of_unknown_length_ends_with_its_connection() -> None:
    with _connected(_streaming) as client:
        status, body, connection = _ask(client)

    assert (status, len(body), body[-1:], connection) == (200, 140_001, b"c", "close")


def test_answer_to_head_has_no_body() -> None:
    def application(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", "7")])
        return []

    with _connected(application) as client:
        client.request("HEAD", "/")
        head = client.getresponse()
        head.read()

        assert head.getheader("Content-Length") == "7"
        assert _ask(client, method="HEAD")[0] == 200


def test_answer_without_content_needs_no_length() -> None:
    def application(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("204 No Content", [])
        return []

    with _connected(application) as client:
        assert [_ask(client)[:2] for _ in range(2)] == [(204, b"")] * 2


def test_client_that_wants_to_close_is_let_go() -> None:
    with _connected(_echo) as client:
        assert _ask(client, b"x", Connection="close") == (200, b"x", "close")


def test_client_of_http_1_0_gets_one_answer() -> None:
    with _serving(_echo) as server, socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.settimeout(_PATIENCE_SECONDS)
        connection.sendall(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.endswith(b"\r\n\r\nhi")


def test_client_may_ask_whether_to_send_its_body() -> None:
    with _serving(_echo) as server, socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.settimeout(_PATIENCE_SECONDS)
        connection.sendall(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n")
        connection.sendall(b"Connection: close\r\n\r\n")
        invited = connection.recv(65536)
        connection.sendall(b"hi")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert invited == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nhi")


def test_body_in_chunks_is_read_and_ends_the_connection() -> None:
    with _connected(_echo) as client:
        client.request("POST", "/", iter([b"one", b"two"]), encode_chunked=True)
        answer = client.getresponse()

        assert (answer.read(), answer.getheader("Connection")) == (b"onetwo", "close")


def test_failure_of_the_application_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    with _connected(_failing) as client:
        status, body, connection = _ask(client)

    assert (status, body, connection) == (500, b"", "close")
    assert "POST / failed" in caplog.text


def test_connection_that_a_fault_drops_gives_no_answer() -> None:
    with _connected(_dropping) as client, pytest.raises((ConnectionError, http.client.HTTPException)):
        _ask(client)


def test_idle_connections_end_with_the_server() -> None:
    with _serving(_echo) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=_PATIENCE_SECONDS)
        _ask(client)

    assert client.sock.recv(1) == b""
    client.close()


def test_request_under_way_is_answered_when_the_server_ends() -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        begun.set()
        ended.wait(_PATIENCE_SECONDS)
        return _echo(environ, start)

    answers: list[Any] = []
    with _serving(slow) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=_PATIENCE_SECONDS)
        asking = threading.Thread(target=lambda: answers.append(_ask(client, b"x")))
        asking.start()
        begun.wait(_PATIENCE_SECONDS)
    ended.set()
    asking.join()
    client.close()

    assert answers == [(200, b"x", None)]


def test_taken_port_is_told() -> None:
    with _serving(_echo) as server, pytest.raises(SystemExit):
        LastingServer("127.0.0.1", server.server_port, _echo, LastingRequestHandler)
