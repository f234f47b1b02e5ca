"""``example_glue_crawl_mapped``: many crawlers, of which one that fails hides none of the others."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.integration.dag_running import aws_connection, load_example, run_made_dag

pytestmark = pytest.mark.usefixtures("airflow_database")

DAG_FILE = "example_glue_crawl_mapped"
CRAWLERS = [f"region-{number}" for number in range(1, 7)]
BROKEN = "region-3"


@pytest.fixture
def crawlers(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Six crawlers, of which the third reads a bucket that is not there."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", aws_connection(local_aws))
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    for bucket in ("sales", "closed"):
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": "sales"})
    for name in CRAWLERS:
        s3.put_object(Bucket="sales", Key=f"{name}/orders.json", Body=b'{"id": 1}')
        bucket = "closed" if name == BROKEN else "sales"
        glue.create_crawler(
            Name=name,
            Role="crawler",
            DatabaseName="sales",
            Targets={"S3Targets": [{"Path": f"s3://{bucket}/{name}/"}]},
            TablePrefix=f"{name}_",
        )
    s3.delete_bucket(Bucket="closed")
    return CRAWLERS


def test_one_of_six_fails_and_hides_none_of_the_others(local_aws: LocalAws, crawlers: list[str]) -> None:
    outcome = run_made_dag(load_example(DAG_FILE).dag, conf={"crawlers": crawlers})

    states = [outcome.states[f"crawl[{index}]"] for index in range(6)]
    assert states == ["success", "success", "failed", "success", "success", "success"]
    assert local_aws.calls()["glue"]["StartCrawler"] == 6
    summary = outcome.values["summarise"]
    assert list(summary["crawled"]) == [name for name in crawlers if name != BROKEN]
    assert list(summary["failed"]) == [BROKEN]
    message = local_aws.client("glue").get_crawler(Name=BROKEN)["Crawler"]["LastCrawl"]["ErrorMessage"]
    assert message in summary["failed"][BROKEN]
    assert outcome.states["name_failures"] == "failed"
    assert outcome.state == "failed"


def test_the_run_succeeds_if_all_crawled(crawlers: list[str]) -> None:
    healthy = crawlers[:2]

    outcome = run_made_dag(load_example(DAG_FILE).dag, conf={"crawlers": healthy})

    assert outcome.state == "success"
    assert list(outcome.values["summarise"]["crawled"]) == healthy
    assert outcome.values["summarise"]["failed"] == {}


def test_a_crawler_that_is_not_there_is_named_too(crawlers: list[str]) -> None:
    outcome = run_made_dag(load_example(DAG_FILE).dag, conf={"crawlers": ["nobody", crawlers[0]]})

    assert outcome.states["crawl[1]"] == "success"
    assert "'nobody'" in outcome.values["summarise"]["failed"]["nobody"]


def test_the_error_names_each_crawler_and_its_message() -> None:
    judge = load_example(DAG_FILE).dag.get_task("name_failures").python_callable

    with pytest.raises(Exception, match=r"(?s)2 of 3 crawlers failed:.*- a: no access.*- b: no data"):
        judge({"crawled": {"c": "1"}, "failed": {"a": "no access", "b": "no data"}})


def test_crawlers_whose_tasks_left_nothing_behind_are_named_all_the_same() -> None:
    summarise = load_example(DAG_FILE).dag.get_task("summarise").python_callable
    ti = SimpleNamespace(xcom_pull=lambda **_: None)

    assert sorted(summarise(["a", "b"], ti)["failed"]) == ["a", "b"]


def test_fifty_crawlers_run_ten_at_a_time() -> None:
    module = load_example(DAG_FILE)

    assert len(set(module.dag.params["crawlers"])) == 50
    assert module.dag.get_task("crawl").max_active_tis_per_dagrun == 10
