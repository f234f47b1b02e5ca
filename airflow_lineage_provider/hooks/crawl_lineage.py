"""Gather what OpenLineage events say of a crawl. Nothing here can make a task fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import AwsCallError, LineageError

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
    from airflow_lineage_provider.hooks.openlineage_facets import CrawlLineage, TableLineage
    from airflow_lineage_provider.hooks.table_reader import TableReader

__all__ = ["failed_crawl_lineage", "gather_crawl_lineage", "openlineage_is_on"]

_log = logging.getLogger(__name__)


def openlineage_is_on() -> bool:
    """Tell whether Airflow emits OpenLineage events, so that reading for them is worth the calls."""
    try:
        from airflow.providers.openlineage.conf import is_disabled
    except ImportError:
        return False
    return not is_disabled()


def failed_crawl_lineage(crawler_name: str, error: LineageError) -> CrawlLineage:
    """Return what an error says of a crawl that did not complete."""
    from airflow_lineage_provider.hooks.openlineage_facets import CrawlLineage

    names = {"crawl_id": "crawl_id", "state": "state", "message": "error_message"}
    known = {name: vars(error)[fact] for fact, name in names.items() if vars(error).get(fact)}
    return CrawlLineage(crawler_name, known)


def gather_crawl_lineage(
    reader: TableReader, result: Mapping[str, Any], *, region: str, partition: str
) -> CrawlLineage:
    """
    Read the tables that a crawl changed, for their sources and columns.

    A table that cannot be read is left out with a warning. The table of a database whose Glue connection
    cannot be read is there, without its source.

    :param reader: Reads the tables.
    :param result: What the task returns.
    """
    from airflow_lineage_provider.hooks.openlineage_facets import CrawlLineage

    tables = tuple(_tables(reader, result["tables"], region=region, partition=partition))
    return CrawlLineage(result["crawler_name"], result, tables, region)


def _tables(
    reader: TableReader, changes: Mapping[str, list[str]], *, region: str, partition: str
) -> Iterator[TableLineage]:
    """Yield the changed tables; deleted ones have a name and nothing else."""
    from airflow_lineage_provider.hooks.openlineage_facets import TableLineage
    from airflow_lineage_provider.lineage.naming import glue_table

    account = ""
    connections: dict[str, Mapping[str, Any] | None] = {}
    for change in ("added", "updated"):
        for name in changes[change]:
            try:
                record = reader.record(name)
                account = str(record.get("CatalogId") or account or reader.account())[:12]
            except AwsCallError as error:
                _log.warning("Table %s is left out of the lineage event: %s", name, error)
                continue
            yield TableLineage.from_table(
                record,
                change,
                region=region,
                account=account,
                partition=partition,
                connection=_connection(reader.hook, record, connections),
            )
    for name in changes["deleted"]:
        try:
            account = account or reader.account()
        except AwsCallError as error:
            _log.warning("Deleted tables are left out of the lineage event: %s", error)
            return
        table = glue_table(*name.split(".", 1), region=region, account=account, partition=partition)
        yield TableLineage(table, "deleted")


def _connection(
    hook: GlueCrawlHook, record: Mapping[str, Any], known: dict[str, Mapping[str, Any] | None]
) -> Mapping[str, Any] | None:
    """Return the Glue connection through which a table was crawled; each is asked for once."""
    name = (record.get("Parameters") or {}).get("connectionName")
    if not name:
        return None
    if name not in known:
        try:
            known[name] = hook.get_glue_connection(name)
        except AwsCallError as error:
            _log.warning("Tables behind connection %s have no source in the lineage event: %s", name, error)
            known[name] = None
    return known[name]
