"""
The ``Configuration`` text of a crawler.

.. seealso:: AWS Glue Developer Guide, "Customizing crawler behavior" (setting configuration options).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import InvalidConfigurationError

__all__ = ["CrawlerConfiguration"]

_JSON_TYPES = {str: "String", bool: "Boolean", dict: "Object", list: "Array", type(None): "Null"}


@dataclass(frozen=True, slots=True)
class CrawlerConfiguration:
    """
    What a crawler's ``Configuration`` asks for; every default is Glue's.

    ``table_level`` counts the bucket as level 1; ``table_threshold`` is the most tables a crawl may find.
    """

    merge_new_columns: bool = False
    inherit_from_table: bool = False
    combine_compatible_schemas: bool = False
    table_level: int | None = None
    table_threshold: int | None = None
    create_partition_index: bool = True

    @classmethod
    def parse(cls, text: str | None) -> CrawlerConfiguration:
        """
        Read the text; none, or an empty one, means all defaults.

        :raises InvalidConfigurationError: If it is not JSON, or has a key or value Glue does not know.
        """
        if not text:
            return cls()
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InvalidConfigurationError(problem="Error parsing JSON") from error
        root = _Section("Configuration", document)
        root.allow("Version", "CrawlerOutput", "Grouping", "CreatePartitionIndex")
        output = root.section("CrawlerOutput", "CrawlerOutput")
        output.allow("Tables", "Partitions")
        tables = output.section("Tables", "CrawlerOutput.Tables")
        tables.allow("AddOrUpdateBehavior", "TableThreshold")
        partitions = output.section("Partitions", "CrawlerOutput.Partitions")
        partitions.allow("AddOrUpdateBehavior")
        grouping = root.section("Grouping", "Grouping")
        grouping.allow("TableGroupingPolicy", "TableLevelConfiguration")
        root.check_version()
        return cls(
            merge_new_columns=tables.choice("AddOrUpdateBehavior", ("MergeNewColumns",)) is not None,
            inherit_from_table=partitions.choice("AddOrUpdateBehavior", ("InheritFromTable",)) is not None,
            combine_compatible_schemas=(
                grouping.choice("TableGroupingPolicy", ("CombineCompatibleSchemas",)) is not None
            ),
            table_level=grouping.positive("TableLevelConfiguration"),
            table_threshold=tables.positive("TableThreshold"),
            create_partition_index=root.choice("CreatePartitionIndex", (True, False)) is not False,
        )


class _Section:
    """One JSON object of the configuration, and where it stands."""

    def __init__(self, path: str, document: object) -> None:
        if not isinstance(document, dict):
            raise InvalidConfigurationError(problem=f"{path} must be a JSON object.")
        self._path = path
        self._document: Mapping[str, Any] = document

    def allow(self, *keys: str) -> None:
        unknown = [key for key in self._document if key not in keys]
        if unknown:
            listed = ", ".join(unknown)
            raise InvalidConfigurationError(problem=f"{self._path} contains unsupported keys: {listed}.")

    def check_version(self) -> None:
        if "Version" not in self._document:
            raise InvalidConfigurationError(problem="Crawler configuration missing required key: Version.")
        version = self._document["Version"]
        kind = _JSON_TYPES.get(type(version), "Double")
        if kind != "Double":
            raise InvalidConfigurationError(problem=f"Version type invalid: expected Double, received {kind}")
        if version != 1:
            raise InvalidConfigurationError(problem=f"Version {version} is not supported. Supported: 1.0.")

    def section(self, key: str, path: str) -> _Section:
        return _Section(path, self._document.get(key, {}))

    def choice(self, key: str, values: tuple[Any, ...]) -> Any:
        value = self._document.get(key)
        if value is None:
            return None
        if not any(type(value) is type(known) and value == known for known in values):
            listed = ", ".join(dict.fromkeys(str(known) for known in values))
            raise InvalidConfigurationError(
                problem=f"{self._path} has an unsupported value for {key}: {value}. Supported: {listed}."
            )
        return value

    def positive(self, key: str) -> int | None:
        value = self._document.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 1 or value != int(value):
            raise InvalidConfigurationError(
                problem=f"{self._path} has an unsupported value for {key}: {value}. It must be 1 or more."
            )
        return int(value)
