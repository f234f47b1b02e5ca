"""The operations on databases, tables and versions that moto lacks or answers differently from AWS."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.paging import page
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token

__all__ = ["CatalogOperations"]

_PAGE = 100


class CatalogOperations(GlueOperations):
    """Databases and tables."""

    def get_databases(self) -> ActionResult:
        """GetDatabases."""
        request = self.request_members()
        databases = sorted(self.glue_backend.get_databases(), key=lambda database: database.name)
        chosen, token = page(
            databases,
            key=lambda database: database.name,
            limit=request.get("MaxResults", _PAGE),
            token=next_token(request),
            scope="GetDatabases",
        )
        return ActionResult({"DatabaseList": [item.as_dict() for item in chosen], "NextToken": token})

    def get_tables(self) -> ActionResult:
        """GetTables."""
        request = self.request_members()
        tables = self.glue_backend.get_tables(request["DatabaseName"], request.get("Expression"))
        chosen, token = page(
            sorted(tables, key=lambda table: table.name),
            key=lambda table: table.name,
            limit=request.get("MaxResults", _PAGE),
            token=next_token(request),
            scope=f"GetTables/{request['DatabaseName']}",
        )
        return ActionResult({"TableList": [table.as_dict() for table in chosen], "NextToken": token})

    def create_table(self) -> ActionResult:
        """CreateTable."""
        request = self.request_members()
        table_input = _table_input(request)
        self.glue_backend.create_table(
            request["DatabaseName"], table_input["Name"], table_input, request.get("OpenTableFormatInput")
        )
        return EmptyResult()

    def update_table(self) -> ActionResult:
        """UpdateTable."""
        request = self.request_members()
        self.glue_backend.change_table(
            request["DatabaseName"],
            _table_input(request),
            skip_archive=request.get("SkipArchive", False),
            expected_version=request.get("VersionId"),
        )
        return EmptyResult()

    def get_table_versions(self) -> ActionResult:
        """GetTableVersions, newest first."""
        request = self.request_members()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        chosen, token = page(
            sorted(table.versions, key=int, reverse=True),
            key=str,
            limit=request.get("MaxResults", _PAGE),
            token=next_token(request),
            scope=f"GetTableVersions/{request['DatabaseName']}/{request['TableName']}",
        )
        versions = [{"Table": table.as_dict(version), "VersionId": version} for version in chosen]
        return ActionResult({"TableVersions": versions, "NextToken": token})

    def get_table_version(self) -> ActionResult:
        """GetTableVersion; without a version the newest."""
        request = self.request_members()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        version = request.get("VersionId", table.current_version)
        return ActionResult({"TableVersion": {"Table": table.as_dict(version), "VersionId": version}})


def _table_input(request: dict[str, Any]) -> dict[str, Any]:
    """Return the request's TableInput; tables defined in other ways are not available."""
    table_input: dict[str, Any] | None = request.get("TableInput")
    if table_input is None:
        raise InvalidInputError("A table without TableInput is not available in the local stack.")
    return table_input
