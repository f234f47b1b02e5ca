"""The operations on databases, tables and versions that moto lacks or answers differently from AWS."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.paging import page
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token
from airflow_lineage_provider.local_aws.services.glue.table_search import found_tables

__all__ = ["CatalogOperations"]

_PAGE = 100
_ATTRIBUTES = {"NAME": "Name", "TABLE_TYPE": "TableType", "TARGET_DATABASE": "TargetDatabase"}


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
        shown = [_with_attributes(item.as_dict(), request) for item in chosen]
        return ActionResult({"DatabaseList": shown, "NextToken": token})

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
        shown = [_with_attributes(table.as_dict(), request) for table in chosen]
        return ActionResult({"TableList": shown, "NextToken": token})

    def search_tables(self) -> ActionResult:
        """SearchTables; tables of other accounts are none."""
        request = self.request_members()
        tables = [table.as_dict() for table in self.glue_backend.all_tables()]
        if request.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
            tables = []
        chosen, token = page(
            found_tables(tables, request),
            key=lambda table: f"{table['DatabaseName']}/{table['Name']}",
            limit=request.get("MaxResults", _PAGE),
            token=next_token(request),
            scope="SearchTables",
        )
        return ActionResult({"TableList": chosen, "NextToken": token})

    def create_table(self) -> ActionResult:
        """CreateTable, with its partition indexes."""
        request = self.request_members()
        table_input = _table_input(request)
        with self.glue_backend.lock:
            table = self.glue_backend.create_table(
                request["DatabaseName"], table_input["Name"], table_input, request.get("OpenTableFormatInput")
            )
            for index in request.get("PartitionIndexes", ()):
                table.create_index(index["IndexName"], index["Keys"])
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

    def batch_delete_table(self) -> ActionResult:
        """BatchDeleteTable."""
        request = self.request_members()
        errors = self.glue_backend.batch_delete_table(request["DatabaseName"], request["TablesToDelete"])
        return ActionResult({"Errors": errors})

    def batch_delete_table_version(self) -> ActionResult:
        """BatchDeleteTableVersion."""
        request = self.request_members()
        names = request["DatabaseName"], request["TableName"]
        return ActionResult({"Errors": self.glue_backend.delete_versions(*names, request["VersionIds"])})

    def import_catalog_to_glue(self) -> ActionResult:
        """ImportCatalogToGlue: there is no older Athena catalog that could be imported."""
        self.request_members()
        return EmptyResult()

    def get_catalog_import_status(self) -> ActionResult:
        """GetCatalogImportStatus: a catalog made after 2017 has nothing to import and is complete."""
        self.request_members()
        return ActionResult({"ImportStatus": {"ImportCompleted": True}})


def _with_attributes(described: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a database or table that ``AttributesToGet`` asks for; all without it."""
    wanted = {_ATTRIBUTES[name] for name in request.get("AttributesToGet", ())}
    return {name: value for name, value in described.items() if not wanted or name in wanted}


def _table_input(request: dict[str, Any]) -> dict[str, Any]:
    """Return the request's TableInput; tables defined in other ways are not available."""
    table_input: dict[str, Any] | None = request.get("TableInput")
    if table_input is None:
        raise InvalidInputError("A table without TableInput is not available in the local stack.")
    return table_input
