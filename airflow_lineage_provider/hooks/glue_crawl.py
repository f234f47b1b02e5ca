"""Glue crawlers and their crawls: the calls of the crawl protocol, and nothing that changes a crawler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow_lineage_provider.exceptions import AwsCallError, ResourceNotFoundError
from airflow_lineage_provider.hooks.base import LineageAwsHook
from airflow_lineage_provider.hooks.crawl_records import (
    CRAWLER_READY,
    CRAWLER_STOPPING,
    Crawl,
    Crawler,
    Sighting,
    UsualTime,
    sort_newest_first,
)

__all__ = ["MOST_CRAWLERS_PER_CALL", "GlueCrawlHook"]

MOST_CRAWLERS_PER_CALL = 100
"""How many names ``BatchGetCrawlers`` takes (``CrawlerNameList``)."""

_FIRST_PAGE = 10
_NEXT_PAGE = 100
_MOST_PAGES = 100
_VERSIONS = 20
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class GlueCrawlHook(LineageAwsHook):
    """
    Read crawlers and their history, start and stop crawls.

    .. seealso::
        `Crawlers and classifiers API <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler.html>`__

    :param aws_conn_id: Airflow connection; ``None`` leaves the credentials to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param config: Options of the botocore client.
    """

    service = "glue"

    def get_crawler(self, crawler_name: str) -> tuple[Crawler, datetime]:
        """
        Return a crawler and the service's own time (``GetCrawler``).

        :raises ResourceNotFoundError: If there is no such crawler.
        """
        reply = self.call("get_crawler", subject=_named(crawler_name), Name=crawler_name)
        return Crawler.from_definition(reply["Crawler"]), self.service_time(reply)

    def batch_get_crawlers(self, crawler_names: Sequence[str]) -> dict[str, Crawler]:
        """Return up to 100 crawlers by name; unknown ones are left out (``BatchGetCrawlers``)."""
        subject = _named(crawler_names[0]) if len(crawler_names) == 1 else f"{len(crawler_names)} crawlers"
        reply = self.call("batch_get_crawlers", subject=subject, CrawlerNames=list(crawler_names))
        return {row["Name"]: Crawler.from_definition(row) for row in reply["Crawlers"]}

    def usual_times(self, crawler_names: Sequence[str]) -> dict[str, UsualTime]:
        """
        Return how long the crawls of up to 100 crawlers take (``GetCrawlerMetrics``); some may be left out.

        :raises PermissionDeniedError: If ``glue:GetCrawlerMetrics`` is not allowed; nothing depends on it.
        """
        found: dict[str, UsualTime] = {}
        request: dict[str, Any] = {"CrawlerNameList": list(crawler_names)}
        for _ in range(_MOST_PAGES):
            reply = self.call("get_crawler_metrics", subject=f"{len(crawler_names)} crawlers", **request)
            rows = reply.get("CrawlerMetricsList", ())
            found |= {row["CrawlerName"]: UsualTime.from_metrics(row) for row in rows}
            if not reply.get("NextToken"):
                break
            request["NextToken"] = reply["NextToken"]
        return found

    def list_crawls(self, crawler_name: str, *, filters: Sequence[Mapping[str, str]] = ()) -> Iterator[Crawl]:
        """
        Yield the crawls of a crawler, the newest first, asking for pages as they are needed (``ListCrawls``).

        :param filters: ``CrawlsFilter`` of the API.
        :raises ResourceNotFoundError: If there is no such crawler.
        """
        request: dict[str, Any] = {"CrawlerName": crawler_name, "MaxResults": _FIRST_PAGE}
        if filters:
            request["Filters"] = [dict(row) for row in filters]
        while True:
            reply = self.call("list_crawls", subject=_named(crawler_name), **request)
            yield from sort_newest_first(Crawl.from_history(row) for row in reply.get("Crawls", ()))
            if not reply.get("NextToken"):
                return
            request |= {"NextToken": reply["NextToken"], "MaxResults": _NEXT_PAGE}

    def recent_crawls(self, crawler_name: str, *, until: Callable[[Crawl], bool]) -> tuple[Crawl, ...]:
        """
        Return the newest crawls, up to and with the first for which ``until`` is true.

        :raises ResourceNotFoundError: If there is no such crawler.
        """
        found = []
        for crawl in self.list_crawls(crawler_name):
            found.append(crawl)
            if until(crawl):
                break
        return tuple(found)

    def find_crawl(self, crawler_name: str, crawl_id: str) -> Crawl | None:
        """
        Return one crawl by its id; ``None`` if the history does not show it.

        :raises ResourceNotFoundError: If there is no such crawler.
        """
        by_id = {"FieldName": "CRAWL_ID", "FilterOperator": "EQ", "FieldValue": crawl_id}
        for crawl in self.list_crawls(crawler_name, filters=[by_id]):
            if crawl.crawl_id == crawl_id:
                return crawl
        return None

    def sight(self, crawler_name: str, crawl_id: str, *, crawler_state: str | None = None) -> Sighting:
        """
        Look at one crawl: its row of the history, and as much of the crawler as the verdict needs.

        :param crawler_state: State of the crawler where it is known already; it is asked for otherwise, once
            the crawl has ended.
        """
        try:
            crawl = self.find_crawl(crawler_name, crawl_id)
            if crawl is None or not crawl.has_ended:
                return Sighting(crawler_state or "RUNNING", crawl)
            state = crawler_state or self.get_crawler(crawler_name)[0].state
            if state == CRAWLER_READY:
                return Sighting(state, crawl)
            newest = self.recent_crawls(crawler_name, until=lambda _: True)
            return Sighting(state, crawl, newest_id=newest[0].crawl_id if newest else None)
        except ResourceNotFoundError:
            return Sighting(None)

    def start_crawler(self, crawler_name: str) -> datetime:
        """
        Start a crawl and return the service's own time of the reply, whole seconds (``StartCrawler``).

        :raises AwsCallError: With the code ``CrawlerRunningException`` if one is running or ending.
        """
        return self.service_time(self.call("start_crawler", subject=_named(crawler_name), Name=crawler_name))

    def can_be_stopped(self, crawler_name: str, crawl_id: str) -> bool:
        """
        Tell whether a crawl is the one that is running, and is not being stopped already.

        The history says RUNNING of a crawl that is being stopped; the crawler says STOPPING.
        """
        crawl = self.find_crawl(crawler_name, crawl_id)
        if crawl is None or crawl.has_ended:
            return False
        return self.get_crawler(crawler_name)[0].state != CRAWLER_STOPPING

    def stop_crawler(self, crawler_name: str) -> bool:
        """
        Stop whatever crawl is running (``StopCrawler``); ask :meth:`can_be_stopped` right before.

        :returns: Whether there was something to stop.
        """
        try:
            self.call("stop_crawler", subject=_named(crawler_name), Name=crawler_name)
        except AwsCallError as error:
            if error.code in {"CrawlerNotRunningException", "CrawlerStoppingException"}:
                return False
            raise
        return True

    def get_table(self, database: str, table: str) -> dict[str, Any]:
        """
        Return a table of the Data Catalog (``GetTable``).

        :raises ResourceNotFoundError: If there is no such table.
        """
        subject = f"table {database}.{table}"
        found: dict[str, Any] = self.call("get_table", subject=subject, DatabaseName=database, Name=table)[
            "Table"
        ]
        return found

    def find_table_version(self, database: str, table: str, *, before: datetime) -> dict[str, Any] | None:
        """
        Return the table as it was at a time (``GetTableVersions``); ``None`` if no version is as old.

        :param before: The newest version that was written before this time is returned.
        :raises ResourceNotFoundError: If there is no such table.
        """
        request: dict[str, Any] = {"DatabaseName": database, "TableName": table, "MaxResults": _VERSIONS}
        while True:
            reply = self.call("get_table_versions", subject=f"table {database}.{table}", **request)
            tables: list[dict[str, Any]] = [row["Table"] for row in reply.get("TableVersions", ())]
            old = [found for found in tables if _written_at(found) < before]
            if old:
                return max(old, key=_written_at)
            if not reply.get("NextToken"):
                return None
            request["NextToken"] = reply["NextToken"]

    def get_glue_connection(self, name: str) -> dict[str, Any]:
        """
        Return a Glue connection without its password (``GetConnection``).

        :raises ResourceNotFoundError: If there is no such connection.
        """
        found: dict[str, Any] = self.call(
            "get_connection", subject=f"connection {name!r}", Name=name, HidePassword=True
        )["Connection"]
        return found


def _named(crawler_name: str) -> str:
    """Say which crawler a call is about."""
    return f"crawler {crawler_name!r}"


def _written_at(table: dict[str, Any]) -> datetime:
    """Return when a version of a table was written."""
    written: datetime = table.get("UpdateTime") or table.get("CreateTime") or _LONG_AGO
    return written
