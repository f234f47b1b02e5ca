"""What the lineage operators have in common: which lineage is meant, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.hooks.catalog_ids import checked_domain_identifier, checked_identifier
from airflow_lineage_provider.tasks.aws import aws_template_fields
from airflow_lineage_provider.tasks.patience import PatientAwsOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import XComArg

    from airflow_lineage_provider.hooks.datazone import DataZoneHook
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
    from airflow_lineage_provider.hooks.lineage_reading import LineageReading
    from airflow_lineage_provider.hooks.snapshot_store import S3SnapshotHook, SnapshotStore
    from airflow_lineage_provider.lineage.snapshot import CrawlFact, Snapshot

    _Operator = PatientAwsOperator[DataZoneHook]
else:
    _Operator = PatientAwsOperator

__all__ = ["LineageReadingOperator", "lineage_template_fields"]

_GLUE_HOOK = "airflow_lineage_provider.hooks.glue_crawl.GlueCrawlHook"
_S3_HOOK = "airflow_lineage_provider.hooks.snapshot_store.S3SnapshotHook"


def lineage_template_fields(*names: str) -> tuple[str, ...]:
    """Return ``names`` and the arguments that say which lineage is meant, sorted."""
    return aws_template_fields(
        "domain_identifier",
        "tables",
        "database",
        "asset_identifiers",
        "data_source_run",
        "data_source_identifier",
        "depth",
        *names,
    )


class LineageReadingOperator(_Operator):
    """
    Base of the operators that read lineage; they change nothing in AWS.

    :param domain_identifier: Domain whose lineage is read. (templated)
    :param tables: Tables as ``database.table`` or as ARN, or any source identifiers; a text or a list.
        (templated)
    :param database: Glue database of the tables that are given by their name alone. Without tables and
        assets, of the tables a run imported only those in it are read. (templated)
    :param asset_identifiers: Assets of the catalog; what is behind them is read. (templated)
    :param data_source_run: A data-source run: its id, or what
        :class:`~airflow_lineage_provider.operators.datazone.DataZoneDataSourceRunOperator` returned. Without
        tables and assets, the tables it imported are read. (templated)
    :param data_source_identifier: Its data source, where only the run's id is given, or in place of a run to
        learn whether lineage import is on. (templated)
    :param depth: How many edges to follow upstream and downstream. (templated)
    :param timeout: How long a try may take altogether while AWS is throttled or busy, in seconds or as a
        timedelta. ``None`` means 15 minutes.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"
    template_fields: Sequence[str] = lineage_template_fields()
    ui_color = "#d5efd5"

    def __init__(
        self,
        *,
        domain_identifier: str | None = None,
        tables: Sequence[str] | str | XComArg | None = None,
        database: str | None = None,
        asset_identifiers: Sequence[str] | str | XComArg | None = None,
        data_source_run: Mapping[str, Any] | str | XComArg | None = None,
        data_source_identifier: str | None = None,
        depth: int = 20,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.tables = tables
        self.database = database
        self.asset_identifiers = asset_identifiers
        self.data_source_run = data_source_run
        self.data_source_identifier = data_source_identifier
        self.depth = depth

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables as they were given, those without a database with the one that is given."""
        names = _texts(self.tables, argument="tables")
        if not self.database:
            return names
        return tuple(name if set("./:") & set(name) else f"{self.database}.{name}" for name in names)

    @property
    def names_something(self) -> bool:
        """Tell whether tables, assets or a run are given."""
        return any(each is not None for each in (self.tables, self.asset_identifiers, self.data_source_run))

    @property
    def store(self) -> SnapshotStore:
        """Where snapshots are read and written, by path."""
        from airflow_lineage_provider.hooks.snapshot_store import SnapshotStore

        return SnapshotStore(lambda: cast("S3SnapshotHook", self.patient_hook(_S3_HOOK)))

    def read_lineage(
        self,
        *,
        at: datetime | None = None,
        include_events: bool = True,
        crawls: tuple[CrawlFact, ...] = (),
    ) -> LineageReading:
        """
        Read the lineage that is meant from the catalog.

        :param at: As it was then; ``None`` reads the present.
        :param include_events: Read the raw events, too.
        :param crawls: Crawls the caller knows of.
        """
        from airflow_lineage_provider.hooks.lineage_reading import LineageReader
        from airflow_lineage_provider.hooks.lineage_roots import LineageWanted

        run_id, source = self._run_and_source()
        wanted = LineageWanted(
            domain_id=checked_domain_identifier(self.domain_identifier),
            tables=self.table_names,
            database=self.database or None,
            asset_ids=tuple(
                checked_identifier(each, argument="asset_identifiers", wanted="the id of an asset")
                for each in _texts(self.asset_identifiers, argument="asset_identifiers")
            ),
            run_id=run_id,
            data_source_id=source,
            at=at,
            depth=_checked_depth(self.depth),
            include_events=include_events,
            crawls=crawls,
        )
        reader = LineageReader(
            self.hook, lambda: cast("GlueCrawlHook", self.patient_hook(_GLUE_HOOK)), wanted
        )
        reading = reader.read(now=datetime.now(tz=UTC))
        graph = reading.snapshot.graph
        self.log.info(
            "Read the lineage of %d table(s): %d nodes, %d edges, %d column edges, %d event(s)",
            len(reading.snapshot.roots), len(graph), len(graph.edges), len(graph.field_edges),
            len(reading.snapshot.events),
        )  # fmt: skip
        return reading

    def load_snapshot(self, value: object, *, argument: str) -> Snapshot:
        """
        Return a snapshot that is given as such, as a path, or as what LineageExtractOperator returned.

        :raises InvalidArgumentError: If it is none of that.
        """
        from airflow_lineage_provider.lineage.snapshot import Snapshot

        if isinstance(value, str):
            return self.store.read(value)
        if isinstance(value, Mapping):
            if isinstance(value.get("snapshot"), Mapping):
                return Snapshot.from_dict(value["snapshot"])
            if isinstance(value.get("snapshot_path"), str):
                return self.store.read(value["snapshot_path"])
            if "formatVersion" in value:
                return Snapshot.from_dict(value)
        raise InvalidArgumentError(
            argument=argument,
            value=type(value).__name__ if isinstance(value, Mapping) else value,
            wanted="a snapshot, its path, or what LineageExtractOperator returned",
        )

    def _run_and_source(self) -> tuple[str | None, str | None]:
        """Return the ids of the run and of its data source, as far as they are given."""
        run, source = self.data_source_run, self.data_source_identifier
        if isinstance(run, Mapping):
            source = source or run.get("data_source_id")
            run = run.get("run_id")
        return (
            None
            if self.data_source_run is None
            else checked_identifier(run, argument="data_source_run", wanted="a data-source run, or its id"),
            None
            if source is None
            else checked_identifier(
                source, argument="data_source_identifier", wanted="the id of a data source"
            ),
        )


def _texts(value: object, *, argument: str) -> tuple[str, ...]:
    """Return a list of names; a text is one name or several with commas between."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple | set) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise InvalidArgumentError(argument=argument, value=value, wanted="a list of names")


def _checked_depth(value: object) -> int:
    """Return the depth; a template renders to a text."""
    try:
        depth = int(str(value))
    except ValueError:
        depth = 0
    if depth < 1:
        raise InvalidArgumentError(argument="depth", value=value, wanted="a number of edges from 1 on")
    return depth
