"""Task groups: a whole chain of tasks in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_lineage_provider.lineage.expectations import Expectation

__all__ = ["CrawlImportVerify", "crawl_import_verify"]


def _chain(
    *,
    crawler_name: str,
    domain_identifier: str,
    data_source_identifier: str,
    tables: Sequence[str] | str | None = None,
    database: str | None = None,
    data_as_of: datetime | str | None = None,
    expectations: Sequence[Expectation | Mapping[str, Any]] = (),
    enable_lineage: bool = False,
    if_running: str = "join_if_fresh",
    on_partial: str = "fail",
    snapshot_path: str | None = None,
    deferrable: bool | None = None,
    waiter_delay: float | None = None,
    timeout: float | timedelta | None = None,
    aws_conn_id: str | None = "aws_default",
    region_name: str | None = None,
    verify: bool | str | None = None,
    botocore_config: dict[str, Any] | None = None,
) -> None:
    """Crawl, import the tables into SageMaker Catalog, and verify their lineage."""
    from airflow_lineage_provider.operators.datazone import (
        DataZoneDataSourceRunOperator,
        DataZoneEnableLineageOperator,
    )
    from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
    from airflow_lineage_provider.operators.lineage import LineageExtractOperator, LineageVerifyOperator

    aws: dict[str, Any] = {
        "aws_conn_id": aws_conn_id,
        "region_name": region_name,
        "verify": verify,
        "botocore_config": botocore_config,
    }
    limits = {"deferrable": deferrable, "waiter_delay": waiter_delay, "timeout": timeout}
    waiting: dict[str, Any] = {name: value for name, value in limits.items() if value is not None}
    catalog: dict[str, Any] = {
        "domain_identifier": domain_identifier,
        "data_source_identifier": data_source_identifier,
    }
    crawled = GlueCrawlOperator(
        task_id="crawl",
        crawler_name=crawler_name,
        data_as_of=data_as_of,
        if_running=if_running,
        **waiting,
        **aws,
    )
    imported = DataZoneDataSourceRunOperator(
        task_id="import", data_as_of=crawled.output, on_partial=on_partial, **catalog, **waiting, **aws
    )
    extracted = LineageExtractOperator(
        task_id="extract",
        tables=tables,
        database=database,
        data_source_run=imported.output,
        snapshot_path=snapshot_path,
        **catalog,
        **aws,
    )
    # [START howto_verify_a_crawl]
    LineageVerifyOperator(
        task_id="verify",
        snapshot=extracted.output,
        expectations=expectations,
        crawl=crawled.output,
        data_as_of=data_as_of,
        tables=tables,
        database=database,
        **aws,
    )
    # [END howto_verify_a_crawl]
    if enable_lineage:
        DataZoneEnableLineageOperator(task_id="enable_lineage", **catalog, **aws) >> crawled


class CrawlImportVerify:
    """
    Run one crawl, import its tables into SageMaker Catalog, read their lineage and verify it.

    Call it inside a DAG to get a task group with the tasks ``crawl``, ``import``, ``extract`` and ``verify``,
    and ``enable_lineage`` before them if that is wanted::

        crawl_import_verify(
            group_id="orders",
            crawler_name="orders-crawler",
            domain_identifier="dzd-abc123def456",
            data_source_identifier="4cwzmlddk64enb",
        )

    or map it over crawlers::

        crawl_import_verify.partial(domain_identifier=…, data_source_identifier=…).expand(
            crawler_name=["orders-crawler", "clicks-crawler"]
        )

    The import must have begun after the crawl ended, and every table the crawler made must show this very
    crawl; with ``data_as_of``, the crawl must have begun after the data was written. Tables default to those
    that the import brought. The result is that of the task ``verify``; ``extract`` returns the snapshot.

    Arguments, keyword-only, templated as those of the operators:

    ``group_id``
        Id of the group; default ``crawl_import_verify``.
    ``crawler_name``, ``data_as_of``, ``if_running``
        As of :class:`~airflow_lineage_provider.operators.glue_crawl.GlueCrawlOperator`.
    ``domain_identifier``, ``data_source_identifier``, ``on_partial``
        As of :class:`~airflow_lineage_provider.operators.datazone.DataZoneDataSourceRunOperator`.
    ``tables``, ``database``, ``expectations``, ``snapshot_path``
        As of the operators in :mod:`airflow_lineage_provider.operators.lineage`.
    ``enable_lineage``
        Switch lineage import on first; default ``False``.
    ``deferrable``, ``waiter_delay``, ``timeout``
        As of both operators that wait; ``timeout`` holds for each of them.
    ``aws_conn_id``, ``region_name``, ``verify``, ``botocore_config``
        As of all operators.
    """

    def __init__(
        self, *, group: Mapping[str, Any] | None = None, partial: Mapping[str, Any] | None = None
    ) -> None:
        self._group = {"group_id": "crawl_import_verify", **(group or {})}
        self._partial = dict(partial or {})

    def __call__(self, *, group_id: str | None = None, **arguments: Any) -> Any:
        """Make the group and return it."""
        group = self._group if group_id is None else {**self._group, "group_id": group_id}
        return _factory(group)(**{**self._partial, **arguments})

    def override(self, **group: Any) -> CrawlImportVerify:
        """Return one whose groups get these arguments of Airflow's ``TaskGroup``."""
        return CrawlImportVerify(group={**self._group, **group}, partial=self._partial)

    def partial(self, *, group_id: str | None = None, **arguments: Any) -> CrawlImportVerify:
        """Return one with some arguments given, for :meth:`expand`."""
        group = self._group if group_id is None else {**self._group, "group_id": group_id}
        return CrawlImportVerify(group=group, partial={**self._partial, **arguments})

    def expand(self, **mapped: Any) -> Any:
        """Make a group that runs once per item of the given lists, or of what tasks return."""
        return self._mappable().expand(**mapped)

    def expand_kwargs(self, kwargs: Any) -> Any:
        """Make a group that runs once per mapping of arguments in a list, or in what a task returns."""
        return self._mappable().expand_kwargs(kwargs)

    def _mappable(self) -> Any:
        """Return Airflow's own factory with the arguments that are given already."""
        made = _factory(self._group)
        return made.partial(**self._partial) if self._partial else made


def _factory(group: Mapping[str, Any]) -> Any:
    """Return Airflow's factory of task groups; importing it costs more than this module should."""
    from airflow.providers.common.compat.sdk import task_group

    return task_group(**group)(_chain)


crawl_import_verify = CrawlImportVerify()
"""The task group; see :class:`CrawlImportVerify`."""
