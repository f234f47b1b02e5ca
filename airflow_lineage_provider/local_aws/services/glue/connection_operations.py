"""The operations on Glue connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.engine.errors import SourceUnreachableError
from airflow_lineage_provider.local_aws.services.glue.connections import ConnectionStore, check_properties
from airflow_lineage_provider.local_aws.services.glue.database_access import check_connection
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token

__all__ = ["ConnectionOperations"]

_PAGE = 100


class ConnectionOperations(GlueOperations):
    """Connections: none of moto's are left."""

    @property
    def _connections(self) -> ConnectionStore:
        return self.glue_backend.connection_store

    def create_connection(self) -> ActionResult:
        """CreateConnection; a connection is READY at once."""
        request = self.request_members()
        self._check_catalog(request)
        self._connections.create(request["ConnectionInput"], request.get("Tags", {}))
        return ActionResult({"CreateConnectionStatus": "READY"})

    def update_connection(self) -> ActionResult:
        """UpdateConnection."""
        request = self.request_members()
        self._check_catalog(request)
        self._connections.update(request["Name"], request["ConnectionInput"])
        return EmptyResult()

    def get_connection(self) -> ActionResult:
        """GetConnection."""
        request = self.request_members()
        self._check_catalog(request)
        connection = self._connections.get(request["Name"])
        shown = connection.describe(hide_password=request.get("HidePassword", False))
        return ActionResult({"Connection": shown})

    def get_connections(self) -> ActionResult:
        """GetConnections."""
        request = self.request_members()
        self._check_catalog(request)
        chosen, token = self._connections.get_page(
            request.get("Filter", {}), request.get("MaxResults", _PAGE), next_token(request)
        )
        hide = request.get("HidePassword", False)
        listed = [connection.describe(hide_password=hide) for connection in chosen]
        return ActionResult({"ConnectionList": listed, "NextToken": token})

    def delete_connection(self) -> ActionResult:
        """DeleteConnection."""
        self._connections.delete(self.request_members()["ConnectionName"])
        return EmptyResult()

    def batch_delete_connection(self) -> ActionResult:
        """BatchDeleteConnection; what cannot be deleted is reported beside what was."""
        deleted, failed = self._connections.delete_all(self.request_members()["ConnectionNameList"])
        errors = {
            name: {"ErrorCode": error.code, "ErrorMessage": str(error.message)}
            for name, error in failed.items()
        }
        return ActionResult({"Succeeded": deleted, "Errors": errors})

    def test_connection(self) -> ActionResult:
        """TestConnection: log in to the database, and out again."""
        request = self.request_members()
        if ("ConnectionName" in request) == ("TestConnectionInput" in request):
            raise InvalidInputError("Give either ConnectionName or TestConnectionInput.")
        if "ConnectionName" in request:
            definition = self._connections.get(request["ConnectionName"]).definition
        else:
            definition = request["TestConnectionInput"]
        check_properties(definition)
        try:
            check_connection(self.glue_backend, definition)
        except SourceUnreachableError as error:
            raise InvalidInputError(str(error)) from error
        return EmptyResult()

    def _check_catalog(self, request: Mapping[str, Any]) -> None:
        """Refuse a catalog of another account."""
        catalog = request.get("CatalogId", self.current_account)
        if catalog != self.current_account:
            raise InvalidInputError(
                f"Catalog {catalog} is not available in the local stack; "
                f"leave CatalogId out or use {self.current_account}."
            )
