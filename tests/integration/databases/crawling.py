"""Connections, crawlers and crawls of databases through the Glue API, for tests."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from tests.integration.databases.servers import DatabaseServer

_PATIENCE = 30
_TICK = threading.Event()


@dataclass(frozen=True, slots=True)
class DatabaseCrawls:
    """What tests do with Glue and databases; tables go to the Glue database ``lake``."""

    glue: Any

    def connect(self, url: str, server: DatabaseServer, name: str = "db", **properties: str) -> None:
        """Make a JDBC connection with the server's administrator, or whom ``properties`` say."""
        login = {"USERNAME": server.username, "PASSWORD": server.password}
        self.glue.create_connection(
            ConnectionInput={
                "Name": name,
                "ConnectionType": "JDBC",
                "ConnectionProperties": {"JDBC_CONNECTION_URL": url, **login, **properties},
            }
        )

    def make_crawler(self, *targets: dict[str, Any], name: str = "c", **members: Any) -> None:
        """Make a crawler of JDBC targets; each has the connection ``db`` unless it says otherwise."""
        jdbc = [{"ConnectionName": "db", **target} for target in targets]
        self.glue.create_crawler(
            **{"Name": name, "Role": "crawler", "DatabaseName": "lake", "Targets": {"JdbcTargets": jdbc}}
            | members
        )

    def crawl(self, name: str = "c") -> dict[str, Any]:
        """Crawl, and return the crawl's record."""
        self.glue.start_crawler(Name=name)
        deadline = time.monotonic() + _PATIENCE
        while self.glue.get_crawler(Name=name)["Crawler"]["State"] != "READY":
            assert time.monotonic() < deadline, "waited in vain"
            _TICK.wait(0.01)
        record: dict[str, Any] = self.glue.list_crawls(CrawlerName=name)["Crawls"][0]
        return record

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return the tables of ``lake`` by name."""
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName="lake")["TableList"]}

    def columns(self, table: str) -> dict[str, str]:
        """Return the columns of a table and their types, in order."""
        described = self.glue.get_table(DatabaseName="lake", Name=table)["Table"]
        return {column["Name"]: column["Type"] for column in described["StorageDescriptor"]["Columns"]}
