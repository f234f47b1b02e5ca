"""Find data sources and what they are configured to import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ResourceNotFoundError
from airflow_lineage_provider.local_aws.services.datazone.state import DataSource, DataSourceRun, Domain

__all__ = ["data_source", "databases_of", "federated_catalog", "glue_configuration", "last_run"]

_DEFAULT_CATALOGS = frozenset({"AwsDataCatalog", "awsdatacatalog"})


def data_source(domain: Domain, identifier: str) -> DataSource:
    """
    Return a data source.

    :raises ResourceNotFoundError: If there is none with this id.
    """
    found = domain.data_sources.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Data source {identifier} does not exist in domain {domain.id}")
    return found


def glue_configuration(source: DataSource) -> Mapping[str, Any]:
    """Return the data source's ``glueRunConfiguration`` as it was given."""
    configuration: Mapping[str, Any] = source.settings["configuration"]["glueRunConfiguration"]
    return configuration


def databases_of(source: DataSource) -> list[str]:
    """Return the databases that the data source's filters name, each once, in order."""
    filters = glue_configuration(source)["relationalFilterConfigurations"]
    return list(dict.fromkeys(str(each["databaseName"]) for each in filters))


def federated_catalog(source: DataSource, account_id: str) -> str | None:
    """Return the Glue catalog the data source imports from, ``None`` for the account's own."""
    named = glue_configuration(source).get("catalogName", account_id)
    is_default = named == account_id or named in _DEFAULT_CATALOGS
    return None if is_default else str(named).removeprefix(f"{account_id}:")


def last_run(domain: Domain, source: DataSource) -> DataSourceRun | None:
    """Return the newest run of a data source, if it has had one."""
    return domain.runs[source.run_ids[-1]] if source.run_ids else None
