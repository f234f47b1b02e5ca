"""Clients of the shared poller: they know less than boto3's own, and nothing else differs."""

from __future__ import annotations

import gzip
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel, Shape
from botocore.parsers import create_parser

from airflow_lineage_provider.hooks.crawl_records import Crawl, Crawler, UsualTime
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.hooks.lean_client import EXCERPTS, PlainFileLoader
from airflow_lineage_provider.triggers.poller import CONCURRENT_CALLS

POLLED = {"BatchGetCrawlers", "GetCrawler", "GetCrawlerMetrics", "ListCrawls"}
NOT_AS_MODELLED = {("LastCrawlInfo", "StartTime")}
"""Read as the number it is sent as: it is only compared, and a hundred dates take longer than the rest."""


def read_model(path: Path) -> dict[str, Any]:
    """Read a model as it is."""
    found: dict[str, Any] = json.loads(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    )
    return found


EXCERPT = read_model(EXCERPTS / "glue/2017-03-31/service-2.json")
WHOLE = read_model(Path(botocore.BOTOCORE_ROOT, "data/glue/2017-03-31/service-2.json.gz"))


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "some")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def polling_client(hook: GlueCrawlHook | DataZoneHook | None = None) -> Any:
    """Make a hook's client as a poller has it made."""
    hook = hook or GlueCrawlHook(aws_conn_id=None)
    hook.serve_poller()
    return hook.conn


class TestExcerptOfGlue:
    def test_is_about_the_same_service(self) -> None:
        assert EXCERPT["metadata"].items() <= WHOLE["metadata"].items()

    def test_has_the_operations_that_a_poller_calls_as_botocore_has_them(self) -> None:
        for name, operation in EXCERPT["operations"].items():
            assert operation.items() <= WHOLE["operations"][name].items()
        assert set(EXCERPT["operations"]) == POLLED

    @pytest.mark.parametrize("name", sorted(set(EXCERPT["shapes"]) - {"UnreadTime"}))
    def test_has_its_shapes_as_botocore_has_them(self, name: str) -> None:
        ours, theirs = EXCERPT["shapes"][name], WHOLE["shapes"][name]

        assert ours["type"] == theirs["type"]
        assert ours.get("member", {}).items() <= theirs.get("member", {}).items()
        for member, target in ours.get("members", {}).items():
            if (name, member) not in NOT_AS_MODELLED:
                assert target.items() <= theirs["members"][member].items()

    @pytest.mark.parametrize("name", sorted(POLLED))
    def test_has_all_that_is_sent(self, name: str) -> None:
        sent = WHOLE["operations"][name]["input"]["shape"]

        assert set(EXCERPT["shapes"][sent]["members"]) == set(WHOLE["shapes"][sent]["members"])

    def test_has_all_that_is_read(self) -> None:
        """A reply with everything that Glue may say makes the same values with either model."""
        whole, excerpt = (list(values_read(ServiceModel(model))) for model in (WHOLE, EXCERPT))

        assert excerpt == whole
        assert [type(value).__name__ for value in whole] == ["Crawler", "Crawl", "UsualTime"]


def values_read(model: ServiceModel) -> Iterator[object]:
    """Read values out of replies that have all members of the whole model."""
    for operation, key, read in (
        ("BatchGetCrawlers", "Crawlers", read_crawler),
        ("ListCrawls", "Crawls", Crawl.from_history),
        ("GetCrawlerMetrics", "CrawlerMetricsList", UsualTime.from_metrics),
    ):
        body = json.dumps(filled(answer_of(ServiceModel(WHOLE), operation))).encode()
        parsed = create_parser("json").parse(
            {"body": body, "headers": {}, "status_code": 200}, answer_of(model, operation)
        )
        yield read(parsed[key][0])


def answer_of(model: ServiceModel, operation: str) -> Shape:
    """Return the shape of an answer."""
    shape = model.operation_model(operation).output_shape
    assert shape is not None
    return shape


