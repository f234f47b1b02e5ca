"""The examples of the how-to page on open tables and catalog targets do what the page says."""

from __future__ import annotations

from airflow_lineage_provider.local_aws import LocalAws
from tests.integration.local_aws.howto_examples import examples_of

EXAMPLE = examples_of("crawl-open-tables.rst")


def test_a_delta_table(local_aws: LocalAws) -> None:
    table = EXAMPLE("crawl_a_delta_table")(local_aws)

    assert table["Parameters"]["spark.sql.sources.provider"] == "delta"
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "bigint"}]


def test_an_iceberg_table(local_aws: LocalAws) -> None:
    rows = EXAMPLE("crawl_an_iceberg_table")(local_aws)

    assert rows["id"].to_pylist() == [1, 2]


def test_a_table_of_the_catalog(local_aws: LocalAws) -> None:
    partitions = EXAMPLE("keep_a_table_up_to_date")(local_aws)

    assert [partition["Values"] for partition in partitions] == [["2025"]]
