"""
A stand-in for a MongoDB server: its wire protocol, on loopback, over documents in memory.

**This is not MongoDB.** It answers the few commands a crawl and these tests send (hello, SCRAM-SHA-256
logins, ping, insert, listCollections, find, getMore, aggregate with ``$sample``, drop and dropDatabase) with
the shapes the MongoDB drivers' specifications give them, and knows no queries, indexes or sessions. It stands
in where neither ``mongod`` nor another server is installed; :mod:`.servers` prefers those.

.. seealso:: MongoDB documentation, "Wire Protocol" (OP_MSG, OP_QUERY, OP_REPLY); RFC 5802 and RFC 7677
    (SCRAM-SHA-256).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import os
import socketserver
import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bson
from bson.codec_options import CodecOptions

__all__ = ["run_stand_in"]

_HEADER = struct.Struct("<iiii")
_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013
_FIRST_BATCH = 101
_ITERATIONS = 4096
_RAW: CodecOptions[dict[str, Any]] = CodecOptions(document_class=dict, tz_aware=True)

_Document = dict[str, Any]


class CommandError(Exception):
    """A command that fails, with MongoDB's code for it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Login:
    """One SCRAM-SHA-256 conversation, the server's side."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._salt = os.urandom(16)
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), self._salt, _ITERATIONS)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        self._stored_key = hashlib.sha256(client_key).digest()
        self._server_key = hmac.digest(salted, b"Server Key", "sha256")
        self._messages: list[bytes] = []

    def first(self, payload: bytes) -> bytes:
        """Answer the client's first message with nonce, salt and iterations."""
        bare = payload.split(b",", 2)[2]
        fields = _fields(bare)
        if fields["n"] != self._username:
            raise CommandError(18, "Authentication failed.")
        nonce = fields["r"] + base64.b64encode(os.urandom(18)).decode()
        answer = f"r={nonce},s={base64.b64encode(self._salt).decode()},i={_ITERATIONS}".encode()
        self._messages = [bare, answer]
        return answer

    def last(self, payload: bytes) -> bytes:
        """Check the client's proof and answer with the server's own."""
        without_proof, _, proof = payload.rpartition(b",p=")
        said = b",".join([*self._messages, without_proof])
        signature = hmac.digest(self._stored_key, said, "sha256")
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
        if hashlib.sha256(key).digest() != self._stored_key:
            raise CommandError(18, "Authentication failed.")
        return b"v=" + base64.b64encode(hmac.digest(self._server_key, said, "sha256"))


class _Store:
    """What the server holds: documents by database and collection, and the one user, if there is any."""

    def __init__(self, username: str, password: str) -> None:
        self.user = (username, password)
        self.collections: dict[tuple[str, str], list[_Document]] = {}
        self.lock = threading.Lock()


