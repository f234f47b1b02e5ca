"""Arguments that the operator and the sensor for data-source runs share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from airflow_lineage_provider.hooks.crawl_records import parse_time

__all__ = ["ON_PARTIAL", "read_data_as_of"]

ON_PARTIAL = ("fail", "warn")
"""What may be done about tables or events that failed."""


def read_data_as_of(value: object) -> datetime:
    """
    Return the time that is meant: of a crawl, when it ended and its tables were there.

    :param value: A time, its ISO 8601 text, or what
        :class:`~airflow_lineage_provider.operators.glue_crawl.GlueCrawlOperator` returned.
    :raises InvalidArgumentError: If it is none of that.
    """
    return parse_time(value.get("ended_at") if isinstance(value, Mapping) else value, argument="data_as_of")
