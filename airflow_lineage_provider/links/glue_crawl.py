"""Buttons from a task to its crawler and to the log of its crawl in the AWS console."""

from __future__ import annotations

from urllib.parse import quote

from airflow_lineage_provider.links.base import PushedLink

__all__ = ["GlueCrawlLogLink", "GlueCrawlerLink", "console_url", "crawl_log_url", "crawler_url"]

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def console_url(service: str, fragment: str, *, region: str, partition: str) -> str:
    """
    Return the address of a page of the AWS console; empty in a partition whose console is not public.

    :param service: Path of the service's console, such as ``glue``.
    :param fragment: What follows the ``#``, encoded as that console wants it.
    :param region: AWS region.
    :param partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
    """
    console = _CONSOLES.get(partition)
    if console is None:
        return ""
    return f"https://{region}.{console}/{service}/home?region={region}#{fragment}"


def crawler_url(crawler_name: str, *, region: str, partition: str) -> str:
    """Return the address of a crawler, with its history of crawls."""
    name = quote(crawler_name, safe="")
    return console_url("glue", f"/v2/data-catalog/crawlers/view/{name}", region=region, partition=partition)


def _twice(text: str) -> str:
    """Encode a text as the CloudWatch console does in its fragment: percent-encoded twice, with ``$``."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")


def crawl_log_url(log_group: str, log_stream: str, crawl_id: str, *, region: str, partition: str) -> str:
    """Return the address of the log of one crawl: the crawler's stream, filtered by the crawl's id."""
    wanted = _twice(f'"{crawl_id}"')
    fragment = (
        f"logsV2:log-groups/log-group/{_twice(log_group)}/log-events/{_twice(log_stream)}"
        f"$3FfilterPattern$3D{wanted}"
    )
    return console_url("cloudwatch", fragment, region=region, partition=partition)


class GlueCrawlerLink(PushedLink):
    """The crawler in the Glue console."""

    name = "Crawler in AWS Glue"
    key = "glue_crawler"


class GlueCrawlLogLink(PushedLink):
    """The log of the crawl in the CloudWatch console."""

    name = "Crawl log in CloudWatch"
    key = "glue_crawl_log"
