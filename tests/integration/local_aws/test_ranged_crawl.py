"""The crawl engine reads real S3's API as well as the local stack's memory."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.errors import SourceMissingError
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3
from airflow_lineage_provider.local_aws.services.glue.sources import S3Objects
from airflow_lineage_provider.local_aws.stack import LocalAws
from tests.integration.local_aws.ranged_objects import RangedObjects

TARGET = S3Target("s3://lake/")


def parquet(rows: int) -> bytes:
    file = io.BytesIO()
    pq.write_table(
        pa.table({"id": range(rows), "payload": [f"{row:0100d}" for row in range(rows)]}),
        file,
        compression="none",
        use_dictionary=False,
    )
    return file.getvalue()


def crawl(reader: ObjectReader) -> tuple[FoundTable, ...]:
    return crawl_s3(reader, TARGET, CrawlerConfiguration()).tables


class TestRangedCrawl:
    def test_finds_what_the_local_stack_finds(self, local_aws: LocalAws) -> None:
        s3 = local_aws.client("s3")
        s3.create_bucket(Bucket="lake")
        for day in range(12):
            body = json.dumps({"id": day, "tags": ["a"]})
            s3.put_object(Bucket="lake", Key=f"events/day={day:02d}/f", Body=body)
        s3.put_object(Bucket="lake", Key="orders/year=2024/f", Body=parquet(10))
        s3.put_object(Bucket="lake", Key="orders/year=2025/f", Body=parquet(20_000))

        tables = crawl(RangedObjects(s3))

        assert tables == crawl(S3Objects(local_aws.account_id, local_aws.region_name))
        assert [(table.location, len(table.partitions), table.statistics.records) for table in tables] == [
            ("s3://lake/events/", 12, 12),
            ("s3://lake/orders/", 2, 20_010),
        ]

    def test_gets_a_few_ranges_of_a_large_object(self, local_aws: LocalAws) -> None:
        s3 = local_aws.client("s3")
        s3.create_bucket(Bucket="lake")
        body = parquet(50_000)
        s3.put_object(Bucket="lake", Key="orders/f", Body=body)
        ranges: list[int] = []
        s3.meta.events.register(
            "after-call.s3.GetObject", lambda parsed, **_: ranges.append(parsed["ContentLength"])
        )

        (table,) = crawl(RangedObjects(s3))

        assert table.statistics.records == 50_000
        assert len(ranges) <= 4
        assert sum(ranges) < len(body) / 10

    def test_says_what_is_missing(self, local_aws: LocalAws) -> None:
        s3 = local_aws.client("s3")
        reader = RangedObjects(s3)

        with pytest.raises(SourceMissingError, match=r"S3 bucket lake does not exist\."):
            crawl(reader)

        s3.create_bucket(Bucket="lake")
        with pytest.raises(SourceMissingError, match="s3://lake/f vanished"):
            reader.open(StoredObject("lake", "f", 3)).read()
