"""What there is to know of a data source before it is run: where it is, and whether it imports lineage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import (
    DataSourceNotReadyError,
    InvalidArgumentError,
    LineageImportOffError,
)
from airflow_lineage_provider.hooks.import_protocol import ImportQuestion

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook
    from airflow_lineage_provider.hooks.import_history import Caller

__all__ = ["LineageSwitch", "Place", "lineage_switch", "read_place"]

_CAN_RUN = frozenset({"READY", "RUNNING"})
_SWITCHES = {"lakehouseProperties": "LAKEHOUSE", "iamProperties": "IAM"}


@dataclass(frozen=True, slots=True)
class LineageSwitch:
    """
    Where a connection has its switch for lineage import, and how it stands.

    ``member`` is the member of the connection's properties; ``None`` if the connection can have no switch.
    """

    connection_id: str
    member: str | None
    on: bool


def lineage_switch(connection: object) -> LineageSwitch:
    """Find ``glueLineageSyncEnabled`` of a connection, as GetConnection shows it."""
    answer: dict[str, Any] = dict(connection) if isinstance(connection, dict) else {}
    props = answer.get("props") or {}
    for member, kind in _SWITCHES.items():
        if member in props or answer.get("type") == kind:
            on = bool((props.get(member) or {}).get("glueLineageSyncEnabled"))
            return LineageSwitch(connection_id=str(answer["connectionId"]), member=member, on=on)
    return LineageSwitch(connection_id=str(answer.get("connectionId", "")), member=None, on=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a data source is: what links and OpenLineage facets need to know of it."""

    project_id: str
    connection_id: str
    account: str
    region: str


def read_place(hook: DataZoneHook, question: ImportQuestion, call: Caller, *, must_be_ready: bool) -> Place:
    """
    Read where a data source is, and make sure that its runs import lineage if that is required.

    :param hook: The hook to call with.
    :param question: What the task asks.
    :param call: Makes the calls.
    :param must_be_ready: Also make sure that a run can be started.
    :raises DataSourceNotReadyError: If the data source is not READY and ENABLED.
    :raises LineageImportOffError: If lineage is required and the connection does not import it.
    :raises InvalidArgumentError: If lineage is required of a data source that imports none in its runs.
    """
    domain, source = question.domain_id, question.data_source_id
    answer = call(lambda: hook.get_data_source(domain, source))
    if must_be_ready:
        _require_ready(answer, question)
    connection_id = str(answer.get("connectionId") or "")
    connection: dict[str, Any] = {}
    if connection_id:
        connection = call(lambda: hook.get_catalog_connection(domain, connection_id))
        if question.require_lineage:
            _require_lineage_import(connection, str(answer.get("type", "GLUE")), question)
    where = next((end.get("awsLocation") or {} for end in connection.get("physicalEndpoints") or ()), {})
    return Place(
        project_id=str(answer["projectId"]),
        connection_id=connection_id,
        account=str(where.get("awsAccountId") or ""),
        region=str(where.get("awsRegion") or ""),
    )


def _require_ready(answer: Mapping[str, Any], question: ImportQuestion) -> None:
    """Raise if a data source cannot be run now."""
    status = str(answer.get("status", "READY"))
    if status not in _CAN_RUN or answer.get("enableSetting") == "DISABLED":
        raise DataSourceNotReadyError(
            domain_id=question.domain_id,
            data_source_id=question.data_source_id,
            state=status if status not in _CAN_RUN else "DISABLED",
            message=str((answer.get("errorMessage") or {}).get("errorDetail") or ""),
        )


def _require_lineage_import(connection: dict[str, Any], kind: str, question: ImportQuestion) -> None:
    """Raise if the connection does not import lineage."""
    switch = lineage_switch(connection)
    if switch.member is None or kind != "GLUE":
        raise InvalidArgumentError(
            argument="require_lineage",
            value=True,
            wanted=f"False for data source {question.data_source_id!r}: only Glue data sources on a "
            f"lakehouse or IAM connection import lineage in their runs (this one: {kind}, "
            f"connection type {connection.get('type')})",
        )
    if not switch.on:
        raise LineageImportOffError(
            domain_id=question.domain_id,
            data_source_id=question.data_source_id,
            connection_id=switch.connection_id,
        )
