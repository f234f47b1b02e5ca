"""``example_walkthrough`` builds, walks and removes everything, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import EcommerceEstate, LocalAws
from tests.integration.dag_running import DagOutcome, aws_connection, load_example, run_made_dag

pytestmark = pytest.mark.usefixtures("airflow_database")

POLICY = Path(__file__).parents[2] / "docs" / "howto" / "walkthrough_policy.json"
STACK = "lineage-walkthrough"
NEEDED_BY_AWS = {"dynamodb:DescribeTable", "iam:PassRole"}
"""What the policy allows although the local stack does not need it, but for S3's, whose names differ."""

WHILE_CRAWLING = {"glue:BatchGetCrawlers", "glue:GetCrawlerMetrics"}
"""What is called only if the triggerer finds the crawl still running."""

TEARDOWNS = (
    "crawler_is_idle",
    "delete_assets",
    "delete_data_source",
    "revoke",
    "delete_tables",
    "empty_bucket",
    "delete_stack",
    "stack_is_gone",
)


@pytest.fixture
def estate(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> EcommerceEstate:
    """An estate that is in use: the walkthrough takes place in its project, and leaves its tables alone."""
    seeded: EcommerceEstate = local_aws.seed("ecommerce")
    local_aws.client("glue").start_crawler(Name=seeded.crawler)
    local_aws.advance(0)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
    return seeded


def become_a_user(aws: LocalAws, estate: EcommerceEstate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tasks act as a user with the policy of the guide, who may grant, and let rights bite."""
    iam = aws.client("iam")
    arn = iam.create_user(UserName="walker")["User"]["Arn"]
    policy = POLICY.read_text(encoding="utf-8").replace("DATABASE", estate.database)
    iam.put_user_policy(UserName="walker", PolicyName="least", PolicyDocument=policy)
    key = iam.create_access_key(UserName="walker")["AccessKey"]
    admins = [{"DataLakePrincipalIdentifier": arn}]
    aws.client("lakeformation").put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": admins})
    connection = json.loads(aws_connection(aws))
    connection |= {"login": key["AccessKeyId"], "password": key["SecretAccessKey"]}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    aws.settings(enforce=True)


def walk(estate: EcommerceEstate) -> DagOutcome:
    """Run the DAG in the estate's project."""
    conf = {
        "domain_identifier": estate.domain,
        "project_identifier": estate.project,
        "database": estate.database,
    }
    dag = load_example("example_walkthrough").dag
    for task in dag.tasks:
        if hasattr(task, "waiter_delay"):
            task.waiter_delay = 0.1
    return run_made_dag(dag, conf=conf)


def inventory(aws: LocalAws, estate: EcommerceEstate) -> Mapping[str, list[Any]]:
    """Return what there is, as far as the DAG could have made it."""
    glue, datazone = aws.client("glue"), aws.client("datazone")
    domain = {"domainIdentifier": estate.domain}
    project = {**domain, "projectIdentifier": estate.project}
    assets = datazone.search(**domain, searchScope="ASSET")["items"]
    buckets = [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
    databases = [database["Name"] for database in glue.get_databases()["DatabaseList"]]
    grants = aws.client("lakeformation").list_permissions()["PrincipalResourcePermissions"]
    return {
        "assets": [item["assetItem"]["identifier"] for item in assets],
        "buckets": buckets,
        "connections": [each["connectionId"] for each in datazone.list_connections(**project)["items"]],
        "crawlers": glue.list_crawlers()["CrawlerNames"],
        "data sources": [each["dataSourceId"] for each in datazone.list_data_sources(**project)["items"]],
        "databases": databases,
        "dynamodb": aws.client("dynamodb").list_tables()["TableNames"],
        "grants": sorted(
            str((each["Principal"], each["Resource"], sorted(each["Permissions"]))) for each in grants
        ),
        "roles": [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]],
        "stacks": [each["StackName"] for each in aws.client("cloudformation").describe_stacks()["Stacks"]],
        "tables": [
            table["Name"] for name in databases for table in glue.get_tables(DatabaseName=name)["TableList"]
        ],
    }


def called(aws: LocalAws) -> set[str]:
    """Return the actions that were called so far."""
    return {f"{service}:{operation}" for service, called in aws.calls().items() for operation in called}


def abort_a_run(aws: LocalAws, estate: EcommerceEstate) -> str:
    """Leave what a run leaves whose workers die after its first import; return the data source."""
    cloudformation, datazone = aws.client("cloudformation"), aws.client("datazone")
    module = load_example("example_walkthrough")
    parameters = {"GlueDatabaseName": estate.database, "TablePrefix": module.TABLE_PREFIX}
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=module.TEMPLATE,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    aws.client("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": outputs["CrawlerRoleArn"]},
        Resource={"Database": {"Name": estate.database}},
        Permissions=["CREATE_TABLE"],
    )
    aws.client("s3").put_object(Bucket=outputs["Bucket"], Key="clickstream/1.json", Body=b'{"user_id": "u"}')
    aws.client("glue").start_crawler(Name=outputs["Crawler"])
    tables = [{"expression": f"{module.TABLE_PREFIX}*", "type": "INCLUDE"}]
    filters = [{"databaseName": estate.database, "filterExpressions": tables}]
    source = datazone.create_data_source(
        domainIdentifier=estate.domain,
        projectIdentifier=estate.project,
        connectionIdentifier=estate.connection,
        name=STACK,
        type="GLUE",
        configuration={"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
    )["id"]
    aws.advance(0)
    datazone.start_data_source_run(domainIdentifier=estate.domain, dataSourceIdentifier=source)
    aws.advance(0)
    return str(source)


@pytest.mark.airflow3
def test_proves_the_lineage_and_leaves_nothing_with_the_rights_in_the_guide(
    local_aws: LocalAws, estate: EcommerceEstate, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = inventory(local_aws, estate)
    become_a_user(local_aws, estate, monkeypatch)

    outcome = walk(estate)

    local_aws.settings(enforce=False)
    assert outcome.state == "success"
    assert outcome.values["prove_evolution"] == ["conversionsource", "customersegment"]
    assert len(outcome.values["delete_assets"]["deleted"]) == 2
    assert inventory(local_aws, estate) == before
    allowed = {action for each in json.loads(POLICY.read_text())["Statement"] for action in each["Action"]}
    not_seen = {action for action in allowed - called(local_aws) if not action.startswith("s3:")}
    assert not_seen - WHILE_CRAWLING == NEEDED_BY_AWS


@pytest.mark.airflow3
def test_goes_on_with_what_an_aborted_run_left_and_removes_it(
    local_aws: LocalAws, estate: EcommerceEstate
) -> None:
    before = inventory(local_aws, estate)
    left = abort_a_run(local_aws, estate)
    assert len(inventory(local_aws, estate)["assets"]) == 2

    outcome = walk(estate)

    assert outcome.state == "success"
    made = outcome.values["make_data_source"]
    assert (made["data_source_id"], made["created"]) == (left, False)
    assert inventory(local_aws, estate) == before


@pytest.mark.airflow3
def test_removes_everything_after_an_import_that_failed_halfway(
    local_aws: LocalAws, estate: EcommerceEstate
) -> None:
    before = inventory(local_aws, estate)
    local_aws.fault(
        service="datazone-worker", operation="ImportTable", error_code="InternalServerException", times=1
    )

    outcome = walk(estate)

    assert outcome.state == "failed"
    assert (outcome.states["first.crawl"], outcome.states["first.import"]) == ("success", "failed")
    assert outcome.values["first.import"] is None
    assert len(outcome.values["delete_assets"]["deleted"]) == 1
    assert {outcome.states[task] for task in (*TEARDOWNS, "cleaned_up")} == {"success"}
    assert inventory(local_aws, estate) == before


def test_removes_everything_after_a_stack_that_could_not_be_made(
    local_aws: LocalAws, estate: EcommerceEstate
) -> None:
    before = inventory(local_aws, estate)
    local_aws.fault(service="glue", operation="CreateCrawler", error_code="OperationTimeoutException")

    outcome = walk(estate)

    assert outcome.state == "failed"
    assert outcome.states["stack_is_made"] == "failed"
    assert outcome.states["make_data_source"] == "success"
    assert inventory(local_aws, estate) == before


def test_a_clean_up_that_fails_makes_the_run_fail_and_hides_nothing() -> None:
    dag = load_example("example_walkthrough").dag
    last = dag.get_task("cleaned_up")

    removing = {task.task_id for task in dag.tasks if task.is_teardown}

    assert (last.upstream_task_ids, last.trigger_rule) == (removing, "all_success")
    assert removing == set(TEARDOWNS)
    after_work = dag.get_task("prove_evolution").downstream_list
    assert [task.is_teardown and not task.on_failure_fail_dagrun for task in after_work] == [True]
