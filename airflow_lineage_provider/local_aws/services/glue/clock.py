"""The time as the Glue API shows it: whole milliseconds, so that later never reads as earlier."""

from __future__ import annotations

from datetime import datetime

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["now"]


def now() -> datetime:
    """
    Return the current time, aware, in UTC, cut to milliseconds.

    Crawls and tables are stamped with it. Cutting keeps the order, so a table that a crawl wrote always lies
    between the crawl's start and end. Whole seconds, as some dumps of AWS show them, would make it impossible
    to tell whether a crawl of two seconds saw data written just before it.
    """
    moment = RUNTIME.now()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
