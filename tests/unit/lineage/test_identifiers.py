from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.identifiers import (
    DatasetId,
    FieldId,
    JobId,
    NodeId,
    RunId,
    node_id_from,
    node_sort_key,
)
from tests.unit.lineage.builders import dataset_ids, job_ids, run_ids, texts

GLUE = "arn:aws:glue:us-east-1:123456789012"


class TestDatasetId:
    @pytest.mark.parametrize(
        "namespace, name, expected",
        [
            pytest.param(GLUE, "table/db/t", f"{GLUE}:table/db/t", id="Glue as OpenLineage names it"),
            pytest.param(f"{GLUE}:table", "db/t", f"{GLUE}:table/db/t", id="Glue split after table"),
            pytest.param(
                "arn:aws-us-gov:glue:us-gov-west-1:123456789012",
                "table/db/t",
                "arn:aws-us-gov:glue:us-gov-west-1:123456789012:table/db/t",
                id="Glue in GovCloud",
            ),
            pytest.param(GLUE, "database/db", f"{GLUE}/database/db", id="Glue, but no table"),
            pytest.param(
                "arn:aws:dynamodb:us-east-1:123456789012:table",
                "Orders",
                "arn:aws:dynamodb:us-east-1:123456789012:table/Orders",
                id="DynamoDB",
            ),
            pytest.param("s3://bucket", "a/b", "s3://bucket/a/b", id="S3"),
            pytest.param("s3://bucket", "/", "s3://bucket//", id="root of a bucket"),
            pytest.param("xyz.analytics", "raw", "xyz.analytics/raw", id="anything else"),
        ],
    )
    def test_has_the_source_identifier_of_the_catalog(self, namespace: Any, name: Any, expected: Any) -> None:
        assert DatasetId(namespace, name).source_identifier == expected

    @pytest.mark.parametrize(
        "text, namespace, name",
        [
            pytest.param(f"{GLUE}:table/db/t", GLUE, "table/db/t", id="Glue"),
            pytest.param(f"{GLUE}:table/cat/b/db/t", GLUE, "table/cat/b/db/t", id="federated Glue"),
            pytest.param(
                "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/Orders",
                "arn:aws-cn:dynamodb:cn-north-1:123456789012:table",
                "Orders",
                id="DynamoDB",
            ),
            pytest.param(
                "arn:aws:redshift:us-east-1:123456789012:view/c/d/s/t",
                "arn:aws:redshift:us-east-1:123456789012:view",
                "c/d/s/t",
                id="Redshift view",
            ),
            pytest.param("s3://bucket/a/b/", "s3://bucket", "a/b/", id="S3 with a slash at the end"),
            pytest.param("s3://bucket//", "s3://bucket", "/", id="root of a bucket"),
            pytest.param("s3://bucket/", "s3://bucket", "/", id="bucket with a slash"),
            pytest.param("s3://bucket", "s3://bucket", "/", id="bucket"),
            pytest.param("amazon.datazone.asset/c3y1", "amazon.datazone.asset", "c3y1", id="asset"),
            pytest.param("postgres://h:5432/d.s.t", "postgres://h:5432", "d.s.t", id="Postgres"),
            pytest.param("a/b/c", "a/b", "c", id="last slash"),
            pytest.param("a/b/", "a", "b/", id="slash at the end belongs to the name"),
            pytest.param("a//", "a", "/", id="name is a slash"),
            pytest.param("loose", "", "loose", id="no slash"),
        ],
    )
    def test_splits_a_source_identifier_and_keeps_it(self, text: Any, namespace: Any, name: Any) -> None:
        found = DatasetId.from_source_identifier(text)

        assert (found.namespace, found.name, found.source_identifier) == (namespace, name, text)

    def test_is_equal_to_another_spelling_of_the_same_node(self) -> None:
        one, other = DatasetId(GLUE, "table/db/t"), DatasetId(f"{GLUE}:table", "db/t")

        assert one == other
        assert hash(one) == hash(other)

    def test_tells_case_apart(self) -> None:
        assert DatasetId("s3://b", "Key") != DatasetId("s3://b", "key")

    @pytest.mark.parametrize(
        "namespace, expected",
        [
            pytest.param(
                "redshift://cluster-1.123456789012.us-east-1.redshift.amazonaws.com:5439",
                "arn:aws:redshift:us-east-1:123456789012:table/cluster-1/db/public/t",
                id="provisioned",
            ),
            pytest.param(
                "redshift://wg.123456789012.cn-north-1.redshift-serverless.amazonaws.com.cn:5439",
                "arn:aws-cn:redshift-serverless:cn-north-1:123456789012:table/wg/db/public/t",
                id="serverless, in China",
            ),
            pytest.param(
                "redshift://warehouse:5439", "redshift://warehouse:5439/db.public.t", id="own domain"
            ),
            pytest.param(
                "redshift://c.abc123.us-east-1.redshift.amazonaws.com",
                "redshift://c.abc123.us-east-1.redshift.amazonaws.com/db.public.t",
                id="endpoint without account",
            ),
        ],
    )
    def test_names_a_redshift_table_by_its_arn_where_the_endpoint_says_all(
        self, namespace: Any, expected: Any
    ) -> None:
        assert DatasetId(namespace, "db.public.t").source_identifier == expected

    @pytest.mark.parametrize("name", ["t", "db.t", "db..t", ".s.t"])
    def test_joins_a_redshift_name_that_is_not_of_three_parts(self, name: Any) -> None:
        namespace = "redshift://c.123456789012.us-east-1.redshift.amazonaws.com"

        assert DatasetId(namespace, name).source_identifier == f"{namespace}/{name}"

    @pytest.mark.parametrize("namespace, name", [("", "t"), ("n", ""), ("", "")])
    def test_refuses_an_empty_part(self, namespace: Any, name: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="both not empty"):
            DatasetId(namespace, name)

    def test_refuses_an_empty_source_identifier(self) -> None:
        with pytest.raises(InvalidIdentifierError):
            DatasetId.parse("")

    @given(dataset_ids)
    def test_parses_what_it_prints(self, dataset: Any) -> None:
        assert DatasetId.parse(str(dataset)) == dataset

    @given(texts)
    def test_prints_what_it_parsed(self, text: Any) -> None:
        assert str(DatasetId.parse(text)) == text

    @given(dataset_ids)
    def test_survives_pickling_with_its_spelling(self, dataset: Any) -> None:
        again = pickle.loads(pickle.dumps(dataset))

        assert (again, again.namespace, again.name) == (dataset, dataset.namespace, dataset.name)


