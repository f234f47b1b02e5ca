"""
Build AWS's walkthrough of crawler lineage, walk it, and remove it, whatever happens on the way.

**What it shows.** An e-commerce company joins shoppers' clicks, in S3, with orders, in DynamoDB.

1. *Set up*: a CloudFormation stack with both sources and a crawler over them, the crawler's rights in Lake
   Formation, a data source of SageMaker Catalog (the DataZone API) with lineage import, a first batch.
2. *Work*: crawl, import, and verify that the lineage in the catalog comes from this crawl. A second batch, in
   which orders have two more attributes; crawl, import and verify again; compare: those two columns are new.
3. *Clean up*: the assets, the data source, the rights, the crawled tables, what is in the bucket, the stack.

The tasks of the first part are set-ups, those of the last are teardowns of Airflow: they run whether the work
succeeds or not, and do not hide that it failed. Every one can be run twice. What a run that was aborted left
behind, the next one goes on with, and removes. ``cleaned_up`` makes the run fail if something could not be
removed.

**What it needs.** A project of SageMaker Catalog with its Glue database, and an ``aws_default`` connection
that may do what :doc:`the guide <howto/walkthrough>` lists. The run's parameters name them. The template is
``example_walkthrough.yaml``, beside this file. Nothing changes between a real account and the local stack.

**What stays.** Lineage import is on for the project's connection, and the catalog keeps the lineage events,
which nobody can delete.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.cloud_formation import (
    CloudFormationCreateStackOperator,
    CloudFormationDeleteStackOperator,
)
from airflow.providers.amazon.aws.sensors.cloud_formation import (
    CloudFormationCreateStackSensor,
    CloudFormationDeleteStackSensor,
)
from airflow.providers.common.compat.sdk import DAG, BaseSensorOperator, Param, chain, literal, task

from airflow_lineage_provider.operators.datazone import (
    DataZoneCreateDataSourceOperator,
    DataZoneDeleteAssetsOperator,
    DataZoneDeleteDataSourceOperator,
    DataZoneEnableLineageOperator,
)
from airflow_lineage_provider.operators.lake_formation import (
    LakeFormationGrantPermissionsOperator,
    LakeFormationRevokePermissionsOperator,
)
from airflow_lineage_provider.operators.lineage import LineageDiffOperator
from airflow_lineage_provider.task_groups import crawl_import_verify

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

DAG_ID = "example_walkthrough"
# The template lies beside this file. A set-up can be made from any template that has its outputs.
TEMPLATE = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
TABLE_PREFIX = "walkthrough_"
NEW_COLUMNS = {"customersegment", "conversionsource"}


def client(service: str) -> Any:
    """Return a boto3 client for the connection ``aws_default``."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    hook: Any = AwsBaseHook
    return hook(client_type=service).get_conn()


# [START howto_walkthrough_adopt]
class CreateOrAdoptStackOperator(CloudFormationCreateStackOperator):
    """Make a stack; one of that name, as an aborted run or a lost reply leaves it, is taken as it is."""

    def execute(self, context: Context) -> None:
        """Make the stack unless it is there."""
        from botocore.exceptions import ClientError

        try:
            super().execute(context)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise
            self.log.info("Going on with the stack %s, which is there already", self.stack_name)


# [END howto_walkthrough_adopt]


