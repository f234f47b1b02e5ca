"""Crawls with custom classifiers, through boto3, up to the table an engine would read."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws

_TICK = threading.Event()
_LOG = "2018-07-12T10:00:00 [1-2-3-4-5] INFO : done\n2018-07-12T10:00:01 [1-2-3-4-5] WARN : 7 left\n"
_LOG_CLASSIFIER = {
    "Name": "crawler-log",
    "Classification": "crawler-log",
    "GrokPattern": r"%{TIMESTAMP_ISO8601:at} \[%{PREFIX:prefix}\] %{LEVEL:level} : %{GREEDYDATA:message}",
    "CustomPatterns": "LEVEL (BENCHMARK|ERROR|WARN|INFO|TRACE)\nPREFIX .*-.*-.*-.*-.*",
}


class Lake:
    """A bucket ``lake`` and the database ``lab`` that crawls of ``s3://lake/data/`` write to."""

    def __init__(self, local_aws: LocalAws) -> None:
        self.glue: Any = local_aws.client("glue")
        self._s3 = local_aws.client("s3")
        self._s3.create_bucket(Bucket="lake")

    def put(self, name: str, content: str) -> None:
        self._s3.put_object(Bucket="lake", Key=f"data/{name}", Body=content.encode())

    def make_crawler(self, *classifiers: str) -> None:
        self.glue.create_crawler(
            Name="crawler",
            Role="glue-crawler-role",
            DatabaseName="lab",
            Targets={"S3Targets": [{"Path": "s3://lake/data/"}]},
            Classifiers=list(classifiers),
        )

    def crawl(self) -> dict[str, Any]:
        """Run one crawl to its end and return its record."""
        self.glue.start_crawler(Name="crawler")
        deadline = time.monotonic() + 20
        while self.glue.get_crawler(Name="crawler")["Crawler"]["State"] != "READY":
            assert time.monotonic() < deadline, "waited in vain"
            _TICK.wait(0.005)
        record: dict[str, Any] = self.glue.list_crawls(CrawlerName="crawler")["Crawls"][0]
        return record

    def table(self) -> dict[str, Any]:
        table: dict[str, Any] = self.glue.get_table(DatabaseName="lab", Name="data")["Table"]
        return table

    def columns(self) -> list[tuple[str, str]]:
        columns = self.table()["StorageDescriptor"]["Columns"]
        return [(column["Name"], column["Type"]) for column in columns]


@pytest.fixture
def lake(local_aws: LocalAws) -> Lake:
    return Lake(local_aws)


