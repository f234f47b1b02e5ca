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
        assert parse({"Version": 1, "CreatePartitionIndex": True}).create_partition_index is True

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
            pytest.param({"Version": 2.0}, "Version 2.0 is not supported", id="unknown version"),
            pytest.param(
                {"Version": "1.0"},
                "Crawler configuration not valid: Version type invalid: expected Double, received String",
                id="AWS's text for a version in quotes",
            ),
            pytest.param({"Version": True}, "received Boolean", id="a boolean is no version"),
            pytest.param(
                {"CreatePartitionIndex": True},
                "Crawler configuration not valid: Crawler configuration missing required key: Version.",
                id="AWS's text for no version",
            ),
            pytest.param(
                {"Version": 1, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "Merge"}}},
                "Merge",
                id="unknown value",
            ),
            pytest.param({"Version": 1, "CreatePartitionIndex": "yes"}, "yes", id="text for a boolean"),
            pytest.param(
                {"Version": 1, "CrawlerOutput": {"Tables": {"TableThreshold": 0}}},
                "must be 1 or more",
                id="threshold 0",
            ),
            pytest.param(
                {"Version": 1, "Grouping": {"TableLevelConfiguration": 1.5}},
                "must be 1 or more",
                id="half a level",
            ),
            pytest.param({"Grouping": []}, "must be a JSON object", id="a list for an object"),
        ],
    )
    def test_refuses_what_glue_does_not_know(self, document: dict[str, Any], problem: str) -> None:
        with pytest.raises(InvalidConfigurationError) as raised:
            parse(document)

        assert problem in str(raised.value)

    def test_refuses_what_is_no_json(self) -> None:
        with pytest.raises(InvalidConfigurationError) as raised:
            CrawlerConfiguration.parse("{")

        assert str(raised.value) == "Crawler configuration not valid: Error parsing JSON"

    @pytest.mark.parametrize("text", ["[]", "1"])
    def test_refuses_json_that_is_no_object(self, text: str) -> None:
        with pytest.raises(InvalidConfigurationError, match="must be a JSON object"):
            CrawlerConfiguration.parse(text)
