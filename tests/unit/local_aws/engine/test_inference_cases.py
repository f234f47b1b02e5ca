"""Every inference case: data in, tables as the Data Catalog shows them out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.definitions import Stamp, table_input
from airflow_lineage_provider.local_aws.engine.delta_target import DeltaTarget, crawl_delta
from airflow_lineage_provider.local_aws.engine.formats import BUILT_IN_FORMATS
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.hudi_target import crawl_hudi
from airflow_lineage_provider.local_aws.engine.iceberg_target import crawl_iceberg
from airflow_lineage_provider.local_aws.engine.naming import table_name
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target, crawl_s3
from airflow_lineage_provider.local_aws.engine.table_folders import TraversalTarget
from tests.unit.local_aws.engine.inference_cases import (
    avro_cases,
    classifier_cases,
    csv_cases,
    grouping_cases,
    json_cases,
    open_table_cases,
    orc_cases,
    parquet_cases,
    text_cases,
    unreadable_cases,
)
from tests.unit.local_aws.engine.inference_cases.case import Case, Table
from tests.unit.local_aws.engine.memory_reader import MemoryObjects

_ALL: list[Case] = [
    *avro_cases.CASES,
    *classifier_cases.CASES,
    *csv_cases.CASES,
    *grouping_cases.CASES,
    *json_cases.CASES,
    *open_table_cases.CASES,
    *orc_cases.CASES,
    *parquet_cases.CASES,
    *text_cases.CASES,
    *unreadable_cases.CASES,
]
_STAMP = Stamp("crawler", "crawl", datetime(2025, 6, 4, tzinfo=UTC))


def shown(found: FoundTable, wanted: Table) -> Table:
    """Return what was found in the form of an expectation, with the parameters the expectation names."""
    name = table_name(found.base_name)
    written: dict[str, Any] = table_input(found, name, _STAMP, indexed=False)
    descriptor = written["StorageDescriptor"]
    serde = descriptor["SerdeInfo"]
    return Table(
        name=name,
        columns=tuple((column["Name"], column["Type"]) for column in descriptor["Columns"]),
        classification=found.classification,
        location=found.location,
        partition_keys=tuple(key["Name"] for key in written["PartitionKeys"]),
        partitions=tuple(partition.values for partition in found.partitions),
        parameters={key: written["Parameters"].get(key, "(absent)") for key in wanted.parameters},
        serde=serde.get("SerializationLibrary") if wanted.serde is not None else None,
        serde_parameters=serde.get("Parameters", {}) if wanted.serde_parameters is not None else None,
    )


def crawl(case: Case) -> tuple[FoundTable, ...]:
    """Return the tables that a target of the case's kind holds."""
    objects = MemoryObjects(case.files)
    match case.kind:
        case "delta":
            delta = crawl_delta(objects, DeltaTarget(case.path, native=True))
            return () if delta is None else (delta.table,)
        case "iceberg":
            return crawl_iceberg(objects, TraversalTarget(case.path, case.exclusions))
        case "hudi":
            return crawl_hudi(objects, TraversalTarget(case.path, case.exclusions))
        case _:
            return crawl_s3(
                objects,
                S3Target(case.path, case.exclusions),
                CrawlerConfiguration.parse(case.configuration),
                formats=(*case.classifiers, *BUILT_IN_FORMATS),
            ).tables


class TestInferenceCases:
    @pytest.mark.parametrize("case", _ALL, ids=lambda case: f"{case.id} [{case.rule}]")
    def test_makes_the_tables_the_rule_says(self, case: Case) -> None:
        tables = crawl(case)

        assert len(tables) == len(case.tables)
        pairs = zip(tables, case.tables, strict=True)
        assert tuple(shown(found, wanted) for found, wanted in pairs) == case.tables

    def test_has_a_rule_and_a_name_of_its_own_for_every_case(self) -> None:
        assert len({case.id for case in _ALL}) == len(_ALL)
        assert all(case.rule[0].isdigit() for case in _ALL)
