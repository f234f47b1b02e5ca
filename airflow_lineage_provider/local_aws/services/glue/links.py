"""
Resource links: names in one database for the tables of another.

A link is a table with a ``TargetTable`` and no columns of its own. GetTable shows it as it was made; AWS
follows it to its target for a caller who may read that.

.. seealso:: AWS Lake Formation Developer Guide, "Creating resource links", "Resource link handling in AWS
    Glue APIs"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.glue.reading import backend_of

__all__ = ["create_link", "delete_link", "find_table", "is_link"]


def is_link(table: Mapping[str, Any]) -> bool:
    """Tell whether a table, as GetTable gives it, is a link to another."""
    return table.get("TargetTable") is not None


def find_table(account_id: str, region: str, database: str, name: str) -> dict[str, Any] | None:
    """Return a table in the form of GetTable, ``None`` if there is none."""
    backend = backend_of(account_id, region)
    with backend.lock:
        held = backend.databases.get(database.lower())
        if held is None or name.lower() not in held.tables:
            return None
        return backend.get_table(database, name).as_dict()


def create_link(account_id: str, region: str, *, database: str, name: str, target: tuple[str, str]) -> None:
    """
    Make a link.

    :param target: Database and name of the table it stands for.
    :raises KeyError: If there is no such database, or a table of that name in it.
    """
    backend = backend_of(account_id, region)
    with backend.lock:
        held = backend.databases.get(database.lower())
        if held is None:
            raise KeyError(f"Database {database} not found.")
        if name.lower() in held.tables:
            raise KeyError(f"Table {database}.{name} already exists.")
        link = {"CatalogId": account_id, "DatabaseName": target[0], "Name": target[1]}
        backend.create_table(database, name, {"Name": name.lower(), "TargetTable": link})


def delete_link(account_id: str, region: str, *, database: str, name: str) -> None:
    """Delete a link, if it is still there."""
    backend = backend_of(account_id, region)
    with backend.lock:
        table = find_table(account_id, region, database, name)
        if table is not None and is_link(table):
            backend.delete_table(database, name)
