"""What operators call is what they are said to call, and the least policy made of it is enough."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_lineage_provider.exceptions import LineageError
from airflow_lineage_provider.get_provider_info import get_provider_info
from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.operators.datazone import (
    DataZoneCreateDataSourceOperator,
    DataZoneDataSourceRunOperator,
    DataZoneDeleteAssetsOperator,
    DataZoneDeleteDataSourceOperator,
    DataZoneDeleteProjectOperator,
    DataZoneEnableLineageOperator,
    DataZonePostLineageEventOperator,
)
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from airflow_lineage_provider.operators.lake_formation import (
    LakeFormationGrantPermissionsOperator,
    LakeFormationRevokePermissionsOperator,
)
from airflow_lineage_provider.operators.lineage import (
    LineageDiffOperator,
    LineageExtractOperator,
    LineageVerifyOperator,
)
from airflow_lineage_provider.operators.lineage_base import LineageReadingOperator
from airflow_lineage_provider.sensors.datazone import (
    DataZoneDataSourceRunSensor,
    DataZoneLineageEventSensor,
    DataZoneLineageNodeSensor,
)
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from airflow_lineage_provider.tasks.rights import RIGHTS, Right, least_policy

pytestmark = pytest.mark.airflow3


@dataclass
class World:
    """The estate, and what tasks returned before; those run when first asked for."""

    aws: LocalAws
    estate: EcommerceEstate

    @cached_property
    def crawl(self) -> Mapping[str, Any]:
        """A crawl."""
        result: Mapping[str, Any] = run(GlueCrawlOperator, {"crawler_name": self.estate.crawler, **QUICK})
        return result

    @cached_property
    def run(self) -> Mapping[str, Any]:
        """The import of what was crawled."""
        assert self.crawl
        result: Mapping[str, Any] = run(DataZoneDataSourceRunOperator, {**self.source, **QUICK})
        return result

    @cached_property
    def snapshot(self) -> Mapping[str, Any]:
        """The lineage that was imported."""
        assert self.run
        result: Mapping[str, Any] = run(LineageExtractOperator, self.tables)
        return result

    @cached_property
    def path(self) -> str:
        """Where the lineage that was imported is, in S3."""
        assert self.run
        path = f"s3://{self.estate.bucket}/lineage.json"
        run(LineageExtractOperator, {**self.tables, "snapshot_path": path})
        return path

    @cached_property
    def queue(self) -> str:
        """The URL of a queue for events."""
        return str(self.aws.client("sqs").create_queue(QueueName="crawls")["QueueUrl"])

    @property
    def new_path(self) -> str:
        """Where lineage may be written."""
        return f"s3://{self.estate.bucket}/lineage.json"

    @property
    def source(self) -> dict[str, Any]:
        """Which data source is meant."""
        return {
            "domain_identifier": self.estate.domain,
            "data_source_identifier": self.estate.data_source,
        }

    @property
    def node(self) -> dict[str, Any]:
        """Where the node of an imported table is."""
        assert self.run
        return {"domain_identifier": self.estate.domain, "timeout": 60}

    @property
    def domain(self) -> dict[str, Any]:
        """The domain."""
        return {"domain_identifier": self.estate.domain}

    @property
    def project(self) -> dict[str, Any]:
        """The project."""
        return {"project_identifier": self.estate.project}

    @property
    def new_source(self) -> dict[str, Any]:
        """A data source that there is none of yet."""
        return {**self.domain, **self.project, "name": "new", "databases": self.estate.database}

    @property
    def existing_name(self) -> dict[str, Any]:
        """The name of the data source that the project came with."""
        found = self.aws.client("datazone").get_data_source(
            domainIdentifier=self.estate.domain, identifier=self.estate.data_source
        )
        return {"name": found["name"]}

    @property
    def existing(self) -> dict[str, Any]:
        """What tells the data source that the project came with."""
        return {**self.existing_name, "connection_identifier": self.estate.connection}

    @property
    def imported_source(self) -> dict[str, Any]:
        """Which data source has imported, by its name."""
        assert self.run
        return {**self.domain, **self.project, **self.existing_name}

    @property
    def published(self) -> str:
        """An asset that is published."""
        asset = str(self.run["assets"][0]["asset_id"])
        self.aws.client("datazone").create_listing_change_set(
            domainIdentifier=self.estate.domain, entityIdentifier=asset, entityType="ASSET", action="PUBLISH"
        )
        return asset

    @property
    def event(self) -> dict[str, Any]:
        """A lineage event to post."""
        return {
            "domain_identifier": self.estate.domain,
            "event": {
                "eventType": "COMPLETE",
                "eventTime": "2025-06-04T12:00:00Z",
                "run": {"runId": "run-1"},
                "job": {"namespace": "jobs", "name": "load"},
                "outputs": [{"namespace": "s3://clean", "name": "orders"}],
            },
        }

    @property
    def table(self) -> str:
        """The ARN of a table."""
        estate = self.estate
        return f"arn:aws:glue:{estate.region}:{estate.account}:table/{estate.database}/clickstream"

    @property
    def tables(self) -> dict[str, Any]:
        """Which lineage is meant, by the name of a table."""
        return {
            "domain_identifier": self.estate.domain,
            "tables": [f"{self.estate.database}.clickstream"],
        }


@dataclass(frozen=True, slots=True)
class Case:
    """An operator with arguments, and the circumstances of its list that are the case then."""

    operator: type[Any]
    arguments: Callable[[World], dict[str, Any]]
    when: tuple[str, ...] = ()

    @property
    def rights(self) -> tuple[Right, ...]:
        """What the list says of this case."""
        return tuple(right for right in RIGHTS[self.operator.__name__] if right.when in ("", *self.when))


READ = "the lineage is read from the catalog"
NO_CRAWL = "crawl is not given and the lineage is read from the catalog"
NAMED = "tables are given as database.table"
ASSET = "asset_identifiers or data_source_run is given"
RUN = "data_source_run is given"
RUN_ID = "data_source_run is an id without data_source_identifier"
NO_PLACE = "neither connection_identifier nor environment_identifier is given"
QUICK = {"waiter_delay": 0.05, "timeout": 60}

CASES = {
    "crawl": Case(GlueCrawlOperator, lambda world: {"crawler_name": world.estate.crawler, **QUICK}),
    "crawl, deferrable": Case(
        GlueCrawlOperator,
        lambda world: {"crawler_name": world.estate.crawler, "deferrable": True, **QUICK},
        ("deferrable",),
    ),
    "crawl, listening to a queue": Case(
        GlueCrawlOperator,
        lambda world: {"crawler_name": world.estate.crawler, "event_queue_url": world.queue, **QUICK},
        ("event_queue_url is given",),
    ),
    "wait for a crawl": Case(
        GlueCrawlSensor,
        lambda world: {
            "crawler_name": world.estate.crawler,
            "data_as_of": world.crawl["started_at"],
            "poke_interval": 0.05,
            "timeout": 60,
        },
    ),
    "import": Case(DataZoneDataSourceRunOperator, lambda world: {**world.source, **QUICK}),
    "wait for an import": Case(
        DataZoneDataSourceRunSensor,
        lambda world: {**world.source, "data_as_of": world.run["started_at"], "timeout": 60},
        ("run_identifier is not given",),
    ),
    "wait for a given import": Case(
        DataZoneDataSourceRunSensor,
        lambda world: {**world.source, "run_identifier": world.run, "timeout": 60},
    ),
    "create a data source": Case(
        DataZoneCreateDataSourceOperator,
        lambda world: {**world.new_source, **QUICK},
        (NO_PLACE, "there is no data source of that name"),
    ),
    "create a data source that exists": Case(
        DataZoneCreateDataSourceOperator, lambda world: {**world.new_source, **world.existing, **QUICK}
    ),
    "delete a data source": Case(
        DataZoneDeleteDataSourceOperator, lambda world: {**world.source, **QUICK}, ("it exists",)
    ),
    "delete a data source by its name": Case(
        DataZoneDeleteDataSourceOperator,
        lambda world: {**world.domain, **world.project, **world.existing_name, **QUICK},
        ("it exists", "project_identifier and name are given"),
    ),
    "delete assets": Case(
        DataZoneDeleteAssetsOperator,
        lambda world: {**world.domain, "asset_identifiers": world.run, **QUICK},
        ("it exists",),
    ),
    "delete the assets of a data source": Case(
        DataZoneDeleteAssetsOperator,
        lambda world: {**world.imported_source, **QUICK},
        ("it exists", "a data source is given", "project_identifier and name are given"),
    ),
    "delete a published asset": Case(
        DataZoneDeleteAssetsOperator,
        lambda world: {**world.domain, "asset_identifiers": world.published, **QUICK},
        ("it exists", "an asset is published"),
    ),
    "delete a project": Case(
        DataZoneDeleteProjectOperator,
        lambda world: {**world.domain, **world.project, "skip_deletion_check": True, **QUICK},
        ("it exists",),
    ),
    "post an event": Case(
        DataZonePostLineageEventOperator,
        lambda world: {**world.event, **QUICK},
        ("wait_for_completion, or the task is tried again",),
    ),
    "post an event and go on": Case(
        DataZonePostLineageEventOperator, lambda world: {**world.event, "wait_for_completion": False}
    ),
    "wait for an event": Case(
        DataZoneLineageEventSensor,
        lambda world: {
            "domain_identifier": world.estate.domain,
            "event_identifier": world.run["assets"][0]["lineage_event_id"],
            "timeout": 60,
        },
    ),
    "wait for a node": Case(
        DataZoneLineageNodeSensor, lambda world: {**world.node, "node_identifier": world.table}
    ),
    "wait for a crawl in the graph": Case(
        DataZoneLineageNodeSensor,
        lambda world: {**world.node, "node_identifier": world.table, "crawl_id": world.crawl},
        ("upstream_identifier or crawl_id is given",),
    ),
    "switch on": Case(
        DataZoneEnableLineageOperator,
        lambda world: world.source,
        ("data_source_identifier is given", "lineage import is off"),
    ),
    "revoke": Case(
        LakeFormationRevokePermissionsOperator,
        lambda world: {
            "principal": world.estate.role_arn,
            "resource": {"Database": {"Name": world.estate.database}},
            "permissions": ["CREATE_TABLE"],
        },
    ),
    "grant": Case(
        LakeFormationGrantPermissionsOperator,
        lambda world: {
            "principal": world.estate.role_arn,
            "resource": {"Database": {"Name": world.estate.database}},
            "permissions": ["DESCRIBE"],
        },
    ),
    "extract a table": Case(LineageExtractOperator, lambda world: world.tables, ("include_events", NAMED)),
    "extract a table without events": Case(
        LineageExtractOperator, lambda world: {**world.tables, "include_events": False}, (NAMED,)
    ),
    "extract an asset": Case(
        LineageExtractOperator,
        lambda world: {
            "domain_identifier": world.estate.domain,
            "asset_identifiers": [world.run["assets"][0]["asset_id"]],
        },
        ("include_events", ASSET),
    ),
    "extract a run to S3": Case(
        LineageExtractOperator,
        lambda world: {
            "domain_identifier": world.estate.domain,
            "data_source_run": world.run,
            "snapshot_path": world.new_path,
        },
        ("include_events", ASSET, RUN, "snapshot_path is in S3"),
    ),
    "extract a run by its id": Case(
        LineageExtractOperator,
        lambda world: {
            "domain_identifier": world.estate.domain,
            "data_source_run": world.run["run_id"],
        },
        ("include_events", ASSET, RUN, RUN_ID),
    ),
    "verify a crawl": Case(
        LineageVerifyOperator, lambda world: {**world.tables, "crawl": world.crawl}, (READ, NAMED)
    ),
    "verify freshness": Case(
        LineageVerifyOperator,
        lambda world: {**world.tables, "data_as_of": world.crawl["started_at"]},
        (READ, NO_CRAWL, NAMED),
    ),
    "verify a snapshot": Case(
        LineageVerifyOperator, lambda world: {"snapshot": world.snapshot, "crawl": world.crawl}
    ),
    "verify a snapshot in S3": Case(
        LineageVerifyOperator,
        lambda world: {"snapshot_path": world.path, "crawl": world.crawl},
        ("a snapshot is in S3",),
    ),
    "compare snapshots": Case(
        LineageDiffOperator, lambda world: {"before": world.snapshot, "after": world.snapshot}
    ),
    "compare with a snapshot in S3": Case(
        LineageDiffOperator,
        lambda world: {"before": world.path, **world.tables},
        ("a snapshot is in S3", READ, NAMED),
    ),
}
CHANGING = [
    pytest.param(case, right, id=f"{name}: {right.action}")
    for name, case in CASES.items()
    for right in case.rights
    if right.changes
]


@pytest.fixture
def world(local_aws: LocalAws) -> World:
    """The e-commerce estate, with lineage import on."""
    world = World(local_aws, local_aws.seed("ecommerce"))
    run(DataZoneEnableLineageOperator, world.source)
    return world


def run(operator: type[Any], arguments: Mapping[str, Any]) -> Any:
    """Run an operator by hand; one that defers is run again for the same data when its work is over."""
    asked_at = RUNTIME.now() - timedelta(seconds=5)
    try:
        return operator(task_id="task", aws_conn_id=None, **arguments).execute({})
    except TaskDeferred:
        RUNTIME.advance(5)
        again = {**arguments, "data_as_of": asked_at}
        return operator(task_id="task", aws_conn_id=None, **again).execute({})


def prepare(aws: LocalAws, world: World, case: Case) -> dict[str, Any]:
    """Make true what a case needs, and return its arguments."""
    if issubclass(case.operator, LineageReadingOperator):
        assert world.run
    arguments = case.arguments(world)
    if "lineage import is off" in case.when:
        aws.client("datazone").update_connection(
            domainIdentifier=world.estate.domain,
            identifier=world.estate.connection,
            props={"lakehouseProperties": {"glueLineageSyncEnabled": False}},
        )
    return arguments


def called(aws: LocalAws) -> dict[str, int]:
    """Return how often each action was called."""
    return {
        f"{service}:{operation}": count
        for service, operations in aws.calls().items()
        for operation, count in operations.items()
    }


def policy_of(world: World, rights: tuple[Right, ...]) -> dict[str, Any]:
    """Return the least policy with the names of the estate."""
    estate = world.estate
    names = {"account": estate.account, "region": estate.region, "partition": "aws", "key": "lineage.json"}
    return least_policy(
        rights,
        {
            **names,
            "bucket": estate.bucket,
            "crawler": estate.crawler,
            "database": estate.database,
            "queue": "crawls",
        },
    )


def become(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, world: World, rights: tuple[Right, ...]) -> None:
    """Go on as a user who has just these rights, and let IAM bite."""
    iam = aws.client("iam")
    iam.create_user(UserName="worker")
    policy = policy_of(world, rights)
    if policy["Statement"]:
        iam.put_user_policy(UserName="worker", PolicyName="least", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="worker")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    aws.settings(enforce=True)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_calls_what_is_listed_and_the_least_policy_allows_it(
    local_aws: LocalAws, world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = prepare(local_aws, world, case)
    become(local_aws, monkeypatch, world, case.rights)
    before = called(local_aws)

    run(case.operator, arguments)

    after = called(local_aws)
    assert {action for action in after if after[action] > before.get(action, 0)} == {
        right.action for right in case.rights
    }


@pytest.mark.parametrize(("case", "missing"), CHANGING)
def test_fails_without_what_it_changes(
    local_aws: LocalAws, world: World, case: Case, missing: Right, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = prepare(local_aws, world, case)
    become(local_aws, monkeypatch, world, tuple(right for right in case.rights if right != missing))

    with pytest.raises(LineageError, match=missing.action.partition(":")[2]):
        run(case.operator, arguments)


def test_stops_its_crawl_with_what_is_listed(
    local_aws: LocalAws, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(
        GlueCrawlOperator,
        lambda world: {"crawler_name": world.estate.crawler, "wait_for_completion": False, **QUICK},
        ("cancel_on_kill, when the task is killed",),
    )
    local_aws.settings(crawl_seconds=600)
    become(local_aws, monkeypatch, world, case.rights)
    before = called(local_aws)
    operator = GlueCrawlOperator(task_id="task", aws_conn_id=None, **case.arguments(world))

    operator.execute({})
    operator.on_kill()

    after = called(local_aws)
    assert {action for action in after if after[action] > before.get(action, 0)} == {
        right.action for right in case.rights
    }


def exported() -> set[str]:
    """Return the names of the operators and sensors that DAGs import."""
    info: Any = get_provider_info()
    modules = [
        importlib.import_module(name)
        for kind in ("operators", "sensors")
        for entry in info.get(kind, ())
        for name in entry["python-modules"]
    ]
    return {name for module in modules for name in module.__all__ if name.endswith(("Operator", "Sensor"))}


def test_every_operator_and_sensor_is_listed() -> None:
    assert set(RIGHTS) == exported()


def test_only_what_has_no_resource_is_allowed_on_everything() -> None:
    wide = {
        right.action.partition(":")[0]
        for rights in RIGHTS.values()
        for right in rights
        if "*" in right.resources
    }

    assert wide == {"datazone", "lakeformation"}
