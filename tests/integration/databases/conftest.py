"""Databases for tests: one server per worker process, one empty database per test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.shape_validation import watch
from tests.integration.databases.crawling import DatabaseCrawls
from tests.integration.databases.servers import (
    DatabaseServer,
    mongodb_client,
    mysql_session,
    postgresql_session,
    run_mariadb,
    run_mongodb,
    run_postgresql,
)

_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database, and its administrator's open session."""

    server: DatabaseServer
    name: str
    session: Any

    @property
    def address(self) -> str:
        """Host and port of the server."""
        return f"{self.server.host}:{self.server.port}"

    def run(self, *statements: str) -> None:
        """Run SQL statements."""
        with self.session.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[DatabaseServer]:
    """PostgreSQL for all tests of this process."""
    with run_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[DatabaseServer]:
    """MariaDB for all tests of this process."""
    with run_mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def mongodb_server() -> Iterator[DatabaseServer]:
    """MongoDB, or what stands in for it, for all tests of this process."""
    with run_mongodb() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: DatabaseServer) -> Iterator[Database]:
    """An empty database of PostgreSQL."""
    name = f"shop{next(_NUMBERS)}"
    with postgresql_session(postgresql_server) as administrator:
        administrator.execute(f"CREATE DATABASE {name}")
        with postgresql_session(postgresql_server, name) as session:
            yield Database(postgresql_server, name, session)
        administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def mariadb(mariadb_server: DatabaseServer) -> Iterator[Database]:
    """An empty database of MariaDB."""
    name = f"shop{next(_NUMBERS)}"
    with mysql_session(mariadb_server) as session, session.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(f"USE {name}")
        yield Database(mariadb_server, name, session)
        cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture
def mongodb(mongodb_server: DatabaseServer) -> Iterator[Database]:
    """An empty database of MongoDB; its session is pymongo's."""
    name = f"shop{next(_NUMBERS)}"
    with mongodb_client(mongodb_server) as client:
        yield Database(mongodb_server, name, client[name])
        client.drop_database(name)


@pytest.fixture
def crawls(local_aws: LocalAws) -> DatabaseCrawls:
    """Glue in an empty account, whose answers are compared with botocore's model."""
    glue = local_aws.client("glue")
    watch(glue)
    return DatabaseCrawls(glue)
