"""
What a crawl writes: the tables it found against the tables the catalog has, under the crawler's policies.

New tables and partitions are always created. The rest is decided by UpdateBehavior, DeleteBehavior and the
``Configuration``; see AWS Glue Developer Guide, "Customizing crawler behavior".

**A table that has not changed** keeps its ``VersionId`` and ``UpdateTime``, as on AWS, but the crawl puts its
id and the current figures into the table's parameters in place (a *touch*). What AWS does there is unknown;
this choice lets an import attribute a table to the latest crawl that confirmed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.engine.definitions import (
    CRAWLER_PARAMETER,
    DEPRECATED_PARAMETER,
    FUNDAMENTAL_PARAMETERS,
    VOLATILE_PARAMETERS,
    Stamp,
    partition_input,
    table_input,
    with_parameters,
)
from airflow_lineage_provider.local_aws.engine.errors import TableThresholdError
from airflow_lineage_provider.local_aws.engine.found import FoundPartition, FoundTable
from airflow_lineage_provider.local_aws.engine.merging import merged_definition
from airflow_lineage_provider.local_aws.engine.naming import hashed_table_name, table_name
from airflow_lineage_provider.local_aws.engine.new_folders import plan_new_folders
from airflow_lineage_provider.local_aws.engine.plan import (
    CatalogEntry,
    ChangePlan,
    ChangePolicy,
    Message,
    Write,
    partition_label,
)

__all__ = ["plan_changes"]

_COMPARED = ("Description", "Owner", "PartitionKeys", "Retention", "TableType", "Values", "ViewOriginalText")
_COMPARED_DESCRIPTOR = (
    "BucketColumns",
    "Columns",
    "Compressed",
    "InputFormat",
    "Location",
    "NumberOfBuckets",
    "OutputFormat",
    "SerdeInfo",
    "SortColumns",
    "StoredAsSubDirectories",
)


def plan_changes(
    found: Sequence[FoundTable],
    existing: Iterable[CatalogEntry],
    policy: ChangePolicy,
    stamp: Stamp,
    in_scope: Callable[[str], bool],
) -> ChangePlan:
    """
    Compare what was found with the catalog.

    :param existing: All tables of the output database.
    :param in_scope: Tells whether a location lies in one of the crawler's targets: a table of this crawler
        there that was not found is gone.
    :raises TableThresholdError: If there are more tables than the configuration allows.
    """
    threshold = policy.configuration.table_threshold
    if threshold is not None and len(found) > threshold:
        raise TableThresholdError(found=len(found), threshold=threshold)
    if policy.known_folders is not None:
        return plan_new_folders(found, existing, policy, stamp)
    planner = _Planner({entry.name: entry for entry in existing}, policy, stamp)
    for table in found:
        planner.add(table)
    planner.retire_missing(in_scope)
    return ChangePlan(tuple(planner.writes), tuple(planner.messages), tuple(planner.tables))


class _Planner:
    """Collects writes and messages, table by table."""

    def __init__(self, existing: Mapping[str, CatalogEntry], policy: ChangePolicy, stamp: Stamp) -> None:
        self._existing = existing
        self._policy = policy
        self._stamp = stamp
        self._claimed: dict[str, tuple[str, ...]] = {}
        self.writes: list[Write] = []
        self.messages: list[Message] = []
        self.tables: list[str] = []

    def add(self, table: FoundTable) -> None:
        """Plan one table; overlapping targets that find the same one count once."""
        view = table.format.input_format if table.shares_location else ""
        identity = (table.location, table.classification, table.compression, view, table.connection_name)
        if identity in self._claimed.values():
            return
        name = table.catalog_table[1] if table.catalog_table is not None else self._name_for(table)
        self._claimed[name] = identity
        current = self._existing.get(name)
        if current is None and table.catalog_table is not None:
            self.messages.append(Message("WARN", f"Table {name} is gone and is not made again"))
        elif current is None:
            self._create(table, name)
        else:
            self._update(table, current)

    def retire_missing(self, in_scope: Callable[[str], bool]) -> None:
        """Plan what happens to this crawler's tables whose data is gone."""
        for name, entry in self._existing.items():
            own = entry.parameters.get(CRAWLER_PARAMETER) == self._policy.crawler_name
            if own and name not in self._claimed and in_scope(entry.location):
                self._retire("TABLE", name, name, entry.definition)

    def _name_for(self, table: FoundTable) -> str:
        """Find the table's own name, or the first free one of: plain, hashed, hashed with its format."""
        plain = table_name(table.base_name, prefix=self._policy.table_prefix)
        kind = (table.classification, table.compression, *filter(None, [table.connection_name]))
        salt = "".join(f"#{part}" for part in kind)
        names = (
            plain,
            hashed_table_name(plain, table.location),
            hashed_table_name(plain, table.location, salt=salt),
        )
        for name in names:
            entry = self._existing.get(name)
            if entry is not None and name not in self._claimed and self._is_same_table(entry, table):
                return name
        free = (name for name in names if name not in self._existing and name not in self._claimed)
        return next(free, names[-1])

    def _is_same_table(self, entry: CatalogEntry, table: FoundTable) -> bool:
        """
        Tell whether a catalog table is the one found: same place, same kind of data, same connection.

        Where columns are merged the place alone decides: a table whose classification changed is deprecated.
        """
        same_place = entry.location.rstrip("/") == table.location.rstrip("/")
        if table.shares_location:
            input_format = entry.definition.get("StorageDescriptor", {}).get("InputFormat")
            same_place = same_place and input_format == table.format.input_format
        if not table.is_files:
            same_place = same_place and entry.parameters.get("connectionName", "") == table.connection_name
        merging = self._policy.configuration.merge_new_columns and table.is_files
        return same_place and (merging or entry.parameters.get("classification") == table.classification)

    def _create(self, table: FoundTable, name: str) -> None:
        indexed = self._policy.configuration.create_partition_index and bool(table.partition_keys)
        definition = table_input(table, name, self._stamp, indexed=indexed)
        self.writes.append(Write("TABLE", "ADD", name, name, definition, indexed=indexed))
        self.tables.append(name)
        for partition in table.partitions:
            self._add_partition(table, name, partition, definition)

    def _update(self, table: FoundTable, current: CatalogEntry) -> None:
        configuration = self._policy.configuration
        merging = configuration.merge_new_columns and table.is_files
        allowed = merging or self._policy.update_in_database
        indexed = configuration.create_partition_index
        wanted = table_input(table, current.name, self._stamp, indexed=indexed)
        if merging:
            if changed := _fundamental_changes(current.parameters, wanted["Parameters"]):
                self._deprecate_incompatible(current, changed)
                return
            wanted = merged_definition(current.definition, wanted, table.format)
        else:
            wanted = table.format.succeeding(current.definition, wanted)
        volatile = VOLATILE_PARAMETERS.union(table.format.volatile_parameters)
        if _comparable(current.definition, volatile) == _comparable(wanted, volatile):
            self._touch_table(current, wanted, volatile, allowed=allowed)
        elif allowed:
            indexed = indexed and bool(wanted["PartitionKeys"])
            self.writes.append(Write("TABLE", "UPDATE", current.name, current.name, wanted, indexed=indexed))
            self.tables.append(current.name)
        else:
            revived = self._revive("TABLE", current.name, current.name, current.definition)
            if _comparable(revived, volatile) != _comparable(wanted, volatile):
                text = f"Table {current.name} has changed; UpdateBehavior LOG leaves it as it is"
                self.messages.append(Message("INFO", text))
            wanted = revived
        allowed = allowed or configuration.inherit_from_table
        self._update_partitions(table, current, wanted, allowed=allowed)

    def _touch_table(
        self, current: CatalogEntry, wanted: Mapping[str, Any], volatile: frozenset[str], *, allowed: bool
    ) -> None:
        """Confirm an unchanged table: its own crawler, or one that may update it, leaves its id there."""
        own = current.parameters.get(CRAWLER_PARAMETER) == self._policy.crawler_name
        if own or allowed:
            parameters = wanted["Parameters"].items()
            changed = {key: value for key, value in parameters if key in volatile}
            definition = with_parameters(current.definition, changed)
            self.writes.append(Write("TABLE", "TOUCH", current.name, current.name, definition))
            self.tables.append(current.name)

    def _update_partitions(
        self, table: FoundTable, current: CatalogEntry, definition: Mapping[str, Any], *, allowed: bool
    ) -> None:
        keys = len(definition.get("PartitionKeys") or [])
        present = {tuple(partition["Values"]): partition for partition in current.partitions}
        for partition in table.partitions:
            if len(partition.values) != keys:
                text = f"Ignored {partition.location}: table {current.name} has {keys} partition keys"
                self.messages.append(Message("WARN", text))
            elif partition.values in present:
                wanted = self._partition_input(table, partition, definition)
                label = partition_label(current.name, definition, partition.values)
                self._update_partition(
                    current.name, label, present[partition.values], wanted, allowed=allowed
                )
            else:
                self._add_partition(table, current.name, partition, definition)
        found = {partition.values for partition in table.partitions}
        for values, entry in present.items():
            label = partition_label(current.name, current.definition, values)
            if len(values) != keys:
                self.writes.append(Write("PARTITION", "DELETE", current.name, label, values=values))
            elif values not in found:
                self._retire("PARTITION", current.name, label, entry, values)

    def _update_partition(
        self, table: str, label: str, present: Mapping[str, Any], wanted: Mapping[str, Any], *, allowed: bool
    ) -> None:
        values = tuple(wanted["Values"])
        if _comparable(present) != _comparable(wanted):
            if allowed:
                self.writes.append(Write("PARTITION", "UPDATE", table, label, wanted, values))
            elif _comparable(self._revive("PARTITION", table, label, present, values)) != _comparable(wanted):
                text = f"Partition {label} has changed; UpdateBehavior LOG leaves it as it is"
                self.messages.append(Message("INFO", text))
        elif present.get("Parameters") != wanted["Parameters"]:
            self.writes.append(Write("PARTITION", "TOUCH", table, label, wanted, values))

    def _add_partition(
        self, table: FoundTable, name: str, partition: FoundPartition, definition: Mapping[str, Any]
    ) -> None:
        wanted = self._partition_input(table, partition, definition)
        label = partition_label(name, definition, partition.values)
        self.writes.append(Write("PARTITION", "ADD", name, label, wanted, partition.values))

    def _partition_input(
        self, table: FoundTable, partition: FoundPartition, definition: Mapping[str, Any]
    ) -> dict[str, Any]:
        inherit = definition if self._policy.configuration.inherit_from_table else None
        return partition_input(table, partition, self._stamp, inherit=inherit)

    def _retire(
        self,
        subject: str,
        table: str,
        label: str,
        definition: Mapping[str, Any],
        values: tuple[str, ...] = (),
    ) -> None:
        """Plan what DeleteBehavior says for a table or partition whose data is gone."""
        behavior = self._policy.delete_behavior
        if behavior == "DELETE_FROM_DATABASE":
            self.writes.append(Write(subject, "DELETE", table, label, values=values))
        elif behavior == "LOG":
            text = f"The data of {subject.lower()} {label} is gone; DeleteBehavior LOG leaves it as it is"
            self.messages.append(Message("INFO", text))
        elif DEPRECATED_PARAMETER not in (definition.get("Parameters") or {}):
            self.writes.append(Write(subject, "UPDATE", table, label, self._deprecated(definition), values))

    def _revive(
        self,
        subject: str,
        table: str,
        label: str,
        definition: Mapping[str, Any],
        values: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Take the mark off what was deprecated and is there again, also with UpdateBehavior LOG."""
        revived = with_parameters(definition, {}, (DEPRECATED_PARAMETER,))
        if DEPRECATED_PARAMETER in (definition.get("Parameters") or {}):
            self.writes.append(Write(subject, "UPDATE", table, label, revived, values))
        return revived

    def _deprecate_incompatible(self, current: CatalogEntry, changed: Sequence[str]) -> None:
        """Deprecate a table whose data changed so that merging columns makes no sense."""
        text = f"Table {current.name} is deprecated: MergeNewColumns cannot merge {', '.join(changed)}"
        self.messages.append(Message("WARN", text))
        if DEPRECATED_PARAMETER not in current.parameters:
            definition = self._deprecated(current.definition)
            self.writes.append(Write("TABLE", "UPDATE", current.name, current.name, definition))

    def _deprecated(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        milliseconds = int(self._stamp.written_at.timestamp() * 1000)
        return with_parameters(definition, {DEPRECATED_PARAMETER: str(milliseconds)})


def _fundamental_changes(held: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Word which fundamental parameters changed; those the table does not have do not count."""
    return [
        f"{name} {held[name]} with {found.get(name, 'none')}"
        for name in FUNDAMENTAL_PARAMETERS
        if name in held and held[name] != found.get(name)
    ]


def _comparable(
    definition: Mapping[str, Any], volatile: frozenset[str] = VOLATILE_PARAMETERS
) -> dict[str, Any]:
    """Return what makes a table or partition a different one; absent and empty are the same."""
    descriptor = definition.get("StorageDescriptor") or {}
    picked = {key: definition.get(key) for key in _COMPARED}
    picked |= {f"StorageDescriptor.{key}": descriptor.get(key) for key in _COMPARED_DESCRIPTOR}
    picked["Parameters"] = _lasting(definition, volatile)
    picked["StorageDescriptor.Parameters"] = _lasting(descriptor, volatile)
    return {key: value for key, value in picked.items() if value not in (None, "", [], {}, False, 0)}


def _lasting(holder: Mapping[str, Any], volatile: frozenset[str]) -> dict[str, str]:
    parameters = holder.get("Parameters") or {}
    return {key: value for key, value in parameters.items() if key not in volatile}
