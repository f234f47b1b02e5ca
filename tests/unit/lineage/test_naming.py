from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.naming import (
    catalog_source_identifier,
    dynamodb_table,
    glue_table,
    glue_table_arn,
    glue_table_of,
    location_to_dataset,
    partition_of,
    s3_dataset,
    s3_dataset_from_uri,
    source_field_names,
)

PLACE = {"region": "us-east-1", "account": "123456789012"}
GLUE = "arn:aws:glue:us-east-1:123456789012"


class TestPartitions:
    @pytest.mark.parametrize(
        "region, partition",
        [
            ("us-east-1", "aws"),
            ("eu-central-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ],
    )
    def test_follow_from_the_region(self, region: Any, partition: Any) -> None:
        assert partition_of(region) == partition


class TestS3:
    @pytest.mark.parametrize("key", ["clickstream", "clickstream/", "/clickstream", "/clickstream/"])
    def test_a_prefix_is_one_dataset_however_it_is_written(self, key: Any) -> None:
        assert s3_dataset("b", key) == DatasetId("s3://b", "clickstream")

    @pytest.mark.parametrize("key", ["", "/", "//"])
    def test_the_root_of_a_bucket_has_a_name(self, key: Any) -> None:
        assert s3_dataset("b", key).name == "/"

    @given(st.text())
    def test_a_name_is_never_empty(self, key: Any) -> None:
        assert s3_dataset("b", key).name

    @pytest.mark.parametrize("bucket", ["", "a/b"])
    def test_refuses_what_is_no_bucket(self, bucket: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="S3 bucket"):
            s3_dataset(bucket, "k")

    @pytest.mark.parametrize(
        "uri, name",
        [
            ("s3://b/a/b.json", "a/b.json"),
            ("s3a://b/a/", "a"),
            ("s3n://b/a", "a"),
            ("S3://b", "/"),
            ("s3://b/", "/"),
        ],
    )
    def test_is_named_from_a_uri(self, uri: Any, name: Any) -> None:
        assert s3_dataset_from_uri(uri) == DatasetId("s3://b", name)

    @pytest.mark.parametrize("uri", ["", "b/a", "s3://", "s3:///a", "gs://b/a"])
    def test_refuses_what_is_no_s3_uri(self, uri: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="S3 URI"):
            s3_dataset_from_uri(uri)

    @given(st.text(alphabet="ab/ ", max_size=10))
    def test_comes_back_from_its_source_identifier(self, key: Any) -> None:
        dataset = s3_dataset("bucket", key)

        again = DatasetId.from_source_identifier(dataset.source_identifier)

        assert (again.namespace, again.name) == (dataset.namespace, dataset.name)


class TestGlue:
    def test_a_table_has_its_arn_as_source_identifier(self) -> None:
        assert glue_table("db", "t", **PLACE).source_identifier == f"{GLUE}:table/db/t"
        assert glue_table_arn("db", "t", **PLACE) == f"{GLUE}:table/db/t"

    def test_a_table_is_in_the_partition_of_its_region(self) -> None:
        found = glue_table("db", "t", region="cn-north-1", account="123456789012")

        assert found.namespace == "arn:aws-cn:glue:cn-north-1:123456789012"

    def test_a_partition_that_is_given_counts(self) -> None:
        assert glue_table("db", "t", partition="aws-x", **PLACE).namespace.startswith("arn:aws-x:")

    @pytest.mark.parametrize("missing", ["database", "table", "region", "account"])
    def test_refuses_an_empty_part(self, missing: Any) -> None:
        parts = {"database": "db", "table": "t", **PLACE, missing: ""}

        with pytest.raises(InvalidIdentifierError, match="a Glue table"):
            glue_table(**parts)

    @pytest.mark.parametrize(
        "text, expected",
        [
            (f"{GLUE}:table/db/t", ("db", "t")),
            (f"{GLUE}:table/s3tablescatalog/b/db/t", ("s3tablescatalog/b/db", "t")),
            (f"{GLUE}:table/t", None),
            ("s3://b/table/db/t", None),
            ("arn:aws:dynamodb:us-east-1:123456789012:table/T", None),
        ],
    )
    def test_database_and_table_are_read_from_a_dataset(self, text: Any, expected: Any) -> None:
        assert glue_table_of(DatasetId.parse(text)) == expected

    @given(st.text(alphabet="ab_1", min_size=1), st.text(alphabet="ab_1-.", min_size=1))
    def test_comes_back_from_its_source_identifier(self, database: Any, table: Any) -> None:
        again = DatasetId.from_source_identifier(glue_table_arn(database, table, **PLACE))

        assert glue_table_of(again) == (database, table)
        assert again.name == f"table/{database}/{table}"


class TestDynamoDB:
    def test_a_table_has_its_arn_as_source_identifier(self) -> None:
        found = dynamodb_table("Orders", region="us-gov-west-1", account="123456789012")

        assert str(found) == "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/Orders"
        assert (found.namespace[-6:], found.name) == (":table", "Orders")

    @pytest.mark.parametrize("missing", ["name", "region", "account"])
    def test_refuses_an_empty_part(self, missing: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="a DynamoDB table"):
            dynamodb_table(**{"name": "t", **PLACE, missing: ""})


class TestLocations:
    @pytest.mark.parametrize(
        "location, expected",
        [
            ("s3://b/clickstream/", DatasetId("s3://b", "clickstream")),
            ("s3://b", DatasetId("s3://b", "/")),
            ("s3://b/delta/orders/_symlink_format_manifest/", DatasetId("s3://b", "delta/orders")),
            ("s3://b/_symlink_format_manifest", DatasetId("s3://b", "/")),
            ("s3://b/my_symlink_format_manifest/", DatasetId("s3://b", "my_symlink_format_manifest")),
            (
                "arn:aws:dynamodb:us-east-1:123456789012:table/Orders",
                dynamodb_table("Orders", **PLACE),
            ),
            (
                "arn:aws:dynamodb:us-east-1:123456789012:table/Orders/index/byDay",
                dynamodb_table("Orders", **PLACE),
            ),
        ],
    )
    def test_name_the_data_behind_a_table(self, location: Any, expected: Any) -> None:
        assert location_to_dataset(location) == expected

    def test_of_a_databases_tables_need_their_connection(self) -> None:
        connection = {"ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://db:5432/punk_db"}}

        named = location_to_dataset("punk_db.public.tbl_punk", connection)

        assert named == DatasetId("postgres://db:5432", "punk_db.public.tbl_punk")

    def test_in_s3_are_named_alike_whatever_the_connection(self) -> None:
        assert location_to_dataset("s3://b/x/", {"Name": "net"}) == DatasetId("s3://b", "x")

    @pytest.mark.parametrize("location", ["", "punk_db.public.tbl_punk", f"{GLUE}:table/db/t"])
    def test_that_do_not_say_enough_are_refused(self, location: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="S3 or DynamoDB"):
            location_to_dataset(location)


class TestSourceFieldNames:
    def test_of_a_json_table_stand_in_its_serde(self) -> None:
        table = {"StorageDescriptor": {"SerdeInfo": {"Parameters": {"paths": "Id,userName"}}}}

        assert source_field_names(table) == {"id": "Id", "username": "userName"}

    def test_of_a_dynamodb_tables_keys_stand_in_its_parameters(self) -> None:
        table = {"Parameters": {"hashKey": "userId", "rangeKey": "orderId"}}

        assert source_field_names(table) == {"userid": "userId", "orderid": "orderId"}

    def test_of_a_delta_table_stand_in_the_parts_of_its_schema(self) -> None:
        text = '{"type":"struct","fields":[{"name":"Id","type":"long"},{"name":"City","type":"string"}]}'
        prefix = "spark.sql.sources.schema."
        parameters = {
            f"{prefix}numParts": "2",
            f"{prefix}part.0": text[:30],
            f"{prefix}part.1": text[30:],
        }

        assert source_field_names({"Parameters": parameters}) == {"id": "Id", "city": "City"}

    @pytest.mark.parametrize(
        "parameters",
        [
            {"spark.sql.sources.schema.numParts": "many"},
            {"spark.sql.sources.schema.numParts": "1"},
            {"spark.sql.sources.schema.numParts": "1", "spark.sql.sources.schema.part.0": "{broken"},
            {"spark.sql.sources.schema.numParts": "1", "spark.sql.sources.schema.part.0": "{}"},
            {"spark.sql.sources.schema.numParts": "1", "spark.sql.sources.schema.part.0": '{"fields": 1}'},
        ],
    )
    def test_of_a_schema_that_is_broken_are_none(self, parameters: Any) -> None:
        assert source_field_names({"Parameters": parameters, "StorageDescriptor": None}) == {}

    def test_that_are_ambiguous_are_left_out(self) -> None:
        table = {"StorageDescriptor": {"SerdeInfo": {"Parameters": {"paths": "ID,Id,name"}}}}

        assert source_field_names(table) == {"name": "name"}


def identify(namespace: Any, name: Any, *, symlinks: Any = (), environment: Any = None, **caller: Any) -> Any:
    """Ask for a source identifier with facets as events carry them."""
    identifiers = [{"namespace": ns, "name": n, "type": kind} for ns, n, kind in symlinks]
    return catalog_source_identifier(
        namespace,
        name,
        facets={"symlinks": {"identifiers": identifiers}} if symlinks else {},
        run_facets={"environment-properties": {"environment-properties": environment or {}}},
        caller_region=caller.get("region", "us-east-1"),
        caller_account=caller.get("account", "123456789012"),
    )


GLUE_RUN = {"GLUE_VERSION": "3.0"}
S3 = ("s3://b", "clickstream")


class TestCatalogSourceIdentifier:
    @pytest.mark.parametrize("marker", ["GLUE_VERSION", "GLUE_COMMAND_CRITERIA", "GLUE_PYTHON_VERSION"])
    def test_a_symlink_of_a_glue_run_names_the_table(self, marker: Any) -> None:
        found = identify(*S3, symlinks=[("s3://b", "lab_db.clickstream", "TABLE")], environment={marker: "x"})

        assert found == f"{GLUE}:table/lab_db/clickstream"

    def test_the_region_of_the_run_counts_before_the_callers(self) -> None:
        found = identify(
            *S3,
            symlinks=[("s3://b", "lab_db.clickstream", "TABLE")],
            environment=GLUE_RUN | {"AWS_DEFAULT_REGION": "cn-north-1"},
        )

        assert found == "arn:aws-cn:glue:cn-north-1:123456789012:table/lab_db/clickstream"

    @pytest.mark.parametrize("region", ["", 7, None])
    def test_a_region_that_is_none_leaves_the_callers(self, region: Any) -> None:
        found = identify(
            *S3,
            symlinks=[("s3://b", "db.t", "TABLE")],
            environment=GLUE_RUN | {"AWS_DEFAULT_REGION": region},
            region="eu-west-1",
        )

        assert found == "arn:aws:glue:eu-west-1:123456789012:table/db/t"

    def test_a_symlink_that_is_an_arn_is_joined_by_a_colon(self) -> None:
        other = "arn:aws:glue:us-west-2:999999999999"

        found = identify(*S3, symlinks=[(other, "table/testdb/testtb-1", "TABLE")], environment=GLUE_RUN)

        assert found == f"{other}:table/testdb/testtb-1"

    def test_the_first_usable_symlink_counts(self) -> None:
        symlinks = [
            ("s3://b", "clickstream", "TABLE"),
            ("s3://b", "lab_db.location", "LOCATION"),
            ("s3://b", "lab_db.first", "table"),
            ("s3://b", "lab_db.second", "TABLE"),
        ]

        assert identify(*S3, symlinks=symlinks, environment=GLUE_RUN) == f"{GLUE}:table/lab_db/first"

    @pytest.mark.parametrize("name", ["t", "a.b.c", ".t", "db.", "db/x.t", "table/db"])
    def test_a_symlink_of_another_shape_names_nothing(self, name: Any) -> None:
        assert (
            identify(*S3, symlinks=[("s3://b", name, "TABLE")], environment=GLUE_RUN) == "s3://b/clickstream"
        )

    def test_a_symlink_counts_in_a_glue_run_only(self) -> None:
        found = identify(*S3, symlinks=[("s3://b", "db.t", "TABLE")], environment={"AWS_DEFAULT_REGION": "x"})

        assert found == "s3://b/clickstream"

    def test_a_glue_namespace_needs_no_glue_run(self) -> None:
        assert identify(GLUE, "table/db/t") == f"{GLUE}:table/db/t"

    def test_redshift_comes_before_symlinks(self) -> None:
        namespace = "redshift://c.123456789012.us-east-1.redshift.amazonaws.com:5439"

        found = identify(namespace, "d.s.t", symlinks=[("x", "db.t", "TABLE")], environment=GLUE_RUN)

        assert found == "arn:aws:redshift:us-east-1:123456789012:table/c/d/s/t"

    def test_the_callers_account_stands_in_for_a_redshift_endpoint_without_one(self) -> None:
        namespace = "jdbc:redshift://c.abc123xyz.us-east-1.redshift.amazonaws.com:5439"

        assert identify(namespace, "d.s.t") == "arn:aws:redshift:us-east-1:123456789012:table/c/d/s/t"

    def test_anything_else_is_joined_without_normalising(self) -> None:
        assert identify("file://h/", "/tmp/x/") == "file://h///tmp/x/"

    @pytest.mark.parametrize(
        "facets, run_facets",
        [
            pytest.param({"symlinks": []}, {}, id="facet is a list"),
            pytest.param({"symlinks": {"identifiers": "x"}}, {}, id="identifiers are text"),
            pytest.param({"symlinks": {"identifiers": [1, {"type": "TABLE"}]}}, {}, id="no names"),
            pytest.param({}, {"environment-properties": "x"}, id="environment is text"),
            pytest.param({}, {"environment-properties": {}}, id="nothing inside the environment"),
        ],
    )
    def test_a_malformed_facet_counts_as_absent(self, facets: Any, run_facets: Any) -> None:
        glue = {"environment-properties": {"environment-properties": GLUE_RUN}}

        found = catalog_source_identifier(
            *S3, facets=facets, run_facets=run_facets or glue, caller_region="r", caller_account="a"
        )

        assert found == "s3://b/clickstream"