class CrawlerIdleSensor(BaseSensorOperator):
    """Wait until no crawl goes on that would make tables again, and keep the stack from being deleted."""

    template_fields = ("crawler_name",)

    def __init__(self, *, crawler_name: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawler_name = crawler_name

    def poke(self, context: Context) -> bool:  # noqa: ARG002
        """Tell whether the crawler is READY or gone."""
        glue = client("glue")
        try:
            return bool(glue.get_crawler(Name=self.crawler_name)["Crawler"]["State"] == "READY")
        except glue.exceptions.EntityNotFoundException:
            return True


with DAG(
    DAG_ID,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["example", "lineage", "glue", "datazone", "lake formation", "setup"],
    params={
        "domain_identifier": Param(type="string", description="Domain of SageMaker Catalog (dzd…)."),
        "project_identifier": Param(type="string", description="Project in it."),
        "database": Param(type="string", description="The project's Glue database."),
        "stack_name": Param(
            "lineage-walkthrough",
            type="string",
            pattern="^[a-z][-a-z0-9]{0,27}$",
            description="What the CloudFormation stack and the data source are called.",
        ),
    },
) as dag:
    # --- Tasks that no operator does ---------------------------------------------------------------------

    @task
    def check_database(database: str) -> None:
        """Fail before anything is made unless the project's database is there."""
        client("glue").get_database(Name=database)

    @task
    def read_outputs(stack_name: str, database: str) -> dict[str, str]:
        """Return how CloudFormation named everything, and how the crawler will name its tables."""
        (stack,) = client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        return {
            "bucket": outputs["Bucket"],
            "crawler": outputs["Crawler"],
            "role_arn": outputs["CrawlerRoleArn"],
            "order_table": outputs["OrderTable"],
            "click_origin": f"s3://{outputs['Bucket']}/clickstream",
            "order_origin": outputs["OrderTableArn"],
            "clicks": f"{database}.{TABLE_PREFIX}clickstream",
            "orders": f"{database}.{TABLE_PREFIX}{outputs['OrderTable'].lower().replace('-', '_')}",
        }

    @task
    def write_batch(names: dict[str, str], number: int, extra: dict[str, str]) -> str:
        """Write a click and an order; return when they were there: what a crawl must have seen."""
        click = {"user_id": "u789", "event_type": "product_view", "product_id": "prod456", "batch": number}
        order = {"user_id": "u789", "order_id": f"ord{number:03d}", "product_id": "prod456", **extra}
        client("s3").put_object(
            Bucket=names["bucket"], Key=f"clickstream/{number}.json", Body=json.dumps(click)
        )
        client("dynamodb").put_item(
            TableName=names["order_table"],
            Item={"order_total": {"N": "79.99"}} | {name: {"S": value} for name, value in order.items()},
        )
        return datetime.now(tz=UTC).isoformat()

    @task
    def prove_evolution(compared: dict[str, Any], orders: str) -> list[str]:
        """Fail unless exactly the two new columns were added."""
        columns = {table: set(found["added"]) for table, found in compared["columns"].items()}
        if columns != {orders: NEW_COLUMNS}:
            raise ValueError(f"Expected {NEW_COLUMNS} to be new in {orders} and nothing else: {columns}.")
        return sorted(NEW_COLUMNS)

    @task
    def delete_tables(*tables: str) -> list[str]:
        """Delete the tables that the crawler made; return those that were there."""
        glue = client("glue")
        deleted = []
        for table in tables:
            database, _, name = table.partition(".")
            try:
                glue.delete_table(DatabaseName=database, Name=name)
            except glue.exceptions.EntityNotFoundException:
                continue
            deleted.append(table)
        return deleted

    # [START howto_walkthrough_empty_bucket]
    @task
    def empty_bucket(stack_name: str) -> None:
        """Delete every version of every object in the stack's bucket: a full one is not deleted with it."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook
        from botocore.exceptions import ClientError

        try:
            found = client("cloudformation").describe_stack_resources(StackName=stack_name)["StackResources"]
        except ClientError as error:
            if "does not exist" in str(error):
                return
            raise
        for resource in found:
            bucket = resource.get("PhysicalResourceId")
            if resource["ResourceType"] == "AWS::S3::Bucket" and bucket and S3Hook().check_for_bucket(bucket):
                S3Hook().get_bucket(bucket).object_versions.delete()

    # [END howto_walkthrough_empty_bucket]

    @task
    def cleaned_up() -> None:
        """Succeed. Where a clean-up failed this does not run, and so the DAG run fails."""

    # --- Set up ------------------------------------------------------------------------------------------

    STACK = "{{ params.stack_name }}"
    DATABASE = "{{ params.database }}"
    DATA_SOURCE = "{{ ti.xcom_pull(task_ids='make_data_source')['data_source_id'] }}"
    IN_PROJECT: dict[str, Any] = {
        "domain_identifier": "{{ params.domain_identifier }}",
        "project_identifier": "{{ params.project_identifier }}",
        "name": STACK,
    }

    checked: Any = check_database(DATABASE)

    # [START howto_walkthrough_stack]
    make_stack: Any = CreateOrAdoptStackOperator(
        task_id="make_stack",
        stack_name=STACK,
        cloudformation_parameters={
            "TemplateBody": literal(TEMPLATE),
            "Parameters": [
                {"ParameterKey": "GlueDatabaseName", "ParameterValue": DATABASE},
                {"ParameterKey": "TablePrefix", "ParameterValue": TABLE_PREFIX},
            ],
            "Capabilities": ["CAPABILITY_IAM"],
        },
    )
    create_sensor: Any = CloudFormationCreateStackSensor
    stack_is_made = create_sensor(
        task_id="stack_is_made", stack_name=STACK, mode="reschedule", poke_interval=15, timeout=1800
    )
    # [END howto_walkthrough_stack]
    names: Any = read_outputs(STACK, DATABASE)

    rights: dict[str, Any] = {
        "principal": names["role_arn"],
        "resource": {"Database": {"Name": DATABASE}},
        "permissions": ["CREATE_TABLE", "DESCRIBE"],
    }
    grant = LakeFormationGrantPermissionsOperator(task_id="grant", **rights)

    only_ours = [{"expression": f"{TABLE_PREFIX}*", "type": "INCLUDE"}]
    filters = [{"databaseName": DATABASE, "filterExpressions": only_ours}]
    make_data_source = DataZoneCreateDataSourceOperator(
        task_id="make_data_source",
        configuration={"glueRunConfiguration": {"relationalFilterConfigurations": filters}},
        if_different="fail",
        **IN_PROJECT,
    )
    switch_lineage_import_on = DataZoneEnableLineageOperator(
        task_id="switch_lineage_import_on",
        domain_identifier="{{ params.domain_identifier }}",
        data_source_identifier=DATA_SOURCE,
    )
    first_batch: Any = write_batch.override(task_id="write_first_batch")(names, 1, {})

    for each in (checked, make_stack, stack_is_made, names, grant, make_data_source, first_batch):
        each.as_setup()

    # --- Work --------------------------------------------------------------------------------------------

    def prove(group_id: str, written_at: Any) -> Any:
        """Crawl, import, extract and verify after a batch was written."""
        expectations: list[Any] = []
        for table, origin in (("clicks", "click_origin"), ("orders", "order_origin")):
            expectations += [
                {"type": "has_origin", "subject": names[table], "origin": names[origin]},
                {"type": "all_columns_traced", "subject": names[table]},
                {"type": "fresh_within", "subject": names[table], "max_age": 3600},
            ]
        return crawl_import_verify(
            group_id=group_id,
            crawler_name=names["crawler"],
            domain_identifier="{{ params.domain_identifier }}",
            data_source_identifier=DATA_SOURCE,
            data_as_of=written_at,
            tables=[names["clicks"], names["orders"]],
            expectations=expectations,
            deferrable=True,
            waiter_delay=2,
        )

    first = prove("first", first_batch)
    second_batch: Any = write_batch.override(task_id="write_second_batch")(
        names, 2, {"customerSegment": "premium", "conversionSource": "organic"}
    )
    second = prove("second", second_batch)
    compare = LineageDiffOperator(
        task_id="compare",
        before=first.get_child_by_label("extract").output,
        after=second.get_child_by_label("extract").output,
    )
    compared: Any = compare.output
    proved = prove_evolution(compared, names["orders"])

    # --- Clean up ----------------------------------------------------------------------------------------

    # [START howto_walkthrough_teardown]
    crawler_is_idle = CrawlerIdleSensor(
        task_id="crawler_is_idle",
        crawler_name=names["crawler"],
        mode="reschedule",
        poke_interval=15,
        timeout=3600,
    ).as_teardown(setups=names)
    delete_assets = DataZoneDeleteAssetsOperator(task_id="delete_assets", **IN_PROJECT).as_teardown(
        setups=[checked, make_data_source]
    )
    delete_data_source = DataZoneDeleteDataSourceOperator(
        task_id="delete_data_source", **IN_PROJECT
    ).as_teardown(setups=[checked, make_data_source])
    revoke = LakeFormationRevokePermissionsOperator(task_id="revoke", **rights).as_teardown(
        setups=[names, grant]
    )
    tables = delete_tables(names["clicks"], names["orders"]).as_teardown(setups=names)
    emptied = empty_bucket(STACK).as_teardown(setups=[checked, make_stack])
    delete_stack = CloudFormationDeleteStackOperator(task_id="delete_stack", stack_name=STACK).as_teardown(
        setups=[checked, make_stack]
    )
    stack_is_gone = CloudFormationDeleteStackSensor(
        task_id="stack_is_gone", stack_name=STACK, mode="reschedule", poke_interval=15, timeout=1800
    ).as_teardown(setups=[checked, make_stack])
    # [END howto_walkthrough_teardown]

    # --- The order ---------------------------------------------------------------------------------------

    chain(checked, make_stack, stack_is_made, names, grant, first_batch, first, second_batch, second)
    chain(checked, make_data_source, switch_lineage_import_on, first)
    # [START howto_walkthrough_order]
    clean_up = [
        crawler_is_idle,
        delete_assets,
        delete_data_source,
        revoke,
        tables,
        emptied,
        delete_stack,
        stack_is_gone,
    ]
    chain(proved, *clean_up)
    clean_up >> cleaned_up()
    # [END howto_walkthrough_order]
