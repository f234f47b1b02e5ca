"""What crawl tasks call in less usual circumstances is what is listed, and the least policy is enough."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AssetAlias

from airflow_lineage_provider.hooks.crawl_lineage import gather_crawl_lineage
from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.hooks.table_reader import TableReader
from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from airflow_lineage_provider.tasks.rights import RIGHTS
from tests.integration.test_task_rights import QUICK, World, become, called
from tests.unit.operators.driving import make_context, run

pytestmark = pytest.mark.airflow3

ALIAS = "outlets has an AssetAlias and the crawl added or updated a table; optional"
VERSIONS = "outlets has an AssetAlias and the crawl updated a table; optional"
ALIAS_ACCOUNT = "outlets has an AssetAlias and no table tells its account, such as where all were deleted"
OPENLINEAGE = "Airflow emits OpenLineage events and the crawl added or updated a table; optional"
CONNECTION = "Airflow emits OpenLineage events and a table is behind a connection; optional"
OPENLINEAGE_ACCOUNT = "Airflow emits OpenLineage events and the crawl only deleted tables"
QUEUE = "event_queue_url is given and mode is not reschedule, while no crawl counts yet"
WAITS = "deferrable, while no crawl counts yet"
PACE = "deferrable, while the crawl runs; without it nothing but the pace differs"

Check = Callable[..., None]


@pytest.fixture
def world(local_aws: LocalAws) -> World:
    """The e-commerce estate."""
    return World(local_aws, local_aws.seed("ecommerce"))


@pytest.fixture
def check(local_aws: LocalAws, world: World, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what runs a task with its least policy and compares its calls with the list."""

    def check(cls: type[Any], *when: str, **arguments: Any) -> None:
        rights = tuple(right for right in RIGHTS[cls.__name__] if right.when in ("", *when))
        assert {right.when for right in rights} == {"", *when}
        become(local_aws, monkeypatch, world, rights)
        before = called(local_aws)

        run(cls, arguments, make_crawl_context(cls))

        after = called(local_aws)
        assert {action for action in after if after[action] > before.get(action, 0)} == {
            right.action for right in rights
        }

    def make_crawl_context(cls: type[Any]) -> Any:
        from airflow.sdk.execution_time.context import OutletEventAccessors

        context = make_context(cls(task_id="task", crawler_name="any"))
        return {**context, "outlet_events": OutletEventAccessors()}

    return check


@pytest.fixture
def crawling(world: World) -> dict[str, Any]:
    """Arguments of an operator that crawls; there was a crawl before."""
    assert world.crawl
    return {"crawler_name": world.estate.crawler, "aws_conn_id": None, **QUICK}


@pytest.fixture
def openlineage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow emits OpenLineage events."""
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", '{"type": "console"}')


@pytest.fixture
def end_after(local_aws: LocalAws) -> Iterator[Callable[[str], None]]:
    """Return what lets crawls take long, but only until an action has been called."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def pass_time_after(action: str) -> None:
        while action not in called(local_aws):
            if stop.wait(0.05):
                return
        local_aws.advance(700)

    def end_after(action: str) -> None:
        local_aws.settings(crawl_seconds=600)
        threads.append(threading.Thread(target=pass_time_after, args=[action]))
        threads[-1].start()

    yield end_after
    stop.set()
    for thread in threads:
        thread.join()


def add_column(world: World) -> None:
    """Let the next crawl update a table."""
    item = {"user_id": {"S": "u"}, "order_id": {"S": "o"}, "segment": {"S": "premium"}}
    world.aws.client("dynamodb").put_item(TableName=world.estate.dynamodb_table, Item=item)


def take_table_away(world: World) -> None:
    """Let the next crawl delete a table, and change no other."""
    world.aws.client("glue").update_crawler(
        Name=world.estate.crawler,
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"},
    )
    s3 = world.aws.client("s3")
    for row in s3.list_objects_v2(Bucket=world.estate.bucket, Prefix="clickstream/")["Contents"]:
        s3.delete_object(Bucket=world.estate.bucket, Key=row["Key"])


