"""
What a crawl tells the world: CloudWatch log lines and EventBridge events, through moto's backends.

.. seealso:: Amazon EventBridge User Guide, "Events from AWS services: AWS Glue"; AWS Glue Developer Guide,
    "Automating AWS Glue with EventBridge".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from moto.logs.models import logs_backends

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services import event_bus
from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawl

__all__ = [
    "CrawlLog",
    "failed_detail",
    "send_invocation_failure",
    "send_state_change",
    "started_detail",
    "succeeded_detail",
]


class CrawlLog:
    """
    The log of one crawl: every line carries the crawl's id.

    :param crawl: The crawl, whose group and stream are used.
    """

    def __init__(self, account_id: str, region_name: str, crawl: Crawl) -> None:
        self._backend = logs_backends[account_id][region_name]
        self._crawl = crawl

    def write(self, level: str, *texts: str) -> None:
        """
        Write one line per text.

        :param level: BENCHMARK, INFO, WARN or ERROR.
        """
        group, stream = self._crawl.log_group, self._crawl.log_stream
        self._backend.ensure_log_group(group)
        self._backend.ensure_log_stream(group, stream)
        timestamp = int(RUNTIME.now().timestamp() * 1000)
        lines = [
            {"timestamp": timestamp, "message": f"[{self._crawl.crawl_id}] {level} : {text}"}
            for text in texts
        ]
        self._backend.put_log_events(group, stream, lines)


def send_state_change(account_id: str, region_name: str, detail: Mapping[str, str]) -> None:
    """Put one ``Glue Crawler State Change`` event on the default bus."""
    event_bus.send(
        account_id, region_name, source="aws.glue", detail_type="Glue Crawler State Change", detail=detail
    )


def send_invocation_failure(account_id: str, region_name: str, crawler_name: str, message: str) -> None:
    """Tell of a scheduled crawl that could not begin."""
    event_bus.send(
        account_id,
        region_name,
        source="aws.glue",
        detail_type="Glue Scheduled Crawler Invocation Failure",
        detail={"customerId": account_id, "crawlerName": crawler_name, "errorMessage": message},
    )


def started_detail(account_id: str, crawl: Crawl) -> dict[str, str]:
    """Return the detail of a started crawl; no event carries the crawl's id."""
    return {
        "accountId": account_id,
        "crawlerName": crawl.crawler_name,
        "startTime": _iso(crawl.started_at),
        "state": "Started",
        "message": "Crawler Started",
    }


def succeeded_detail(account_id: str, region_name: str, crawl: Crawl) -> dict[str, str]:
    """Return the detail of a crawl that ended well; every number is a text."""
    return {
        "tablesCreated": str(crawl.count("TABLE", "ADD")),
        "tablesUpdated": str(crawl.count("TABLE", "UPDATE")),
        "tablesDeleted": str(crawl.count("TABLE", "DELETE")),
        "partitionsCreated": str(crawl.count("PARTITION", "ADD")),
        "partitionsUpdated": str(crawl.count("PARTITION", "UPDATE")),
        "partitionsDeleted": str(crawl.count("PARTITION", "DELETE")),
        "warningMessage": "N/A",
        "message": "Crawler Succeeded",
        "accountId": account_id,
        "runningTime (sec)": str(int(crawl.seconds)),
        "crawlerName": crawl.crawler_name,
        "completionDate": _iso(crawl.ended_at or crawl.started_at),
        "state": "Succeeded",
        "cloudWatchLogLink": _log_link(region_name, crawl),
    }


def failed_detail(account_id: str, region_name: str, crawl: Crawl) -> dict[str, str]:
    """Return the detail of a crawl that failed."""
    return {
        "crawlerName": crawl.crawler_name,
        "errorMessage": crawl.error_message or "",
        "accountId": account_id,
        "cloudWatchLogLink": _log_link(region_name, crawl),
        "state": "Failed",
        "message": "Crawler Failed",
    }


def _log_link(region_name: str, crawl: Crawl) -> str:
    return (
        f"https://console.aws.amazon.com/cloudwatch/home?region={region_name}"
        f"#logEventViewer:group={crawl.log_group};stream={crawl.log_stream}"
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
