"""
What a crawl of new folders only writes (CRAWL_NEW_FOLDERS_ONLY, after the first crawl).

Folders that appeared since the last crawl become partitions of the tables the crawler has made, if they fit:
they lie as deep as the table has partition keys, are of its format and compression, and their schema is like
the one the catalog has recorded. New folders that do not fit are ignored and logged. If they are not
outnumbered by those that fit, all new folders of the table are refused: there are too many schemas then. No
table is added or changed, and data that changed or vanished is not looked at.

.. seealso:: AWS Glue Developer Guide, "Scheduling incremental crawls for adding new partitions".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.engine.definitions import (
    CRAWL_ID_PARAMETER,
    CRAWLER_PARAMETER,
    Stamp,
    partition_input,
    with_parameters,
)
from airflow_lineage_provider.local_aws.engine.folders import SIMILARITY_THRESHOLD, similarity
from airflow_lineage_provider.local_aws.engine.found import FoundPartition, FoundTable
from airflow_lineage_provider.local_aws.engine.naming import folder_key, partition_value
from airflow_lineage_provider.local_aws.engine.plan import (
    CatalogEntry,
    ChangePlan,
    ChangePolicy,
    Message,
    Write,
    partition_label,
)
from airflow_lineage_provider.local_aws.engine.schema import columns_of

__all__ = ["plan_new_folders"]

_SUMS = {"objectCount": "objects", "recordCount": "records", "sizeKey": "size_bytes"}


@dataclass(frozen=True, slots=True)
class _Folder:
    """A new folder as the data shows it: a partition of ``table``, or all of it."""

    table: FoundTable
    partition: FoundPartition


def plan_new_folders(
    found: Sequence[FoundTable], existing: Iterable[CatalogEntry], policy: ChangePolicy, stamp: Stamp
) -> ChangePlan:
    """
    Compare the folders that are new with the crawler's own tables.

    :param found: What all folders make, the known ones as they were.
    :param existing: All tables of the output database.
    :param policy: ``known_folders`` are the folders of earlier crawls.
    """
    own = [entry for entry in existing if entry.parameters.get(CRAWLER_PARAMETER) == policy.crawler_name]
    fitting: dict[str, list[_Folder]] = {}
    misfits: dict[str, list[_Folder]] = {}
    messages: list[Message] = []
    for folder in _new_folders(found, policy.known_folders or frozenset()):
        home = _home(folder, own)
        if home is None:
            text = f"Ignored {folder.partition.location}: a crawl of new folders only adds no tables"
            messages.append(Message("INFO", text))
        else:
            group = fitting if _fits(folder, home, policy) else misfits
            group.setdefault(home.name, []).append(folder)
    writes: list[Write] = []
    tables: list[str] = []
    for entry in own:
        accepted, refused = fitting.get(entry.name, []), misfits.get(entry.name, [])
        messages += _refusals(entry, accepted, refused)
        if len(accepted) > len(refused):
            added = _additions(entry, accepted, policy, stamp)
            if added:
                writes += added
                tables.append(entry.name)
    return ChangePlan(tuple(writes), tuple(messages), tuple(tables))


def _new_folders(found: Iterable[FoundTable], known: frozenset[str]) -> Iterator[_Folder]:
    """Yield the partitions, and the tables without partitions, in which no known folder lies."""
    seen = {location[: index + 1] for location in known for index in _slashes(location)}
    for table in found:
        if table.partitions:
            new = [partition for partition in table.partitions if partition.location not in seen]
            yield from (_Folder(table, partition) for partition in new)
        elif not table.folders & known:
            whole = FoundPartition((), table.location, table.record, table.statistics, table.format)
            yield _Folder(table, whole)


def _slashes(location: str) -> Iterator[int]:
    return (index for index, letter in enumerate(location) if letter == "/")


def _home(folder: _Folder, own: Iterable[CatalogEntry]) -> CatalogEntry | None:
    """Return the crawler's table a folder lies in, the deepest of several."""
    around = [
        entry
        for entry in own
        if entry.location.endswith("/") and folder.partition.location.startswith(entry.location)
    ]
    return max(around, key=lambda entry: len(entry.location), default=None)


def _fits(folder: _Folder, home: CatalogEntry, policy: ChangePolicy) -> bool:
    """Tell whether a folder can be a partition of a table."""
    table, partition = folder.table, folder.partition
    same_format = home.parameters.get("classification") == partition.format.classification
    if not same_format or home.parameters.get("compressionType") != table.compression:
        return False
    if _values(folder, home) is None:
        return False
    if policy.configuration.combine_compatible_schemas:
        return True
    recorded = frozenset(
        (column["Name"], column.get("Type", "")) for column in home.definition["StorageDescriptor"]["Columns"]
    )
    return similarity(recorded, frozenset(columns_of(partition.record)[0])) > SIMILARITY_THRESHOLD


def _values(folder: _Folder, home: CatalogEntry) -> tuple[str, ...] | None:
    """Return a folder's partition values in a table; ``None`` if its depth or its keys are others."""
    keys = [key["Name"] for key in home.definition.get("PartitionKeys") or []]
    names = folder.partition.location[len(home.location) :].rstrip("/").split("/")
    if len(names) != len(keys):
        return None
    for name, key in zip(names, keys, strict=True):
        if folder_key(name) not in (None, key) and not key.startswith("partition_"):
            return None
    return tuple(partition_value(name, key) for name, key in zip(names, keys, strict=True))


def _refusals(
    home: CatalogEntry, accepted: Sequence[_Folder], refused: Sequence[_Folder]
) -> Iterator[Message]:
    """Word what is ignored, and why."""
    for folder in refused:
        text = f"Ignored {folder.partition.location}: its schema does not fit table {home.name}"
        yield Message("WARN", text)
    if accepted and len(accepted) <= len(refused):
        text = (
            f"Added none of {len(accepted) + len(refused)} new folders to table {home.name}: most of them do "
            "not match the schema recorded in the Data Catalog"
        )
        yield Message("WARN", text)


def _additions(
    home: CatalogEntry, folders: Sequence[_Folder], policy: ChangePolicy, stamp: Stamp
) -> list[Write]:
    """Return the writes of new partitions, and the touch that leaves the crawl's id and the new sums."""
    present = {tuple(partition["Values"]) for partition in home.partitions}
    inherit = home.definition if policy.configuration.inherit_from_table else None
    writes, added = [], []
    for folder in folders:
        values = _values(folder, home) or ()
        if values in present:
            continue
        partition = FoundPartition(
            values,
            folder.partition.location,
            folder.partition.record,
            folder.partition.statistics,
            folder.partition.format,
        )
        definition = partition_input(folder.table, partition, stamp, inherit=inherit)
        label = partition_label(home.name, home.definition, values)
        writes.append(Write("PARTITION", "ADD", home.name, label, definition, values))
        added.append(partition)
    if added:
        touched = with_parameters(home.definition, _sums(home.parameters, added, stamp))
        writes.append(Write("TABLE", "TOUCH", home.name, home.name, touched))
    return writes


def _sums(parameters: Mapping[str, Any], added: Sequence[FoundPartition], stamp: Stamp) -> dict[str, str]:
    """Return the table's figures with those of the new partitions, and the crawl's id."""
    changed = {CRAWL_ID_PARAMETER: stamp.crawl_id}
    for name, attribute in _SUMS.items():
        if str(parameters.get(name, "")).isdigit():
            more = sum(getattr(partition.statistics, attribute) for partition in added)
            changed[name] = str(int(parameters[name]) + more)
    return changed
