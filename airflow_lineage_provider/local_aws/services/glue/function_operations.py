"""
The operations on user-defined functions; moto has none of them.

A function is a name and a class that the catalog keeps for others to load; nothing runs it here.

.. seealso:: AWS Glue Web API Reference, "User-defined function API".
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
)
from airflow_lineage_provider.local_aws.services.glue.paging import page
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token

__all__ = ["FunctionOperations"]

_PAGE = 100


class FunctionOperations(GlueOperations):
    """User-defined functions."""

    def create_user_defined_function(self) -> ActionResult:
        """CreateUserDefinedFunction."""
        request = self.request_members()
        database, function = self._database(request), request["FunctionInput"]
        if not function.get("FunctionName"):
            raise InvalidInputError("A function must have a FunctionName.")
        key = (database, function["FunctionName"].lower())
        with self.glue_backend.lock:
            if key in self.glue_backend.functions:
                raise AlreadyExistsError("Function already exists.")
            self.glue_backend.functions[key] = self._form(function, database) | {"CreateTime": now()}
        return EmptyResult()

    def update_user_defined_function(self) -> ActionResult:
        """UpdateUserDefinedFunction."""
        request = self.request_members()
        database = self._database(request)
        with self.glue_backend.lock:
            held = self._function(database, request["FunctionName"])
            changed = self._form({**request["FunctionInput"], "FunctionName": held["FunctionName"]}, database)
            key = (database, held["FunctionName"])
            self.glue_backend.functions[key] = changed | {"CreateTime": held["CreateTime"]}
        return EmptyResult()

    def get_user_defined_function(self) -> ActionResult:
        """GetUserDefinedFunction."""
        request = self.request_members()
        function = self._function(self._database(request), request["FunctionName"])
        return ActionResult({"UserDefinedFunction": function})

    def get_user_defined_functions(self) -> ActionResult:
        """GetUserDefinedFunctions: those whose names match a pattern, in which ``*`` stands for anything."""
        request = self.request_members()
        database = self._database(request) if "DatabaseName" in request else None
        pattern = _pattern(request["Pattern"])
        matching = [
            function
            for (owner, name), function in sorted(self.glue_backend.functions.items())
            if database in (None, owner) and pattern.fullmatch(name)
        ]
        chosen, token = page(
            matching,
            key=lambda function: f"{function['DatabaseName']}/{function['FunctionName']}",
            limit=request.get("MaxResults", _PAGE),
            token=next_token(request),
            scope=f"GetUserDefinedFunctions/{database}/{request['Pattern']}",
        )
        return ActionResult({"UserDefinedFunctions": chosen, "NextToken": token})

    def delete_user_defined_function(self) -> ActionResult:
        """DeleteUserDefinedFunction."""
        request = self.request_members()
        with self.glue_backend.lock:
            held = self._function(self._database(request), request["FunctionName"])
            del self.glue_backend.functions[held["DatabaseName"], held["FunctionName"]]
        return EmptyResult()

    def _database(self, request: dict[str, Any]) -> str:
        return str(self.glue_backend.get_database(request["DatabaseName"]).name)

    def _function(self, database: str, name: str) -> dict[str, Any]:
        held = self.glue_backend.functions.get((database, name.lower()))
        if held is None:
            raise EntityNotFoundError(f"Function {name} not found.")
        return held

    def _form(self, function: dict[str, Any], database: str) -> dict[str, Any]:
        """Return a function in the form of GetUserDefinedFunction, but for its time."""
        return {
            **function,
            "FunctionName": function["FunctionName"].lower(),
            "DatabaseName": database,
            "CatalogId": self.glue_backend.account_id,
        }


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text.replace(".*", "*").replace("*", ".*"), re.IGNORECASE)
    except re.error as error:
        raise InvalidInputError(f"Pattern {text!r} is not valid: {error}.") from error
