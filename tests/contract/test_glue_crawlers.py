"""Every crawler operation through boto3, each answer compared with botocore's model of Glue."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.shape_validation import watch

ARN = "arn:aws:glue:us-east-1:123456789012:crawler/orders"
DAILY = "cron(15 12 * * ? *)"
TARGETS = {"S3Targets": [{"Path": "s3://lake/orders/"}]}
_TICK = threading.Event()


@pytest.fixture
def glue(local_aws: LocalAws) -> Any:
    """A Glue client whose answers are checked, and a bucket ``lake`` with one JSON object."""
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="orders/1.json", Body=b'{"OrderId":1,"total":7.5}')
    client = local_aws.client("glue")
    watch(client)
    return client


def make_crawler(glue: Any, name: str = "orders", **members: Any) -> None:
    glue.create_crawler(
        **{"Name": name, "Role": "glue-crawler-role", "DatabaseName": "shop", "Targets": TARGETS} | members
    )


def crawl(glue: Any, name: str = "orders") -> dict[str, Any]:
    """Run a crawl to READY and return its record."""
    glue.start_crawler(Name=name)
    wait_until(lambda: glue.get_crawler(Name=name)["Crawler"]["State"] == "READY")
    newest: dict[str, Any] = glue.list_crawls(CrawlerName=name)["Crawls"][0]
    return newest


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        _TICK.wait(0.005)


def code_of(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


class TestGetCrawler:
    def test_gives_the_defaults_and_the_last_crawl(self, glue: Any) -> None:
        make_crawler(glue)
        record = crawl(glue)

        crawler = glue.get_crawler(Name="orders")["Crawler"]

        assert crawler["Targets"]["S3Targets"] == [{"Path": "s3://lake/orders/", "Exclusions": []}]
        assert crawler["Targets"]["HudiTargets"] == []
        assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
        assert crawler["LastCrawl"] == {
            "Status": "SUCCEEDED",
            "LogGroup": "/aws-glue/crawlers",
            "LogStream": "orders",
            "MessagePrefix": record["CrawlId"],
            "StartTime": record["StartTime"],
        }


class TestTables:
    def test_carry_the_crawl_and_lie_within_it(self, glue: Any) -> None:
        make_crawler(glue)

        record = crawl(glue)

        table = glue.get_table(DatabaseName="shop", Name="orders")["Table"]
        assert table["Parameters"]["CRAWL_RUN_ID"] == record["CrawlId"]
        assert record["StartTime"] <= table["CreateTime"] <= table["UpdateTime"] <= record["EndTime"]
        assert table["StorageDescriptor"]["Columns"] == [
            {"Name": "orderid", "Type": "int"},
            {"Name": "total", "Type": "double"},
        ]
        assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"paths": "OrderId,total"}

    def test_of_dynamodb_evolve(self, glue: Any, local_aws: LocalAws) -> None:
        dynamodb = local_aws.client("dynamodb")
        dynamodb.create_table(
            TableName="OrderTransactionTable",
            KeySchema=[{"AttributeName": "user_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "user_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.put_item(
            TableName="OrderTransactionTable", Item={"user_id": {"S": "u"}, "order_total": {"N": "79.99"}}
        )
        make_crawler(glue, Targets={"DynamoDBTargets": [{"Path": "OrderTransactionTable"}]})
        crawl(glue)
        dynamodb.put_item(
            TableName="OrderTransactionTable",
            Item={"user_id": {"S": "u"}, "customerSegment": {"S": "gold"}, "order_total": {"N": "1"}},
        )

        record = crawl(glue)

        table = glue.get_table(DatabaseName="shop", Name="ordertransactiontable")["Table"]
        names = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
        assert (table["VersionId"], names) == ("1", ["user_id", "customersegment", "order_total"])
        assert table["StorageDescriptor"]["SerdeInfo"] == {}
        updated = json.loads(json.loads(record["Summary"])["TABLE"]["UPDATE"])
        assert updated == {"Details": {"names": ["ordertransactiontable"]}}


class TestListCrawls:
    def test_gives_the_newest_first_in_pages(self, glue: Any) -> None:
        make_crawler(glue)
        started = [crawl(glue)["CrawlId"] for _ in range(5)]

        first = glue.list_crawls(CrawlerName="orders", MaxResults=3)
        second = glue.list_crawls(CrawlerName="orders", MaxResults=3, NextToken=first["NextToken"])

        listed = [record["CrawlId"] for record in first["Crawls"] + second["Crawls"]]
        assert listed == started[::-1]
        assert "NextToken" not in second

    def test_gives_twenty_by_default(self, glue: Any) -> None:
        make_crawler(glue)
        for _ in range(21):
            crawl(glue)

        assert len(glue.list_crawls(CrawlerName="orders")["Crawls"]) == 20

    def test_filters_by_id_and_by_time_in_milliseconds(self, glue: Any) -> None:
        make_crawler(glue)
        records = [crawl(glue) for _ in range(2)]
        second = records[1]
        since = str(round(second["StartTime"].timestamp() * 1000))

        by_id = glue.list_crawls(CrawlerName="orders", Filters=[equals("CRAWL_ID", second["CrawlId"])])
        by_time = glue.list_crawls(
            CrawlerName="orders",
            Filters=[{"FieldName": "START_TIME", "FilterOperator": "GE", "FieldValue": since}],
        )

        assert [record["CrawlId"] for record in by_id["Crawls"]] == [second["CrawlId"]]
        assert second["CrawlId"] in [record["CrawlId"] for record in by_time["Crawls"]]

    def test_refuses_an_order_of_states(self, glue: Any) -> None:
        make_crawler(glue)
        wrong = {"FieldName": "STATE", "FilterOperator": "GT", "FieldValue": "RUNNING"}

        assert code_of(lambda: glue.list_crawls(CrawlerName="orders", Filters=[wrong]))[0] == (
            "InvalidInputException"
        )


def equals(name: str, value: str) -> dict[str, str]:
    return {"FieldName": name, "FilterOperator": "EQ", "FieldValue": value}


class TestLists:
    def test_of_crawlers_come_in_pages(self, glue: Any) -> None:
        for number in range(3):
            make_crawler(glue, f"crawler-{number}")

        pages = list(glue.get_paginator("get_crawlers").paginate(PaginationConfig={"PageSize": 2}))

        assert [[crawler["Name"] for crawler in page["Crawlers"]] for page in pages] == [
            ["crawler-0", "crawler-1"],
            ["crawler-2"],
        ]

    def test_of_metrics_come_in_pages_without_the_unknown(self, glue: Any) -> None:
        for number in range(3):
            make_crawler(glue, f"crawler-{number}")
        names = ["crawler-0", "crawler-2", "nobody"]

        paginator = glue.get_paginator("get_crawler_metrics")
        pages = list(paginator.paginate(CrawlerNameList=names, PaginationConfig={"PageSize": 1}))

        listed = [metrics["CrawlerName"] for page in pages for metrics in page["CrawlerMetricsList"]]
        assert listed == ["crawler-0", "crawler-2"]

    def test_of_names_can_be_limited_by_tags(self, glue: Any) -> None:
        make_crawler(glue, "a", Tags={"team": "sales", "stage": "test"})
        make_crawler(glue, "b", Tags={"team": "sales"})

        names = glue.list_crawlers(Tags={"team": "sales", "stage": "test"})["CrawlerNames"]

        assert names == ["a"]

    def test_of_named_crawlers_say_who_is_missing(self, glue: Any) -> None:
        make_crawler(glue)

        answer = glue.batch_get_crawlers(CrawlerNames=["orders", "nobody"])

        assert [crawler["Name"] for crawler in answer["Crawlers"]] == ["orders"]
        assert answer["CrawlersNotFound"] == ["nobody"]


class TestErrors:
    @pytest.mark.parametrize(
        "operation, arguments, text",
        [
            ("start_crawler", {"Name": "x"}, "Crawler with name x does not exist"),
            ("stop_crawler", {"Name": "x"}, "Crawler with name x does not exist"),
            ("update_crawler", {"Name": "x"}, "Crawler with name x does not exist"),
            ("delete_crawler", {"Name": "x"}, "Crawler with name x does not exist"),
            ("start_crawler_schedule", {"CrawlerName": "x"}, "Crawler with name x does not exist"),
            ("stop_crawler_schedule", {"CrawlerName": "x"}, "Crawler with name x does not exist"),
            ("update_crawler_schedule", {"CrawlerName": "x"}, "Crawler with name x does not exist"),
            ("get_crawler", {"Name": "x"}, "Crawler entry with name x does not exist"),
            ("list_crawls", {"CrawlerName": "x"}, "Crawler entry with name x does not exist"),
            ("get_tags", {"ResourceArn": ARN}, "Crawler with name orders does not exist"),
        ],
    )
    def test_of_an_unknown_crawler(
        self, glue: Any, operation: str, arguments: dict[str, str], text: str
    ) -> None:
        assert code_of(lambda: getattr(glue, operation)(**arguments)) == ("EntityNotFoundException", text)

    def test_of_states_are_modelled_exceptions(self, glue: Any, local_aws: LocalAws) -> None:
        make_crawler(glue)
        with pytest.raises(glue.exceptions.CrawlerNotRunningException):
            glue.stop_crawler(Name="orders")
        local_aws.settings(crawl_seconds=3600, stopping_seconds=3600)
        glue.start_crawler(Name="orders")
        with pytest.raises(glue.exceptions.CrawlerRunningException):
            glue.start_crawler(Name="orders")
        glue.stop_crawler(Name="orders")

        with pytest.raises(glue.exceptions.CrawlerStoppingException):
            glue.stop_crawler(Name="orders")

    def test_of_too_many_names(self, glue: Any) -> None:
        names = [f"crawler-{number}" for number in range(101)]

        code, text = code_of(lambda: glue.batch_get_crawlers(CrawlerNames=names))

        assert code == "InvalidInputException"
        assert "100" in text

    def test_of_the_model_itself(self, glue: Any) -> None:
        make_crawler(glue)
        wrong = {"FieldName": "NAME", "FilterOperator": "EQ", "FieldValue": "x"}

        code, text = code_of(lambda: glue.list_crawls(CrawlerName="orders", Filters=[wrong]))

        assert code == "ValidationException"
        assert text.startswith("1 validation error detected: Value 'NAME' at 'filters.1.member.fieldName'")

    def test_of_a_token_of_another_list(self, glue: Any) -> None:
        make_crawler(glue, "a")
        make_crawler(glue, "b")
        token = glue.list_crawlers(MaxResults=1)["NextToken"]

        assert code_of(lambda: glue.list_crawls(CrawlerName="a", NextToken=token))[0] == (
            "InvalidInputException"
        )


class TestNotImplemented:
    def test_operations_answer_at_once_and_are_not_retried(self, local_aws: LocalAws) -> None:
        client = local_aws.client("glue", config=None)

        code, text = code_of(lambda: client.get_column_statistics_task_runs(DatabaseName="d", TableName="t"))

        assert code == "NotImplementedException"
        assert text == "glue:GetColumnStatisticsTaskRuns is not implemented by the local AWS stack."
        assert local_aws.calls()["glue"]["GetColumnStatisticsTaskRuns"] == 1


class TestEvents:
    def test_reach_a_queue(self, glue: Any, local_aws: LocalAws) -> None:
        sqs, events = local_aws.client("sqs"), local_aws.client("events")
        queue = sqs.create_queue(QueueName="crawls")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["aws.glue"], "detail": {"state": ["Succeeded"], "crawlerName": ["orders"]}}
        events.put_rule(Name="done", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="done", Targets=[{"Id": "queue", "Arn": arn}])
        make_crawler(glue)

        crawl(glue)

        (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        event = json.loads(message["Body"])
        assert (event["detail-type"], event["region"]) == ("Glue Crawler State Change", "us-east-1")
        assert event["detail"]["message"] == "Crawler Succeeded"


class TestLogs:
    def test_are_found_under_group_stream_and_prefix_of_the_crawl(
        self, glue: Any, local_aws: LocalAws
    ) -> None:
        make_crawler(glue)
        record = crawl(glue)

        events = local_aws.client("logs").get_log_events(
            logGroupName=record["LogGroup"], logStreamName=record["LogStream"], startFromHead=True
        )["events"]

        assert all(event["message"].startswith(f"[{record['MessagePrefix']}] ") for event in events)
        assert events[-1]["message"].endswith("is in state READY")


class TestRegions:
    def test_have_crawlers_of_their_own(self, glue: Any, local_aws: LocalAws) -> None:
        make_crawler(glue)

        elsewhere = local_aws.client("glue", region_name="eu-west-1")

        assert elsewhere.list_crawlers()["CrawlerNames"] == []
