"""
Real database servers for tests: started on a free loopback port, thrown away afterwards.

Each runs as a process of its own over a temporary folder and writes nothing for good (no fsync). As root it
runs as a user without rights, since the servers refuse root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from scripts.compose_processes import free_ports, postgres_folder, unprivileged_user
from tests.integration.databases.mongodb_stand_in import run_stand_in

PASSWORD = "correct horse 'battery"
_PATIENCE = 60
_TICK = threading.Event()


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A running server, and who may do everything on it."""

    port: int
    username: str
    password: str = field(default=PASSWORD, repr=False)
    host: str = "127.0.0.1"


def need(program: Path | str | None, what: str) -> Path:
    """
    Return a program's path.

    A machine without it skips the test; continuous integration (``CI``), which installs it, fails.
    """
    if program is not None:
        return Path(program)
    if os.environ.get("CI"):
        pytest.fail(f"needs {what}")
    pytest.skip(f"needs {what}")


@contextmanager
def run_postgresql() -> Iterator[DatabaseServer]:
    """Run PostgreSQL; connections over TCP are asked for a password."""
    folder = need(postgres_folder(), "a PostgreSQL server (Debian: apt-get install postgresql)")
    (port,) = free_ports(1)
    server = DatabaseServer(port, "postgres")
    with _room() as room:
        data, password_file = room / "data", room / "password"
        password_file.write_text(PASSWORD)
        password_file.chmod(0o644)
        initdb = [str(folder / "initdb"), "-D", str(data), "-U", server.username, f"--pwfile={password_file}"]
        _do([*initdb, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"], room)
        settings = {
            "listen_addresses": server.host,
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "20",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(folder / "postgres"), "-D", str(data), "-p", str(port), *options]
        with _running(command, room, lambda: postgresql_session(server).close()):
            yield server


@contextmanager
def run_mariadb() -> Iterator[DatabaseServer]:
    """Run MariaDB, which speaks MySQL's protocol."""
    what = "a MariaDB server (Debian: apt-get install mariadb-server-core mariadb-client-core)"
    program = need(shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin"), what)
    installer = need(shutil.which("mariadb-install-db"), what)
    need(shutil.which("my_print_defaults"), what)
    (port,) = free_ports(1)
    server = DatabaseServer(port, "admin")
    with _room() as room:
        data = f"--datadir={room / 'data'}"
        _do([str(installer), "--no-defaults", data, "--auth-root-authentication-method=normal"], room)
        first = room / "first.sql"
        quoted = PASSWORD.replace("'", "''")
        first.write_text(
            f"CREATE USER admin@'%' IDENTIFIED BY '{quoted}';\n"
            "GRANT ALL PRIVILEGES ON *.* TO admin@'%' WITH GRANT OPTION;\n"
        )
        first.chmod(0o644)
        command = [
            str(program),
            "--no-defaults",
            data,
            f"--port={port}",
            f"--socket={room / 'socket'}",
            f"--bind-address={server.host}",
            f"--init-file={first}",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=16M",
        ]
        with _running(command, room, lambda: mysql_session(server).close()):
            yield server


@contextmanager
def run_mongodb() -> Iterator[DatabaseServer]:
    """
    Run a MongoDB server that asks for a password.

    That is ``mongod`` where it is installed, else SecantusDB (``secantusd-py``), an independent server of the
    same protocol, else the stand-in of :mod:`.mongodb_stand_in`.
    """
    mongod, secantus = shutil.which("mongod"), shutil.which("secantusd-py")
    if mongod is None and secantus is None:
        with run_stand_in("admin", PASSWORD) as port:
            yield DatabaseServer(port, "admin")
        return
    (port,) = free_ports(1)
    server = DatabaseServer(port, "admin")
    with _room() as room:
        (room / "data").mkdir()
        if mongod is not None:
            command = [mongod, "--dbpath", str(room / "data"), "--bind_ip", server.host, "--port", str(port)]
        else:
            where = ["--host", server.host, "--port", str(port), "--storage-path", str(room / "data")]
            command = [str(secantus), *where, "--standalone"]
        open_client = f"mongodb://{server.host}:{port}/?serverSelectionTimeoutMS=500"
        with _running(command, room, lambda: _make_mongodb_user(open_client, server), as_caller=True):
            pass
        with _running([*command, "--auth"], room, lambda: _ping(server), as_caller=True):
            yield server


def mongodb_client(server: DatabaseServer) -> MongoClient[dict[str, Any]]:
    """Log in to MongoDB as its administrator."""
    return MongoClient(
        server.host,
        server.port,
        username=server.username,
        password=server.password,
        serverSelectionTimeoutMS=10_000,
    )


def _ping(server: DatabaseServer) -> None:
    with mongodb_client(server) as client:
        client.admin.command("ping")


def _make_mongodb_user(url: str, server: DatabaseServer) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(url)
    with client:
        client.admin.command("createUser", server.username, pwd=server.password, roles=["root"])


def postgresql_session(server: DatabaseServer, database: str = "postgres") -> psycopg.Connection:
    """Log in to PostgreSQL as its administrator."""
    return psycopg.connect(
        host=server.host,
        port=server.port,
        user=server.username,
        password=server.password,
        dbname=database,
        autocommit=True,
    )


def mysql_session(server: DatabaseServer, database: str | None = None) -> Any:
    """Log in to MySQL as its administrator."""
    return pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.username,
        password=server.password,
        database=database,
        autocommit=True,
    )


@contextmanager
def _room() -> Iterator[Path]:
    """Make a folder that the server's user owns; in /tmp, since that user may not enter pytest's folders."""
    room = Path(tempfile.mkdtemp(prefix="database-server-"))
    user = unprivileged_user()
    if user is not None:
        shutil.chown(room, user)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _as_user() -> Mapping[str, Any]:
    user = unprivileged_user()
    return {} if user is None else {"user": user, "extra_groups": []}


def _do(command: list[str], room: Path) -> None:
    """Run a program to its end."""
    done = subprocess.run(command, cwd=room, capture_output=True, text=True, check=False, **_as_user())
    if done.returncode:
        pytest.fail(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def _running(
    command: list[str], room: Path, log_in: Callable[[], object], *, as_caller: bool = False
) -> Iterator[None]:
    """
    Run a server until it is not needed any more; wait until somebody can log in.

    :param as_caller: Run it as whoever runs the tests: it does not mind root.
    """
    log = room / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=room,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **({} if as_caller else _as_user()),
        )
    try:
        _wait_for(process, log, log_in)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], log: Path, log_in: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            log_in()
        except (psycopg.Error, pymysql.err.MySQLError, PyMongoError):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The server did not start:\n{log.read_text(errors='replace')[-4000:]}")
            _TICK.wait(0.05)
        else:
            return
