"""The tables of the Data Catalog that a task is about, each read once, whoever of the task wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import AwsCallError

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook

__all__ = ["TableReader"]


class TableReader:
    """
    Read tables of the Data Catalog on behalf of one task.

    Each is read once, and so is the account that nobody but STS tells; what could not be read is not asked
    for again.

    :param hook: Makes the calls.
    """

    def __init__(self, hook: GlueCrawlHook) -> None:
        self.hook = hook
        self._read: dict[str, dict[str, Any] | AwsCallError] = {}
        self._account: str | AwsCallError | None = None

    def record(self, name: str) -> dict[str, Any]:
        """
        Return a table (``GetTable``).

        :param name: ``database.table``.
        :raises AwsCallError: If it cannot be read.
        """
        if name not in self._read:
            try:
                self._read[name] = self.hook.get_table(*name.split(".", 1))
            except AwsCallError as error:
                self._read[name] = error
        found = self._read[name]
        if isinstance(found, AwsCallError):
            raise found
        return found

    def account(self) -> str:
        """
        Return the account of the caller, as crawls write there (STS ``GetCallerIdentity``).

        :raises AwsCallError: If STS cannot be asked.
        """
        if self._account is None:
            try:
                self._account = self.hook.account()
            except AwsCallError as error:
                self._account = error
        if isinstance(self._account, AwsCallError):
            raise self._account
        return self._account
