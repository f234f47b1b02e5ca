"""
What other simulated services may read of Glue: tables, crawls, connections, and the making of a database.

Everything goes by account and region; nothing here raises Glue's own errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.glue.models import glue_backends

from airflow_lineage_provider.local_aws.services.glue.models import CrawlingGlueBackend

__all__ = [
    "CrawlRecord",
    "backend_of",
    "create_database",
    "get_connection",
    "get_crawl",
    "list_tables",
    "mark_database",
]


@dataclass(frozen=True, slots=True)
class CrawlRecord:
    """
    One crawl, as its history has it.

    ``state`` is RUNNING, COMPLETED, FAILED or STOPPED; ``table_count`` is how many tables it wrote or
    confirmed.
    """

    crawl_id: str
    crawler_name: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    table_count: int
    error_message: str | None


def list_tables(
    account_id: str, region: str, database: str, *, catalog: str | None = None
) -> list[dict[str, Any]]:
    """
    Return the tables of a database in the form of GetTable, by name.

    :param catalog: The federated catalog the database was made in (``CatalogId`` of CreateDatabase);
        ``None`` for the account's own.
    :raises KeyError: If there is no such database.
    """
    backend = backend_of(account_id, region)
    with backend.lock:
        held = backend.databases.get(database.lower())
        if held is None or _catalog_of(held.as_dict(), account_id) != catalog:
            raise KeyError(database)
        return [table.as_dict() for table in backend.tables_of(database)]


def get_crawl(account_id: str, region: str, crawler_name: str, crawl_id: str) -> CrawlRecord | None:
    """Return one crawl; ``None`` if the crawler is gone or never had a crawl of that id."""
    crawl = backend_of(account_id, region).crawler_store.find_crawl(crawler_name, crawl_id)
    if crawl is None:
        return None
    return CrawlRecord(
        crawl_id=crawl.crawl_id,
        crawler_name=crawl.crawler_name,
        state=crawl.state,
        started_at=crawl.started_at,
        ended_at=crawl.ended_at,
        table_count=len(crawl.tables),
        error_message=crawl.error_message,
    )


def get_connection(account_id: str, region: str, name: str) -> dict[str, Any] | None:
    """Return a connection in the form of GetConnection, without its password; ``None`` if it is gone."""
    connection = backend_of(account_id, region).connection_store.find(name)
    return connection.describe(hide_password=True) if connection is not None else None


def create_database(account_id: str, region: str, name: str, parameters: Mapping[str, str]) -> None:
    """
    Create a database that Lake Formation governs, unless there is one of that name.

    :param parameters: The database's ``Parameters``.
    """
    backend = backend_of(account_id, region)
    with backend.lock:
        if name.lower() not in backend.databases:
            described = {"Name": name.lower(), "Parameters": dict(parameters)}
            backend.create_database(name, described, open_to_iam=False)


def mark_database(account_id: str, region: str, name: str, parameters: Mapping[str, str]) -> bool:
    """
    Add parameters to a database.

    :return: Whether there is such a database.
    """
    backend = backend_of(account_id, region)
    with backend.lock:
        held = backend.databases.get(name.lower())
        if held is None:
            return False
        held.input["Parameters"] = {**(held.input.get("Parameters") or {}), **parameters}
        return True


def _catalog_of(database: Mapping[str, Any], account_id: str) -> str | None:
    """Return the federated catalog a database belongs to, ``None`` for the account's own."""
    catalog = str(database.get("CatalogId") or account_id)
    return None if catalog == account_id else catalog.removeprefix(f"{account_id}:")


def backend_of(account_id: str, region: str) -> CrawlingGlueBackend:
    """Return the backend of one account and region."""
    backend = glue_backends[account_id][region]
    if not isinstance(backend, CrawlingGlueBackend):
        raise TypeError("services.glue.install() has not been called")
    return backend
