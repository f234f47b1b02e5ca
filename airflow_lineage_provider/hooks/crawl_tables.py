"""
What became of the tables that a crawl changed: their place, and whether their schema is another one now.

Nothing here can make a task fail: what cannot be read is unknown, and a warning says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import AwsCallError
from airflow_lineage_provider.lineage.table_assets import schema_fingerprint

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.table_reader import TableReader

__all__ = ["TableChange", "read_table_changes"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TableChange:
    """
    One table that a crawl changed.

    :param change: ``added``, ``updated`` or ``deleted``.
    :param fingerprint: Of the schema; ``None`` if the table is gone or could not be read.
    :param previous: Fingerprint of the schema before the crawl; ``None`` if there was none or it is unknown.
    :param schema_changed: Whether the schema is another one than before the crawl; ``None`` means unknown.
    """

    database: str
    table: str
    change: str
    account: str
    fingerprint: str | None = None
    previous: str | None = None
    schema_changed: bool | None = None


def read_table_changes(tables: TableReader, result: Mapping[str, Any]) -> tuple[TableChange, ...]:
    """
    Read the tables that a crawl changed: ``GetTable``, and for updated ones ``GetTableVersions``.

    A table is left out only if nobody tells the account it is in, which ``GetTable`` does and, failing that,
    STS ``GetCallerIdentity``.

    :param result: What the task returns.
    """
    return tuple(_Reader(tables, result).changes())


class _Reader:
    """Read the tables of one crawl."""

    def __init__(self, tables: TableReader, result: Mapping[str, Any]) -> None:
        self._tables = tables
        self._names: Mapping[str, list[str]] = result["tables"]
        self._started_at = datetime.fromisoformat(result["started_at"])
        self._account: str | None = None
        self._asks_for_versions = True

    def changes(self) -> Iterator[TableChange]:
        """Yield every change, in the order of the result."""
        for change, names in self._names.items():
            for name in names:
                database, _, table = name.partition(".")
                record = {} if change == "deleted" else self._record(name)
                account = self._account_of(record)
                if not account:
                    _log.warning("Table %s has no asset event: its account is not known", name)
                    continue
                yield self._change(TableChange(database, table, change, account), record)

    def _change(self, known: TableChange, record: Mapping[str, Any]) -> TableChange:
        """Complete what is known of a change by the table's schemas."""
        place = (known.database, known.table, known.change, known.account)
        if known.change == "deleted":
            return TableChange(*place, schema_changed=True)
        if not record:
            return known
        now = schema_fingerprint(record)
        if known.change == "added":
            return TableChange(*place, fingerprint=now, schema_changed=True)
        before = self._previous(known.database, known.table)
        changed = None if before is None else before != now
        return TableChange(*place, fingerprint=now, previous=before, schema_changed=changed)

    def _record(self, name: str) -> dict[str, Any]:
        """Return the table, or nothing if it cannot be read."""
        try:
            return self._tables.record(name)
        except AwsCallError as error:
            _log.warning("The schema of table %s is not known: %s", name, error)
            return {}

    def _previous(self, database: str, table: str) -> str | None:
        """Return the fingerprint of the schema before the crawl; ``None`` if nobody tells."""
        if not self._asks_for_versions:
            return None
        try:
            version = self._tables.hook.find_table_version(database, table, before=self._started_at)
        except AwsCallError as error:
            self._asks_for_versions = False
            _log.warning("Whether the crawl changed the schema of its tables is not known: %s", error)
            return None
        return None if version is None else schema_fingerprint(version)

    def _account_of(self, record: Mapping[str, Any]) -> str:
        """Return the account of the catalog; of the caller where no table tells, as crawls write there."""
        told = str(record.get("CatalogId") or "")[:12]
        if told:
            self._account = told
        elif self._account is None:
            try:
                self._account = self._tables.account()
            except AwsCallError as error:
                self._account = ""
                _log.warning("The account is not known: %s", error)
        return self._account
