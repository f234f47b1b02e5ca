"""
What a DAG author imports for Amazon SageMaker Catalog (the DataZone API).

A class that has a module of its own is loaded when it is asked for, so that a DAG file pays for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.hooks.catalog_ids import checked_domain_identifier, checked_identifier
from airflow_lineage_provider.hooks.import_source import lineage_switch
from airflow_lineage_provider.tasks.aws import aws_template_fields
from airflow_lineage_provider.tasks.patience import PatientAwsOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.datazone import DataZoneHook
    from airflow_lineage_provider.operators.catalog_removal import (
        DataZoneDeleteAssetsOperator,
        DataZoneDeleteProjectOperator,
    )
    from airflow_lineage_provider.operators.data_source_run import DataZoneDataSourceRunOperator
    from airflow_lineage_provider.operators.data_source_setup import (
        DataZoneCreateDataSourceOperator,
        DataZoneDeleteDataSourceOperator,
    )
    from airflow_lineage_provider.operators.lineage_event import DataZonePostLineageEventOperator

    _Operator = PatientAwsOperator[DataZoneHook]
else:
    _Operator = PatientAwsOperator

__all__ = [
    "DataZoneCreateDataSourceOperator",
    "DataZoneDataSourceRunOperator",
    "DataZoneDeleteAssetsOperator",
    "DataZoneDeleteDataSourceOperator",
    "DataZoneDeleteProjectOperator",
    "DataZoneEnableLineageOperator",
    "DataZonePostLineageEventOperator",
]

_HOME_OF = {
    "DataZoneCreateDataSourceOperator": "data_source_setup",
    "DataZoneDataSourceRunOperator": "data_source_run",
    "DataZoneDeleteAssetsOperator": "catalog_removal",
    "DataZoneDeleteDataSourceOperator": "data_source_setup",
    "DataZoneDeleteProjectOperator": "catalog_removal",
    "DataZonePostLineageEventOperator": "lineage_event",
}


def __getattr__(name: str) -> object:
    """Load the module that defines a class."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"airflow_lineage_provider.operators.{_HOME_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})


class DataZoneEnableLineageOperator(_Operator):
    """
    Switch lineage import on for the connection of a Glue data source; change nothing else.

    The switch (``glueLineageSyncEnabled``, in the console *Import data lineage*) belongs to the connection
    and so concerns every data source on it. If it is on already, nothing is called that changes anything.

    The task returns ``domain_id``, ``connection_id``, ``connection_name``, ``property`` (where the switch is:
    ``lakehouseProperties`` or ``iamProperties``) and ``changed``.

    .. seealso::
        - Guide: :ref:`howto/operator:DataZoneEnableLineageOperator`
        - AWS API: `UpdateConnection
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_UpdateConnection.html>`__

    :param domain_identifier: Domain of the connection. (templated)
    :param data_source_identifier: A data source; its connection is taken. (templated)
    :param connection_identifier: The connection, in place of a data source. (templated)
    :param timeout: How long a try may take altogether while AWS is throttled or busy, in seconds or as a
        timedelta. ``None`` means 15 minutes.
    :raises InvalidArgumentError: If not exactly one of the two is given, or the connection has no switch.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"
    template_fields = aws_template_fields(
        "domain_identifier", "data_source_identifier", "connection_identifier"
    )
    ui_color = "#c9dff5"

    def __init__(
        self,
        *,
        domain_identifier: str,
        data_source_identifier: str | None = None,
        connection_identifier: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.data_source_identifier = data_source_identifier
        self.connection_identifier = connection_identifier

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002
        """Look at the switch and turn it on if it is off."""
        domain = checked_domain_identifier(self.domain_identifier)
        connection = self.hook.get_catalog_connection(domain, self._connection_id(domain))
        switch = lineage_switch(connection)
        if switch.member is None:
            raise InvalidArgumentError(
                argument="connection_identifier",
                value=switch.connection_id,
                wanted="a lakehouse or IAM connection; only those import the lineage of Glue crawlers "
                f"(this one: type {connection.get('type')})",
            )
        if switch.on:
            self.log.info("Lineage import is on already for connection %s", switch.connection_id)
        else:
            props = {switch.member: {"glueLineageSyncEnabled": True}}
            self.hook.update_catalog_connection(domain, switch.connection_id, props)
            self.log.info("Switched lineage import on for connection %s", switch.connection_id)
        return {
            "domain_id": domain,
            "connection_id": switch.connection_id,
            "connection_name": connection.get("name"),
            "property": switch.member,
            "changed": not switch.on,
        }

    def _connection_id(self, domain: str) -> str:
        """Return the connection that is meant."""
        if (self.data_source_identifier is None) == (self.connection_identifier is None):
            raise InvalidArgumentError(
                argument="data_source_identifier",
                value=self.data_source_identifier,
                wanted="given, or connection_identifier, but not both",
            )
        if self.data_source_identifier is None:
            return checked_identifier(
                self.connection_identifier, argument="connection_identifier", wanted="the id of a connection"
            )
        source = checked_identifier(
            self.data_source_identifier, argument="data_source_identifier", wanted="the id of a data source"
        )
        found = self.hook.get_data_source(domain, source).get("connectionId")
        if not found:
            raise InvalidArgumentError(
                argument="data_source_identifier",
                value=source,
                wanted="a data source on a connection; this one is on an environment, which has no switch",
            )
        return str(found)
