"""
Every documented pattern of the catalog's source identifiers, each with what must not be taken for it.

Numbers in parentheses are sections of the notes that ``local_aws`` was written from.
"""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.lineage.naming import catalog_source_identifier

_ACCOUNT = "123456789012"
_GLUE = f"arn:aws:glue:us-east-1:{_ACCOUNT}"
_S3 = ("s3://object-path", "testlftb")


def _identify(
    namespace: str,
    name: str,
    *,
    symlink: tuple[str, str] | None = None,
    environment: dict[str, Any] | None = None,
    dataset_type: str | None = None,
    region: str = "us-east-1",
) -> str:
    facets: dict[str, Any] = {}
    if symlink is not None:
        target, table = symlink
        facets["symlinks"] = {"identifiers": [{"namespace": target, "name": table, "type": "TABLE"}]}
    if dataset_type is not None:
        facets["datasetType"] = {"datasetType": dataset_type}
    return catalog_source_identifier(
        namespace,
        name,
        facets=facets,
        run_facets={"environment-properties": {"environment-properties": environment or {}}},
        caller_region=region,
        caller_account=_ACCOUNT,
    )


@pytest.mark.parametrize(
    "namespace, name",
    [
        pytest.param("s3://bucket", "clickstream/year=2025/data.json", id="S3"),
        pytest.param("postgres://db.example.com:5432", "shop.public.orders", id="PostgreSQL"),
        pytest.param("mysql://db.example.com:3306", "shop.orders", id="MySQL"),
        pytest.param("oracle://db.example.com:1521", "XEPDB1.SHOP.ORDERS", id="Oracle"),
        pytest.param("mssql://db.example.com:1433", "shop.dbo.orders", id="SQL Server"),
        pytest.param("snowflake://myorg-account1", "SHOP.PUBLIC.ORDERS", id="Snowflake"),
        pytest.param(
            "snowflake://xy12345.us-east-2.aws", "SHOP.PUBLIC.ORDERS", id="Snowflake by its locator"
        ),
        pytest.param("kafka://broker:9092", "orders", id="Kafka"),
        pytest.param("awsathena://athena.us-east-1.amazonaws.com", "AwsDataCatalog.db.t", id="Athena"),
        pytest.param("mongodb://db.example.com:27017", "shop.orders", id="MongoDB"),
        pytest.param(f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table", "Orders", id="DynamoDB"),
        pytest.param("arn:aws:s3tables:us-east-1:123456789012:bucket/lake", "ns.t", id="S3 Tables"),
        pytest.param("hive://metastore:9083", "db.t", id="Hive"),
        pytest.param("trino://trino:8080", "tpch.sf1.orders", id="Trino"),
        pytest.param("bigquery", "project.dataset.table", id="BigQuery"),
        pytest.param("xyz.analytics", "raw_sales", id="custom"),
        pytest.param("amazon.datazone.asset", "c3y1example02a", id="inventory asset"),
        pytest.param("amazon.datazone.listing", "l1example", id="published asset"),
    ],
)
def test_everything_else_is_joined_by_a_slash(namespace: str, name: str) -> None:
    """(3.1) Nothing is normalised."""
    assert _identify(namespace, name) == f"{namespace}/{name}"


@pytest.mark.parametrize(
    "namespace, name, expected",
    [
        pytest.param("s3://b/", "/x/", "s3://b///x/", id="slashes at the ends"),
        pytest.param("S3://B", "X", "S3://B/X", id="capitals"),
        pytest.param("s3://b", "größe", "s3://b/größe", id="not ASCII"),
    ],
)
def test_joining_keeps_slashes_and_case(namespace: str, name: str, expected: str) -> None:
    """(2.5, 3.1)"""
    assert _identify(namespace, name) == expected


class TestGlue:
    """(3.2, 3.3)"""

    @pytest.mark.parametrize(
        "symlink, expected",
        [
            pytest.param(
                ("arn:aws:glue:us-west-2:123456789012", "table/testdb/testtb-1"),
                "arn:aws:glue:us-west-2:123456789012:table/testdb/testtb-1",
                id="ARN",
            ),
            pytest.param(
                ("s3://object-path", "testlfdb.testlftb-1"),
                f"{_GLUE}:table/testlfdb/testlftb-1",
                id="database and table",
            ),
            pytest.param(
                (_GLUE, "table/s3tablescatalog/lake/sales/orders"),
                f"{_GLUE}:table/s3tablescatalog/lake/sales/orders",
                id="federated catalog: S3 Tables",
            ),
            pytest.param(
                (_GLUE, "table/lakehouse_catalog/sales/orders"),
                f"{_GLUE}:table/lakehouse_catalog/sales/orders",
                id="federated catalog: lakehouse",
            ),
        ],
    )
    def test_symlink_of_a_glue_run_names_the_table(self, symlink: tuple[str, str], expected: str) -> None:
        assert _identify(*_S3, symlink=symlink, environment={"GLUE_VERSION": "5.0"}) == expected

    def test_symlink_with_an_arn_counts_in_every_run(self) -> None:
        """(3.3) An event is one of Glue if its namespace or its symlink starts with the ARN."""
        assert _identify(*_S3, symlink=(_GLUE, "table/db/t")) == f"{_GLUE}:table/db/t"

    @pytest.mark.parametrize(
        "symlink",
        [
            pytest.param(("s3://object-path", "db.t"), id="database and table, outside of Glue"),
            pytest.param((_GLUE, "db.t"), id="an ARN, but no table"),
            pytest.param((f"{_GLUE}:table", "db/t"), id="an ARN split elsewhere"),
            pytest.param(("arn:aws:glue:us-east-1:1234", "table/db/t"), id="no account"),
            pytest.param(("hive://metastore:9083", "table/db/t"), id="another catalog"),
        ],
    )
    def test_other_symlinks_count_for_nothing_outside_of_glue(self, symlink: tuple[str, str]) -> None:
        assert _identify(*_S3, symlink=symlink) == "s3://object-path/testlftb"

    @pytest.mark.parametrize(
        "region, partition", [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
    )
    def test_partition_is_that_of_the_runs_region(self, region: str, partition: str) -> None:
        found = _identify(
            *_S3,
            symlink=("s3://object-path", "db.t"),
            environment={"GLUE_COMMAND_CRITERIA": "glueetl", "AWS_DEFAULT_REGION": region},
        )

        assert found == f"arn:{partition}:glue:{region}:{_ACCOUNT}:table/db/t"

    @pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b"])
    def test_namespace_of_every_partition_is_known(self, partition: str) -> None:
        namespace = f"arn:{partition}:glue:some-region-1:{_ACCOUNT}"

        assert _identify(namespace, "table/db/t") == f"{namespace}:table/db/t"

    @pytest.mark.parametrize(
        "namespace, name, expected",
        [
            pytest.param(f"{_GLUE}:table", "db/t", f"{_GLUE}:table/db/t", id="split as AWS shows it"),
            pytest.param(_GLUE, "table/db/t", f"{_GLUE}:table/db/t", id="split as OpenLineage does"),
            pytest.param(_GLUE, "database/db", f"{_GLUE}/database/db", id="no table"),
            pytest.param(f"{_GLUE}1", "table/db/t", f"{_GLUE}1/table/db/t", id="account of 13 digits"),
            pytest.param(
                "arn:aws:redshift:us-east-1:123456789012:table",
                "workgroup-20240715/tpcds_data/public/dws_tpcds_7",
                "arn:aws:redshift:us-east-1:123456789012:table/workgroup-20240715/tpcds_data/public/dws_tpcds_7",
                id="Redshift, written directly",
            ),
        ],
    )
    def test_namespace_may_be_an_arn_already(self, namespace: str, name: str, expected: str) -> None:
        assert _identify(namespace, name) == expected


_NAME = "tpcds_data.public.dws_tpcds_7"
_PATH = "tpcds_data/public/dws_tpcds_7"


class TestRedshift:
    """(3.4)"""

    @pytest.mark.parametrize(
        "host, expected",
        [
            pytest.param(
                f"cluster-20240715.{_ACCOUNT}.us-east-1.redshift.amazonaws.com:5439",
                f"arn:aws:redshift:us-east-1:{_ACCOUNT}:table/cluster-20240715/{_PATH}",
                id="provisioned",
            ),
            pytest.param(
                f"workgroup-20240715.{_ACCOUNT}.us-east-1.redshift-serverless.amazonaws.com:5439",
                f"arn:aws:redshift-serverless:us-east-1:{_ACCOUNT}:table/workgroup-20240715/{_PATH}",
                id="serverless",
            ),
            pytest.param(
                "cluster.cabc123xyz.eu-west-1.redshift.amazonaws.com",
                f"arn:aws:redshift:eu-west-1:{_ACCOUNT}:table/cluster/{_PATH}",
                id="an id in place of the account, no port",
            ),
            pytest.param(
                f"wg.{_ACCOUNT}.cn-northwest-1.redshift-serverless.amazonaws.com.cn:5439",
                f"arn:aws-cn:redshift-serverless:cn-northwest-1:{_ACCOUNT}:table/wg/{_PATH}",
                id="China",
            ),
            pytest.param(
                f"c.{_ACCOUNT}.us-gov-west-1.redshift.amazonaws.com:5439",
                f"arn:aws-us-gov:redshift:us-gov-west-1:{_ACCOUNT}:table/c/{_PATH}",
                id="GovCloud",
            ),
        ],
    )
    @pytest.mark.parametrize("scheme", ["redshift://", "jdbc:redshift://", "postgres://"])
    def test_endpoint_becomes_the_arn_of_the_table(self, scheme: str, host: str, expected: str) -> None:
        assert _identify(f"{scheme}{host}", _NAME) == expected

    @pytest.mark.parametrize(
        "dataset_type, kind",
        [("VIEW", "view"), ("view", "view"), ("TABLE", "table"), ("", "table"), (None, "table")],
    )
    def test_view_is_told_by_its_facet(self, dataset_type: str | None, kind: str) -> None:
        host = f"redshift://c.{_ACCOUNT}.us-east-1.redshift.amazonaws.com:5439"

        found = _identify(host, _NAME, dataset_type=dataset_type)

        assert found == f"arn:aws:redshift:us-east-1:{_ACCOUNT}:{kind}/c/{_PATH}"

    def test_view_of_another_store_is_named_like_its_tables(self) -> None:
        assert _identify("postgres://h:5432", "d.s.v", dataset_type="VIEW") == "postgres://h:5432/d.s.v"

    @pytest.mark.parametrize(
        "namespace",
        [
            pytest.param("redshift://warehouse.example.com:5439", id="custom domain name"),
            pytest.param("redshift://alias.us-east-1:5439", id="Airflow's short form"),
            pytest.param("redshift://127.0.0.1:5439", id="address"),
            pytest.param("redshift://redshift.amazonaws.com", id="no cluster"),
        ],
    )
    def test_host_that_is_no_endpoint_stays_as_it_is(self, namespace: str) -> None:
        """(3.4) Custom domain names and aliases do not work."""
        assert _identify(namespace, _NAME) == f"{namespace}/{_NAME}"

    @pytest.mark.parametrize("name", ["t", "public.t", ".public.t", "db..t", "db.public."])
    def test_name_that_is_not_of_three_parts_stays_as_it_is(self, name: str) -> None:
        namespace = f"redshift://c.{_ACCOUNT}.us-east-1.redshift.amazonaws.com:5439"

        assert _identify(namespace, name) == f"{namespace}/{name}"

    def test_dots_of_a_table_are_part_of_its_name(self) -> None:
        namespace = f"redshift://c.{_ACCOUNT}.us-east-1.redshift.amazonaws.com:5439"

        assert _identify(namespace, "db.public.a.b").endswith(":table/c/db/public/a.b")