def read_crawler(row: Mapping[str, Any]) -> Crawler:
    """Read a crawler but for the words that tell one crawl from the next."""
    return Crawler.from_definition({**row, "LastCrawl": {"MessagePrefix": row["LastCrawl"]["MessagePrefix"]}})


def filled(shape: Shape) -> Any:
    """Return an answer with a value for each member."""
    made: dict[str, Any] = {
        "list": lambda: [filled(shape.member)],  # type: ignore[attr-defined]
        "map": lambda: {"key": filled(shape.value)},  # type: ignore[attr-defined]
        "structure": lambda: {name: filled(member) for name, member in shape.members.items()},  # type: ignore[attr-defined]
        "timestamp": lambda: 1628003600.5,
        "boolean": lambda: True,
        "string": lambda: f"some {shape.name}",
    }
    return made.get(shape.type_name, lambda: 7)()


class TestClient:
    def test_knows_only_what_a_poller_calls(self) -> None:
        assert set(polling_client().meta.service_model.operation_names) == POLLED

    def test_of_a_worker_knows_everything(self) -> None:
        client: Any = GlueCrawlHook(aws_conn_id=None).conn

        assert "StartCrawler" in client.meta.service_model.operation_names

    def test_of_a_service_without_excerpt_knows_everything(self) -> None:
        client = polling_client(DataZoneHook(aws_conn_id=None))

        assert "StartDataSourceRun" in client.meta.service_model.operation_names

    def test_sends_every_request_once_with_the_name_of_its_maker_and_all_other_options(self) -> None:
        options = {"user_agent_extra": "mine/1", "retries": {"max_attempts": 9}, "connect_timeout": 7}

        config = polling_client(GlueCrawlHook(aws_conn_id=None, config=options)).meta.config

        assert config.retries["total_max_attempts"] == 1
        assert config.connect_timeout == 7
        assert config.max_pool_connections >= CONCURRENT_CALLS
        assert config.user_agent.startswith("Boto3/")
        assert "mine/1" in config.user_agent_extra

    def test_keeps_a_name_that_the_connection_gives_it(self) -> None:
        config = polling_client(GlueCrawlHook(aws_conn_id=None, config={"user_agent": "mine/1"})).meta.config

        assert config.user_agent.startswith("mine/1 ")

    def test_takes_a_model_of_the_users_own_first(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        folder = tmp_path / "glue" / "2017-03-31"
        folder.mkdir(parents=True)
        own = {**EXCERPT, "operations": {"GetCrawler": EXCERPT["operations"]["GetCrawler"]}}
        (folder / "service-2.json").write_text(json.dumps(own))
        monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))

        assert polling_client().meta.service_model.operation_names == ["GetCrawler"]

    def test_takes_a_newer_version_of_the_api_whole(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        folder = tmp_path / "glue" / "2027-01-01"
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text(json.dumps(WHOLE))
        monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))

        assert "StartCrawler" in polling_client().meta.service_model.operation_names


def test_data_files_say_the_same_in_plain_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    # botocore writes into what it has read, and in tests it reads once
    monkeypatch.setattr(JSONFileLoader, "load_file", inspect.unwrap(JSONFileLoader.load_file))
    theirs = Loader()
    ours = Loader(file_loader=PlainFileLoader())

    for name in ("endpoints", "partitions", "glue/2017-03-31/endpoint-rule-set-1"):
        assert ours.load_data(name) == theirs.load_data(name)
    assert PlainFileLoader().load_file("/no/such/file") is None


class TestNameOfTheCaller:
    """In the ``User-Agent`` of the Amazon provider."""

    def test_is_the_operator(self) -> None:
        class SomeOperator:
            def execute(self) -> str:
                return GlueCrawlHook(aws_conn_id=None)._get_caller()

        assert SomeOperator().execute() == "SomeOperator"

    def test_is_unknown_elsewhere(self) -> None:
        assert GlueCrawlHook(aws_conn_id=None)._get_caller() == "Unknown"