def put_behind_connection(world: World) -> None:
    """Let a table look as if it had been crawled through a Glue connection."""
    glue = world.aws.client("glue")
    glue.create_connection(
        ConnectionInput={
            "Name": "shop-db",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://db.example/shop"},
        }
    )
    table = glue.get_table(DatabaseName=world.estate.database, Name="ordertransactiontable")["Table"]
    kept = {name: table[name] for name in ("Name", "StorageDescriptor", "TableType")}
    parameters = table["Parameters"] | {"connectionName": "shop-db"}
    glue.update_table(DatabaseName=world.estate.database, TableInput=kept | {"Parameters": parameters})


class TestAssets:
    def test_of_updated_tables(self, world: World, crawling: dict[str, Any], check: Check) -> None:
        add_column(world)

        check(GlueCrawlOperator, ALIAS, VERSIONS, outlets=[AssetAlias("tables")], **crawling)

    def test_of_deleted_tables(self, world: World, crawling: dict[str, Any], check: Check) -> None:
        take_table_away(world)

        check(GlueCrawlOperator, ALIAS_ACCOUNT, outlets=[AssetAlias("tables")], **crawling)

    def test_of_a_crawl_that_the_sensor_finds(self, world: World, check: Check) -> None:
        check(
            GlueCrawlSensor,
            ALIAS,
            crawler_name=world.estate.crawler,
            data_as_of=world.crawl["started_at"],
            aws_conn_id=None,
            outlets=[AssetAlias("tables")],
        )


@pytest.mark.usefixtures("openlineage")
class TestOpenLineage:
    def test_of_updated_tables(self, world: World, crawling: dict[str, Any], check: Check) -> None:
        add_column(world)

        check(GlueCrawlOperator, OPENLINEAGE, **crawling)

    def test_of_a_table_behind_a_connection(
        self, local_aws: LocalAws, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = {"added": [], "updated": [f"{world.crawl['database']}.ordertransactiontable"], "deleted": []}
        put_behind_connection(world)
        listed = RIGHTS["GlueCrawlOperator"]
        rights = tuple(right for right in listed if right.when in {OPENLINEAGE, CONNECTION})
        become(local_aws, monkeypatch, world, rights)
        before = called(local_aws)

        found = gather_crawl_lineage(
            TableReader(GlueCrawlHook(None)), {**world.crawl, "tables": names}, region="r", partition="aws"
        )

        after = called(local_aws)
        assert [table.source for table in found.tables] != [None]
        assert {action for action in after if after[action] > before.get(action, 0)} == {
            right.action for right in rights
        }

    def test_of_deleted_tables(self, world: World, crawling: dict[str, Any], check: Check) -> None:
        take_table_away(world)

        check(GlueCrawlOperator, OPENLINEAGE_ACCOUNT, **crawling)


class TestDeferred:
    @pytest.fixture(autouse=True)
    def _crawls_end(self, end_after: Callable[[str], None]) -> None:
        end_after("glue:GetCrawlerMetrics")

    def test_operator(self, world: World, check: Check) -> None:
        crawler = world.estate.crawler
        how = {"deferrable": True, "waiter_delay": 0.05, "aws_conn_id": None}

        check(GlueCrawlOperator, "deferrable", PACE, crawler_name=crawler, **how)

    def test_sensor(self, world: World, check: Check) -> None:
        check(GlueCrawlSensor, WAITS, PACE, **awaiting(world), deferrable=True)

    def test_sensor_with_a_queue(self, world: World, check: Check) -> None:
        how = {"deferrable": True, "event_queue_url": world.queue}

        check(GlueCrawlSensor, WAITS, PACE, QUEUE, **awaiting(world), **how)


def test_sensor_with_a_queue_in_the_worker(
    world: World, check: Check, end_after: Callable[[str], None]
) -> None:
    end_after("sqs:ReceiveMessage")

    check(GlueCrawlSensor, QUEUE, **awaiting(world), event_queue_url=world.queue, deferrable=False)


def awaiting(world: World) -> dict[str, Any]:
    """Start a crawl and return the arguments of a sensor that waits for it."""
    world.aws.client("glue").start_crawler(Name=world.estate.crawler)
    return {
        "crawler_name": world.estate.crawler,
        "data_as_of": "2025-01-01",
        "aws_conn_id": None,
        "poke_interval": 1.5,
        "timeout": 60,
    }
