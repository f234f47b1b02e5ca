"""Every operation this package implements is called through boto3, and every answer is as the model says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from moto.core.utils import camelcase_to_underscores

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.glue.constraints import operation_names
from airflow_lineage_provider.local_aws.services.glue.responses import CrawlingGlueResponse
from tests.contract.shape_validation import watch
from tests.integration.databases.mongodb_stand_in import run_stand_in

ARN = "arn:aws:glue:us-east-1:123456789012:crawler/orders"
_TICK = threading.Event()
_KEYS = [{"Name": "day", "Type": "string"}]
_PARTED = {"DatabaseName": "shop", "TableName": "parted"}
_DAY = {"PartitionValues": ["1"]}
CLASSIFIERS: dict[str, dict[str, Any]] = {
    "GrokClassifier": {
        "Name": "log",
        "Classification": "log",
        "GrokPattern": "%{INT:n}",
        "CustomPatterns": "",
    },
    "XMLClassifier": {"Name": "rows", "Classification": "xml", "RowTag": "row"},
    "JsonClassifier": {"Name": "elements", "JsonPath": "$[*]"},
    "CsvClassifier": {"Name": "table", "Delimiter": ";", "Header": ["a", "b"], "CustomDatatypes": ["INT"]},
}
_STATISTICS = [
    {
        "ColumnName": "id",
        "ColumnType": "bigint",
        "AnalyzedTime": 1700000000,
        "StatisticsData": {"Type": "BOOLEAN"},
    }
]


def implemented_operations() -> set[str]:
    """Return the operations our response classes answer themselves."""
    ours = [kind for kind in CrawlingGlueResponse.__mro__ if kind.__module__.startswith("airflow_lineage")]
    own = {name for kind in ours for name in vars(kind)}
    return {name for name in operation_names() if camelcase_to_underscores(name) in own}


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        _TICK.wait(0.005)


def wait_until_ready(glue: Any) -> None:
    wait_until(lambda: glue.get_crawler(Name="orders")["Crawler"]["State"] == "READY")


def walk_crawlers(glue: Any, local_aws: LocalAws) -> None:
    glue.create_crawler(
        Name="orders",
        Role="glue-crawler-role",
        DatabaseName="shop",
        Targets={"S3Targets": [{"Path": "s3://lake/orders/"}]},
        Tags={"team": "sales"},
        Schedule="cron(15 12 * * ? *)",
        Configuration='{"Version":1.0}',
    )
    glue.get_tags(ResourceArn=ARN)
    glue.tag_resource(ResourceArn=ARN, TagsToAdd={"stage": "test"})
    glue.untag_resource(ResourceArn=ARN, TagsToRemove=["team"])
    glue.update_crawler(Name="orders", Description="all orders")
    glue.stop_crawler_schedule(CrawlerName="orders")
    glue.start_crawler_schedule(CrawlerName="orders")
    glue.update_crawler_schedule(CrawlerName="orders", Schedule="cron(0 1 * * ? *)")
    glue.start_crawler(Name="orders")
    wait_until_ready(glue)
    local_aws.settings(crawl_seconds=3600)
    glue.start_crawler(Name="orders")
    glue.stop_crawler(Name="orders")
    wait_until_ready(glue)
    assert len(glue.get_crawlers()["Crawlers"]) == 1
    assert glue.list_crawlers()["CrawlerNames"] == ["orders"]
    glue.batch_get_crawlers(CrawlerNames=["orders", "nobody"])
    glue.get_crawler_metrics(CrawlerNameList=["orders"])
    assert len(glue.list_crawls(CrawlerName="orders")["Crawls"]) == 2


def walk_classifiers(glue: Any) -> None:
    for kind, members in CLASSIFIERS.items():
        glue.create_classifier(**{kind: members})
        glue.update_classifier(**{kind: {"Name": members["Name"]}})
        glue.get_classifier(Name=members["Name"])
    assert len(glue.get_classifiers()["Classifiers"]) == len(CLASSIFIERS)
    glue.delete_classifier(Name="table")


def walk_tables(glue: Any) -> None:
    glue.get_databases()
    glue.get_database(Name="shop")
    glue.get_tables(DatabaseName="shop")
    glue.get_table(DatabaseName="shop", Name="orders")
    glue.create_table(DatabaseName="shop", TableInput={"Name": "parted", "PartitionKeys": _KEYS})
    for text in ("a", "b", "c"):
        table = {"Name": "parted", "PartitionKeys": _KEYS, "Description": text}
        glue.update_table(DatabaseName="shop", TableInput=table)
    glue.get_table_versions(**_PARTED)
    glue.get_table_version(**_PARTED, VersionId="0")
    glue.batch_delete_table_version(**_PARTED, VersionIds=["0", "9"])
    glue.search_tables(SearchText="parted")
    glue.import_catalog_to_glue()
    glue.get_catalog_import_status()


def walk_partitions(glue: Any) -> None:
    one, two = {"Values": ["1"]}, {"Values": ["2"]}
    glue.create_partition(**_PARTED, PartitionInput=one)
    glue.batch_create_partition(**_PARTED, PartitionInputList=[one, two])
    glue.get_partition(**_PARTED, **_DAY)
    assert len(glue.get_partitions(**_PARTED)["Partitions"]) == 2
    glue.batch_get_partition(**_PARTED, PartitionsToGet=[one])
    glue.update_partition(**_PARTED, PartitionValueList=["1"], PartitionInput=one)
    entries = [{"PartitionValueList": [value], "PartitionInput": one} for value in ("1", "9")]
    glue.batch_update_partition(**_PARTED, Entries=entries)
    index = {"Keys": ["day"], "IndexName": "by_day"}
    glue.create_partition_index(**_PARTED, PartitionIndex=index)
    glue.get_partition_indexes(**_PARTED)
    glue.delete_partition_index(**_PARTED, IndexName="by_day")


def walk_statistics(glue: Any) -> None:
    glue.update_column_statistics_for_table(**_PARTED, ColumnStatisticsList=_STATISTICS)
    glue.get_column_statistics_for_table(**_PARTED, ColumnNames=["id", "other"])
    glue.delete_column_statistics_for_table(**_PARTED, ColumnName="id")
    glue.update_column_statistics_for_partition(**_PARTED, **_DAY, ColumnStatisticsList=_STATISTICS)
    glue.get_column_statistics_for_partition(**_PARTED, **_DAY, ColumnNames=["id", "other"])
    glue.delete_column_statistics_for_partition(**_PARTED, **_DAY, ColumnName="id")


def walk_functions(glue: Any) -> None:
    function = {"FunctionName": "twice", "ClassName": "com.example.Twice", "OwnerType": "USER"}
    glue.create_user_defined_function(DatabaseName="shop", FunctionInput=function)
    named = {"DatabaseName": "shop", "FunctionName": "twice"}
    glue.update_user_defined_function(**named, FunctionInput=function)
    glue.get_user_defined_function(**named)
    glue.get_user_defined_functions(Pattern="*")
    glue.delete_user_defined_function(**named)


def walk_connections(glue: Any) -> None:
    with run_stand_in() as port:
        properties = {"CONNECTION_URL": f"mongodb://127.0.0.1:{port}/shop"}
        shop = {"Name": "shop", "ConnectionType": "MONGODB", "ConnectionProperties": properties}
        glue.create_connection(ConnectionInput=shop)
        glue.test_connection(ConnectionName="shop")
    glue.get_connection(Name="shop")
    assert len(glue.get_connections()["ConnectionList"]) == 1
    glue.update_connection(Name="shop", ConnectionInput=shop)
    glue.delete_connection(ConnectionName="shop")
    glue.batch_delete_connection(ConnectionNameList=["shop"])


def walk_to_the_end(glue: Any) -> None:
    glue.delete_partition(**_PARTED, **_DAY)
    glue.batch_delete_partition(**_PARTED, PartitionsToDelete=[{"Values": ["2"]}, {"Values": ["9"]}])
    glue.batch_delete_table(DatabaseName="shop", TablesToDelete=["parted", "nobody"])
    glue.delete_crawler(Name="orders")


@pytest.fixture
def succeeded(local_aws: LocalAws) -> set[str]:
    """Walk through the whole API once and return the operations that answered."""
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="orders/1.json", Body=b'{"OrderId":1,"total":7.5}')
    succeeded = watch(glue)
    walk_crawlers(glue, local_aws)
    walk_classifiers(glue)
    walk_tables(glue)
    walk_partitions(glue)
    walk_statistics(glue)
    walk_functions(glue)
    walk_connections(glue)
    walk_to_the_end(glue)
    return succeeded


def test_walk_covers_every_implemented_operation(succeeded: set[str]) -> None:
    assert implemented_operations() - succeeded == set()
