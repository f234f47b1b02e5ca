from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.errors import InvalidConfigurationError


def parse(document: dict[str, Any]) -> CrawlerConfiguration:
    return CrawlerConfiguration.parse(json.dumps(document))


class TestCrawlerConfiguration:
    @pytest.mark.parametrize("text", [None, "", '{"Version": 1.0}'])
    def test_has_glues_defaults(self, text: str | None) -> None:
        assert CrawlerConfiguration.parse(text) == CrawlerConfiguration()
        assert CrawlerConfiguration().create_partition_index is True

    def test_reads_every_option(self) -> None:
        configuration = parse(
            {
                "Version": 1.0,
                "CrawlerOutput": {
                    "Tables": {"AddOrUpdateBehavior": "MergeNewColumns", "TableThreshold": 5},
                    "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
                },
                "Grouping": {
                    "TableGroupingPolicy": "CombineCompatibleSchemas",
                    "TableLevelConfiguration": 3,
                },
                "CreatePartitionIndex": False,
            }
        )

        assert configuration == CrawlerConfiguration(
            merge_new_columns=True,
            inherit_from_table=True,
            combine_compatible_schemas=True,
            table_level=3,
            table_threshold=5,
            create_partition_index=False,
        )

    def test_indexes_when_told_to(self) -> None:
        assert parse({"CreatePartitionIndex": True}).create_partition_index is True

    def test_takes_a_version_without_fraction(self) -> None:
        assert parse({"Version": 1}) == CrawlerConfiguration()

    @pytest.mark.parametrize(
        "document, problem",
        [
            pytest.param(
                {"CrawlerOutput": {"Partitions": {"UpdateBehavior": "x"}}},
                "CrawlerOutput.Partitions contains unsupported keys: UpdateBehavior.",
                id="AWS's own text",
            ),
            pytest.param({"Nonsense": 1}, "unsupported keys: Nonsense", id="unknown key"),
            pytest.param({"Grouping": {"Level": 1}}, "Grouping contains unsupported keys", id="in Grouping"),
            pytest.param({"Version": 2.0}, "Version: 2.0", id="unknown version"),
            pytest.param({"Version": True}, "Version: True", id="a boolean is no version"),
            pytest.param(
                {"CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "Merge"}}}, "Merge", id="unknown value"
            ),
            pytest.param({"CreatePartitionIndex": "yes"}, "yes", id="text for a boolean"),
            pytest.param(
                {"CrawlerOutput": {"Tables": {"TableThreshold": 0}}}, "must be 1 or more", id="threshold 0"
            ),
            pytest.param(
                {"Grouping": {"TableLevelConfiguration": 1.5}}, "must be 1 or more", id="half a level"
            ),
            pytest.param({"Grouping": []}, "must be a JSON object", id="a list for an object"),
        ],
    )
    def test_refuses_what_glue_does_not_know(self, document: dict[str, Any], problem: str) -> None:
        with pytest.raises(InvalidConfigurationError) as raised:
            parse(document)

        assert problem in str(raised.value)

    @pytest.mark.parametrize("text", ["{", "[]", "1"])
    def test_refuses_what_is_no_json_object(self, text: str) -> None:
        with pytest.raises(InvalidConfigurationError):
            CrawlerConfiguration.parse(text)