class TestCrawling:
    def test_with_a_grok_classifier_makes_a_table_its_serde_can_read(self, lake: Lake) -> None:
        lake.put("crawler.log", _LOG)
        lake.glue.create_classifier(GrokClassifier=_LOG_CLASSIFIER)
        lake.make_crawler("crawler-log")

        lake.crawl()

        serde = lake.table()["StorageDescriptor"]["SerdeInfo"]
        assert lake.columns() == [(name, "string") for name in ("at", "prefix", "level", "message")]
        assert lake.table()["Parameters"]["classification"] == "crawler-log"
        assert serde["SerializationLibrary"] == "com.amazonaws.glue.serde.GrokSerDe"
        assert serde["Parameters"] == {
            "input.format": _LOG_CLASSIFIER["GrokPattern"],
            "input.grokCustomPatterns": _LOG_CLASSIFIER["CustomPatterns"],
        }

    def test_with_a_json_classifier_makes_a_row_of_every_element(self, lake: Lake) -> None:
        lake.put("areas.json", '[{"type":"a","id":1},{"type":"b","id":2}]')
        lake.glue.create_classifier(JsonClassifier={"Name": "elements", "JsonPath": "$[*]"})
        lake.make_crawler("elements")

        lake.crawl()

        assert lake.columns() == [("type", "string"), ("id", "int")]
        assert lake.table()["Parameters"]["jsonPath"] == "$[*]"

    def test_with_an_xml_classifier_reads_its_rows(self, lake: Lake) -> None:
        lake.put("books.xml", '<catalog><book id="1"><title>Guide</title></book></catalog>')
        classifier = {"Name": "books", "Classification": "xml", "RowTag": "book"}
        lake.glue.create_classifier(XMLClassifier=classifier)
        lake.make_crawler("books")

        lake.crawl()

        assert lake.columns() == [("_id", "int"), ("title", "string")]
        assert lake.table()["Parameters"]["rowTag"] == "book"

    def test_with_a_csv_classifier_takes_its_names_and_types(self, lake: Lake) -> None:
        lake.put("numbers.txt", "1~2024-01-01\n2~2024-01-02\n")
        classifier = {
            "Name": "tilde",
            "Delimiter": "~",
            "ContainsHeader": "ABSENT",
            "Header": ["id", "day"],
            "CustomDatatypeConfigured": True,
            "CustomDatatypes": ["INT", "DATE"],
            "Serde": "OpenCSVSerDe",
        }
        lake.glue.create_classifier(CsvClassifier=classifier)
        lake.make_crawler("tilde")

        lake.crawl()

        assert lake.columns() == [("id", "int"), ("day", "date")]
        assert lake.table()["Parameters"]["customSerde"] == "OpenCSVSerDe"

    def test_does_not_force_types_that_are_not_configured(self, lake: Lake) -> None:
        lake.put("f.csv", "a,b\n1,2\n")
        lake.glue.create_classifier(CsvClassifier={"Name": "typed", "CustomDatatypes": ["INT", "INT"]})
        lake.make_crawler("typed")

        lake.crawl()

        assert lake.columns() == [("a", "bigint"), ("b", "bigint")]

    def test_asks_the_classifiers_in_the_crawlers_order(self, lake: Lake) -> None:
        lake.put("f.txt", "1,2\n3,4\n")
        for name in ("second", "first"):
            grok = {"Name": name, "Classification": name, "GrokPattern": f"^%{{GREEDYDATA:{name}}}$"}
            lake.glue.create_classifier(GrokClassifier=grok)
        lake.make_crawler("first", "second")

        lake.crawl()

        assert lake.columns() == [("first", "string")]

    def test_asks_the_built_in_classifiers_where_no_custom_one_is_sure(self, lake: Lake) -> None:
        lake.put("f.json", '{"a":1}')
        lake.glue.create_classifier(GrokClassifier=_LOG_CLASSIFIER)
        lake.make_crawler("crawler-log")

        lake.crawl()

        assert lake.columns() == [("a", "int")]

    def test_uses_the_classifier_as_it_is_when_the_crawl_starts(self, lake: Lake) -> None:
        lake.put("areas.json", '{"a":{"b":1},"c":{"d":"x"}}')
        lake.glue.create_classifier(JsonClassifier={"Name": "path", "JsonPath": "$.a"})
        lake.make_crawler("path")
        lake.crawl()

        lake.glue.update_classifier(JsonClassifier={"Name": "path", "JsonPath": "$.c"})
        lake.crawl()

        assert lake.columns() == [("d", "string")]
        assert lake.table()["VersionId"] == "1"

    def test_fails_when_a_classifier_has_been_deleted(self, lake: Lake) -> None:
        lake.put("f.json", '{"a":1}')
        lake.glue.create_classifier(JsonClassifier={"Name": "gone", "JsonPath": "$"})
        lake.make_crawler("gone")
        lake.glue.delete_classifier(Name="gone")

        crawl = lake.crawl()

        assert crawl["State"] == "FAILED"
        assert crawl["ErrorMessage"].startswith("Classifier gone does not exist.")

    def test_is_refused_for_a_crawler_with_an_unknown_classifier(self, lake: Lake) -> None:
        with pytest.raises(ClientError) as raised:
            lake.make_crawler("nobody")

        error = raised.value.response["Error"]
        assert error["Code"] == "InvalidInputException"
        assert error["Message"] == "Classifier with name nobody does not exist"


class TestChoiceTypes:
    @pytest.mark.parametrize(
        "choice_types, columns",
        [
            pytest.param(
                True,
                [("a", "struct<double:double,int:int>"), ("b", "array<struct<int:int,string:string>>")],
                id="Glue's choice structs",
            ),
            pytest.param(False, [("a", "double"), ("b", "array<string>")], id="types Athena reads"),
        ],
    )
    def test_are_structs_unless_the_setting_says_otherwise(
        self, lake: Lake, local_aws: LocalAws, choice_types: bool, columns: list[tuple[str, str]]
    ) -> None:
        local_aws.settings(choice_types=choice_types)
        lake.put("f.json", '{"a":1,"b":[1,"x"]}\n{"a":1.5,"b":[]}\n')
        lake.make_crawler()

        lake.crawl()

        assert lake.columns() == columns