class TestFieldId:
    @given(dataset_ids, st.text(alphabet="ab#%23/ ", min_size=1))
    def test_parses_what_it_prints(self, dataset: Any, name: Any) -> None:
        field = FieldId(dataset, name)

        assert FieldId.parse(str(field)) == field

    @pytest.mark.parametrize("text", ["", "dataset", "#field", "dataset#"])
    def test_refuses_a_text_without_dataset_and_field(self, text: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="dataset#field"):
            FieldId.parse(text)

    def test_refuses_an_empty_name(self) -> None:
        with pytest.raises(InvalidIdentifierError, match="with a name"):
            FieldId(DatasetId("a", "b"), "")

    def test_encodes_what_would_hide_the_separator(self) -> None:
        assert str(FieldId(DatasetId("a", "b"), "100%#")) == "a/b#100%25%23"


class TestJobId:
    def test_joins_namespace_and_name_by_a_dot(self) -> None:
        assert JobId("glue_crawler", "Crawler").source_identifier == "glue_crawler.Crawler"

    def test_is_split_at_the_first_dot(self) -> None:
        found = JobId.parse("default.dag.task")

        assert (found.namespace, found.name) == ("default", "dag.task")

    @given(job_ids)
    def test_parses_what_it_prints(self, job: Any) -> None:
        assert JobId.parse(str(job)) == job

    @pytest.mark.parametrize("text", ["", "job", ".job", "job."])
    def test_refuses_a_text_without_two_parts(self, text: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match=r"namespace\.name"):
            JobId.parse(text)

    @pytest.mark.parametrize("namespace, name", [("", "n"), ("n", "")])
    def test_refuses_an_empty_part(self, namespace: Any, name: Any) -> None:
        with pytest.raises(InvalidIdentifierError, match="both not empty"):
            JobId(namespace, name)


class TestRunId:
    def test_joins_job_and_run_by_a_slash(self) -> None:
        assert str(RunId(JobId("glue_crawler", "C"), "7d3c")) == "glue_crawler.C/7d3c"

    def test_is_split_at_the_last_slash(self) -> None:
        found = RunId.parse("glue_crawler.a/b/7d3c")

        assert (str(found.job), found.run_id) == ("glue_crawler.a/b", "7d3c")

    @given(run_ids)
    def test_parses_what_it_prints(self, run: Any) -> None:
        assert RunId.parse(str(run)) == run

    @pytest.mark.parametrize("text", ["", "a.b", "a.b/", "/x", "job/run"])
    def test_refuses_a_text_without_job_and_run(self, text: Any) -> None:
        with pytest.raises(InvalidIdentifierError):
            RunId.parse(text)

    def test_refuses_an_empty_run_id(self) -> None:
        with pytest.raises(InvalidIdentifierError, match="with an id"):
            RunId(JobId("a", "b"), "")


class TestNodeIds:
    @pytest.mark.parametrize(
        "kind, text, expected",
        [
            ("dataset", "s3://b/k", DatasetId("s3://b", "k")),
            ("job", "a.b", JobId("a", "b")),
            ("run", "a.b/c", RunId(JobId("a", "b"), "c")),
        ],
    )
    def test_are_made_from_kind_and_source_identifier(self, kind: Any, text: Any, expected: Any) -> None:
        assert node_id_from(kind, text) == expected

    def test_of_an_unknown_kind_are_refused(self) -> None:
        with pytest.raises(InvalidIdentifierError, match="dataset, job or run"):
            node_id_from("listing", "x")

    def test_of_different_kinds_are_different_with_the_same_text(self) -> None:
        ids: list[NodeId] = [DatasetId("a.b", "c"), RunId(JobId("a", "b"), "c")]

        assert ids[0].source_identifier == ids[1].source_identifier
        assert ids[0] != ids[1]

    def test_sort_by_kind_then_text(self) -> None:
        ids: list[NodeId] = [
            RunId(JobId("a", "b"), "c"),
            JobId("z", "z"),
            DatasetId("z", "z"),
            DatasetId("a", "a"),
        ]

        assert sorted(ids, key=node_sort_key) == [ids[3], ids[2], ids[1], ids[0]]
