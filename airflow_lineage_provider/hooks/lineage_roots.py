"""What lineage is asked for: tables, assets or a data-source run, and what imports said of them."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    PermissionDeniedError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.import_records import ImportedAsset
from airflow_lineage_provider.hooks.import_source import lineage_switch
from airflow_lineage_provider.hooks.lineage_nodes import asset_columns, asset_source_identifier
from airflow_lineage_provider.lineage.elements import Field
from airflow_lineage_provider.lineage.identifiers import DatasetId
from airflow_lineage_provider.lineage.naming import glue_table_arn
from airflow_lineage_provider.lineage.snapshot import CrawlFact, ImportFact

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["LineageRoots", "LineageWanted"]

_log = logging.getLogger(__name__)

_TABLE = re.compile(r"([^./:]+)\.([^./:]+)")
_GLUE_ACCOUNT = re.compile(r"arn:[^:]+:glue:([^:]+):(\d{12}):")
_ASSET_NAMESPACE = "amazon.datazone.asset"


@dataclass(frozen=True, slots=True)
class LineageWanted:
    """
    What to read.

    :param domain_id: The domain.
    :param tables: Tables as ``database.table``, as ARN, or any source identifiers.
    :param database: Without tables and assets, read only imported tables of this Glue database.
    :param asset_ids: Assets; the datasets behind them are read.
    :param run_id: A data-source run; without tables and assets, the tables it imported are read.
    :param data_source_id: Its data source; found by the run where it is not given.
    :param at: Show the lineage as it was then; ``None`` shows the present.
    :param depth: How many edges to follow on each side.
    :param history_limit: How many versions of each table to list.
    :param include_events: Read the raw events, too.
    :param crawls: Crawls the caller knows of.
    """

    domain_id: str
    tables: tuple[str, ...] = ()
    database: str | None = None
    asset_ids: tuple[str, ...] = ()
    run_id: str | None = None
    data_source_id: str | None = None
    at: datetime | None = None
    depth: int = 20
    history_limit: int = 20
    include_events: bool = True
    crawls: tuple[CrawlFact, ...] = ()


class LineageRoots:
    """
    Find the datasets that are asked for, and what imports said of them.

    :param hook: The hook to call with.
    :param wanted: What is asked for.
    """

    def __init__(self, hook: DataZoneHook, wanted: LineageWanted) -> None:
        self.hook = hook
        self.wanted = wanted
        self._assets: dict[str, dict[str, Any]] = {}

    @cached_property
    def place(self) -> tuple[str, str]:
        """Region and account of the tables: of the connection, of an asset, or else the caller's."""
        for end in self._connection.get("physicalEndpoints") or ():
            where = end.get("awsLocation") or {}
            if where.get("awsRegion") and where.get("awsAccountId"):
                return str(where["awsRegion"]), str(where["awsAccountId"])
        for asset in self._assets.values():
            if match := _GLUE_ACCOUNT.match(asset_source_identifier(asset) or ""):
                return match[1], match[2]
        client: Any = self.hook.conn
        return str(client.meta.region_name), str(self.hook.account_id)

    @cached_property
    def lineage_import_on(self) -> bool | None:
        """Whether the data source's connection imports lineage; ``None`` if that is not known."""
        return lineage_switch(self._connection).on if self._connection else None

    @cached_property
    def imports(self) -> tuple[ImportFact, ...]:
        """What the data-source run said of each table it did not leave out."""
        run_id = self.wanted.run_id
        if run_id is None:
            return ()
        activities = self.hook.list_data_source_run_activities(self.wanted.domain_id, run_id)
        assets = [ImportedAsset.from_answer(activity) for activity in activities]
        for asset in assets:
            if asset.asset_id:
                self._asset(asset.asset_id)
        return tuple(
            ImportFact(
                run_id=run_id,
                database=asset.database,
                table=asset.table,
                table_identifier=self._identifier(asset),
                asset_id=asset.asset_id,
                event_id=asset.lineage_event_id,
                event_status=asset.lineage_status,
                error=asset.lineage_error or asset.error,
            )
            for asset in sorted(assets, key=lambda each: (each.database, each.table))
            if not asset.status.startswith("SKIPPED_")
        )

    def find(self) -> list[DatasetId]:
        """
        Return the datasets that are asked for, each once.

        :raises InvalidArgumentError: If nothing is, or a name is none.
        """
        found = [self._table(text) for text in self.wanted.tables]
        found += [self._behind(asset_id) for asset_id in self.wanted.asset_ids]
        if not found:
            found = [
                DatasetId.from_source_identifier(fact.table_identifier)
                for fact in self.imports
                if self.wanted.database in (None, fact.database)
            ]
        if not found and self.wanted.run_id is None:
            raise InvalidArgumentError(
                argument="tables", value=None, wanted="given, or asset_identifiers, or data_source_run"
            )
        if not found:
            raise InvalidArgumentError(
                argument="data_source_run",
                value=self.wanted.run_id,
                wanted="a run that imported a table that is asked for (see the filters of its data source)",
            )
        return list(dict.fromkeys(found))

    def columns(self, dataset: DatasetId) -> tuple[Field, ...]:
        """Return the columns of a dataset as its asset tells them; empty if no asset is known."""
        asset_id = self.asset_id(dataset)
        return asset_columns(self._asset(asset_id)) if asset_id else ()

    def asset_id(self, dataset: DatasetId) -> str | None:
        """Return the asset that an import made of a dataset, or that was asked for by its id."""
        identifier = dataset.source_identifier
        by_import = {fact.table_identifier: fact.asset_id for fact in self.imports}
        if by_import.get(identifier):
            return by_import[identifier]
        asked = (each for each in self.wanted.asset_ids if self._behind(each) == dataset)
        return next(asked, None)

    def _table(self, text: object) -> DatasetId:
        """Read the name of a table, or of any dataset."""
        if not isinstance(text, str) or not text.strip() or text == "None" or set("[]{}'\"") & set(text):
            raise InvalidArgumentError(
                argument="tables",
                value=text,
                wanted="names such as 'database.table', or ARNs (check the template)",
            )
        if not set("./:") & set(text):
            raise InvalidArgumentError(
                argument="tables", value=text, wanted="'database.table', or given together with database"
            )
        if not (match := _TABLE.fullmatch(text)):
            return DatasetId.from_source_identifier(text)
        for fact in self.imports:
            if (fact.database, fact.table) == (match[1], match[2]):
                return DatasetId.from_source_identifier(fact.table_identifier)
        region, account = self.place
        return DatasetId.from_source_identifier(
            glue_table_arn(match[1], match[2], region=region, account=account)
        )

    def _behind(self, asset_id: str) -> DatasetId:
        """Return the dataset that an asset is linked to, or the asset itself if it is linked to none."""
        identifier = asset_source_identifier(self._asset(asset_id))
        if identifier:
            return DatasetId.from_source_identifier(identifier)
        return DatasetId(_ASSET_NAMESPACE, asset_id)

    def _identifier(self, asset: ImportedAsset) -> str:
        """Return the source identifier of an imported table: what its asset says, else its ARN."""
        if asset.asset_id and (said := asset_source_identifier(self._asset(asset.asset_id))):
            return said
        region, account = self.place
        return glue_table_arn(asset.database, asset.table, region=region, account=account)

    def _asset(self, asset_id: str) -> dict[str, Any]:
        """Return an asset, read once; an empty one if it is gone."""
        if asset_id not in self._assets:
            try:
                self._assets[asset_id] = self.hook.get_asset(self.wanted.domain_id, asset_id)
            except ResourceNotFoundError:
                if asset_id in self.wanted.asset_ids:
                    raise
                _log.warning("Asset %s was imported, but does not exist any more", asset_id)
                self._assets[asset_id] = {}
        return self._assets[asset_id]

    @cached_property
    def _connection(self) -> dict[str, Any]:
        """The connection of the data source; empty if there is none or it may not be read."""
        domain = self.wanted.domain_id
        source = self.wanted.data_source_id
        if source is None and self.wanted.run_id is not None:
            source = str(self.hook.get_data_source_run(domain, self.wanted.run_id)["dataSourceId"])
        if source is None:
            return {}
        try:
            connection_id = self.hook.get_data_source(domain, source).get("connectionId")
            return self.hook.get_catalog_connection(domain, str(connection_id)) if connection_id else {}
        except PermissionDeniedError as error:
            _log.warning("Whether lineage import is on is not known: %s", error)
            return {}