class _Session(socketserver.BaseRequestHandler):
    """One client's connection."""

    server: _Server

    def setup(self) -> None:
        self._store = self.server.store
        self._cursors: dict[int, Iterator[_Document]] = {}
        self._numbers = itertools.count(1)
        self._login: _Login | None = None
        self._is_known = not self._store.user[0]

    def handle(self) -> None:
        while header := self._read(_HEADER.size):
            length, request_id, _, opcode = _HEADER.unpack(header)
            body = self._read(length - _HEADER.size)
            if opcode == _OP_QUERY:
                start = body.index(b"\0", 4) + 1 + 8
                answer = self._answer(bson.decode(body[start:], _RAW) | {"$db": "admin"})
                self._send(request_id, _OP_REPLY, struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(answer))
            elif opcode == _OP_MSG:
                answer = self._answer(_command(body))
                self._send(request_id, _OP_MSG, struct.pack("<IB", 0, 0) + bson.encode(answer))

    def _answer(self, command: _Document) -> _Document:
        name = next(iter(command))
        commands: dict[str, Callable[[_Document], _Document]] = {
            "aggregate": self._aggregate,
            "drop": self._drop,
            "dropDatabase": self._drop_database,
            "endSessions": lambda _: {},
            "find": self._find,
            "getMore": self._get_more,
            "hello": self._hello,
            "insert": self._insert,
            "isMaster": self._hello,
            "ismaster": self._hello,
            "killCursors": lambda _: {},
            "listCollections": self._list_collections,
            "ping": lambda _: {},
            "saslContinue": self._sasl_continue,
            "saslStart": self._sasl_start,
        }
        free = name.startswith("sasl") or name.lower() in {"hello", "ismaster", "ping", "endsessions"}
        try:
            if name not in commands:
                raise CommandError(59, f"no such command: '{name}'")
            if not (self._is_known or free):
                raise CommandError(13, f"command {name} requires authentication")
            with self._store.lock:
                return commands[name](command) | {"ok": 1.0}
        except CommandError as error:
            return {"ok": 0.0, "code": error.code, "codeName": "Failed", "errmsg": str(error)}

    def _hello(self, command: _Document) -> _Document:
        mechanisms = {"saslSupportedMechs": ["SCRAM-SHA-256"]} if "saslSupportedMechs" in command else {}
        return {
            "isWritablePrimary": True,
            "ismaster": True,
            "helloOk": True,
            "maxBsonObjectSize": 16 * 1024 * 1024,
            "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000,
            "minWireVersion": 0,
            "maxWireVersion": 21,
            "readOnly": False,
        } | mechanisms

    def _sasl_start(self, command: _Document) -> _Document:
        if not self._store.user[0] or command["mechanism"] != "SCRAM-SHA-256":
            raise CommandError(18, "Authentication failed.")
        self._login = _Login(*self._store.user)
        return {"conversationId": 1, "done": False, "payload": self._login.first(command["payload"])}

    def _sasl_continue(self, command: _Document) -> _Document:
        if self._login is None:
            raise CommandError(17, "no SASL session")
        answer = self._login.last(command["payload"]) if command["payload"] else b""
        self._is_known = True
        return {"conversationId": 1, "done": True, "payload": answer}

    def _insert(self, command: _Document) -> _Document:
        held = self._store.collections.setdefault((command["$db"], command["insert"]), [])
        held.extend(command["documents"])
        return {"n": len(command["documents"])}

    def _drop(self, command: _Document) -> _Document:
        self._store.collections.pop((command["$db"], command["drop"]), None)
        return {}

    def _drop_database(self, command: _Document) -> _Document:
        for key in [key for key in self._store.collections if key[0] == command["$db"]]:
            del self._store.collections[key]
        return {}

    def _list_collections(self, command: _Document) -> _Document:
        wanted = command.get("filter", {}).get("name")
        names = [name for database, name in self._store.collections if database == command["$db"]]
        listed = [{"name": name, "type": "collection"} for name in sorted(names) if wanted in (None, name)]
        return self._cursor(command, "$cmd.listCollections", listed, 1000)

    def _find(self, command: _Document) -> _Document:
        held = self._store.collections.get((command["$db"], command["find"]), [])
        return self._cursor(command, command["find"], list(held), command.get("batchSize", _FIRST_BATCH))

    def _aggregate(self, command: _Document) -> _Document:
        ((stage, options),) = command["pipeline"][0].items()
        if stage != "$sample" or len(command["pipeline"]) != 1:
            raise CommandError(40324, f"Unrecognized pipeline stage name: '{stage}'")
        held = self._store.collections.get((command["$db"], command["aggregate"]), [])
        chosen = sorted(held, key=lambda _: uuid.uuid4())[: options["size"]]
        size = command.get("cursor", {}).get("batchSize", _FIRST_BATCH)
        return self._cursor(command, command["aggregate"], chosen, size)

    def _get_more(self, command: _Document) -> _Document:
        number = command["getMore"]
        if number not in self._cursors:
            raise CommandError(43, f"cursor id {number} not found")
        batch, number = self._batch(number, command.get("batchSize", _FIRST_BATCH))
        namespace = f"{command['$db']}.{command['collection']}"
        return {"cursor": {"id": bson.Int64(number), "ns": namespace, "nextBatch": batch}}

    def _cursor(self, command: _Document, name: str, documents: list[_Document], size: int) -> _Document:
        number = next(self._numbers)
        self._cursors[number] = iter(documents)
        batch, number = self._batch(number, size)
        return {"cursor": {"id": bson.Int64(number), "ns": f"{command['$db']}.{name}", "firstBatch": batch}}

    def _batch(self, number: int, size: int) -> tuple[list[_Document], int]:
        """Return the next documents of a cursor, and its number; 0 when it is at its end."""
        batch = list(itertools.islice(self._cursors[number], size))
        if len(batch) < size:
            del self._cursors[number]
            number = 0
        return batch, number

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.request.recv(size - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def _send(self, request_id: int, opcode: int, body: bytes) -> None:
        self.request.sendall(_HEADER.pack(_HEADER.size + len(body), 0, request_id, opcode) + body)


class _Server(socketserver.ThreadingTCPServer):
    """The listening socket; each client has a thread."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, store: _Store) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.store = store


@contextmanager
def run_stand_in(username: str = "", password: str = "") -> Iterator[int]:
    """
    Run the stand-in and return its port.

    :param username: Its only user; empty lets everybody in.
    """
    with _Server(_Store(username, password)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _command(body: bytes) -> _Document:
    """Return the command of an OP_MSG: its document, with the documents of its sequences as lists."""
    at = 4
    command: _Document = {}
    while at < len(body):
        kind = body[at]
        (length,) = struct.unpack_from("<i", body, at + 1)
        if kind == 0:
            command |= bson.decode(body[at + 1 : at + 1 + length], _RAW)
        else:
            end = body.index(b"\0", at + 5)
            name = body[at + 5 : end].decode()
            command |= {name: bson.decode_all(body[end + 1 : at + 1 + length], _RAW)}
        at += 1 + length
    return command


def _fields(message: bytes) -> dict[str, str]:
    return {key: value for key, _, value in (part.partition("=") for part in message.decode().split(","))}
