"""
HTTP to operations: what this package implements; anything else is refused at once.

moto parses the query and writes the XML; everything between is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto.core.common_types import TYPE_RESPONSE
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.exceptions import HTTPException

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.answers import ANSWERS
from airflow_lineage_provider.local_aws.services.cloudformation.calls import ApiCalls
from airflow_lineage_provider.local_aws.services.cloudformation.change_set_operations import (
    ChangeSetOperations,
)
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import CloudFormationError
from airflow_lineage_provider.local_aws.services.cloudformation.models import cloudformation_backends
from airflow_lineage_provider.local_aws.services.cloudformation.reading_operations import ReadingOperations
from airflow_lineage_provider.local_aws.services.cloudformation.running import OperationRunner
from airflow_lineage_provider.local_aws.services.cloudformation.stack_operations import StackOperations

__all__ = ["OPERATIONS", "StackResponse"]

_CREDENTIAL = re.compile(r"Credential=([^/]+)/")
_Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class _Desk:
    """Everything one caller can ask for."""

    def __init__(self, runner: OperationRunner) -> None:
        self.stacks = StackOperations(runner)
        self.change_sets = ChangeSetOperations(runner, self.stacks)
        self.reading = ReadingOperations(runner)


OPERATIONS: Mapping[str, Callable[[_Desk], _Operation]] = {
    "CancelUpdateStack": lambda desk: desk.stacks.cancel_update_stack,
    "ContinueUpdateRollback": lambda desk: desk.stacks.continue_update_rollback,
    "CreateChangeSet": lambda desk: desk.change_sets.create_change_set,
    "CreateStack": lambda desk: desk.stacks.create_stack,
    "DeleteChangeSet": lambda desk: desk.change_sets.delete_change_set,
    "DeleteStack": lambda desk: desk.stacks.delete_stack,
    "DescribeChangeSet": lambda desk: desk.change_sets.describe_change_set,
    "DescribeStackEvents": lambda desk: desk.reading.describe_stack_events,
    "DescribeStackResource": lambda desk: desk.reading.describe_stack_resource,
    "DescribeStackResources": lambda desk: desk.reading.describe_stack_resources,
    "DescribeStacks": lambda desk: desk.reading.describe_stacks,
    "ExecuteChangeSet": lambda desk: desk.change_sets.execute_change_set,
    "GetTemplate": lambda desk: desk.reading.get_template,
    "GetTemplateSummary": lambda desk: desk.reading.get_template_summary,
    "ListChangeSets": lambda desk: desk.change_sets.list_change_sets,
    "ListExports": lambda desk: desk.reading.list_exports,
    "ListImports": lambda desk: desk.reading.list_imports,
    "ListStackResources": lambda desk: desk.reading.list_stack_resources,
    "ListStacks": lambda desk: desk.reading.list_stacks,
    "UpdateStack": lambda desk: desk.stacks.update_stack,
    "UpdateTerminationProtection": lambda desk: desk.stacks.update_termination_protection,
    "ValidateTemplate": lambda desk: desk.reading.validate_template,
}
"""The operations there are. Those of moto that are not among them, such as stack sets, are refused."""


class StackResponse(BaseResponse):
    """One request to the service."""

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    @classmethod
    def answer_custom_resource(cls, request: Request, full_url: str, headers: Any) -> TYPE_RESPONSE:  # noqa: ARG003
        """Take the answer of a custom resource's provider, which is not signed."""
        (token,) = parse_qs(urlsplit(full_url).query).get("token", [""])
        known = ANSWERS.deliver(token, request.get_data())
        return (200, {}, "") if known else (403, {}, "Nobody waits for this answer.")

    def call_action(self) -> TYPE_RESPONSE:
        """
        Answer one request.

        :raises NotImplementedError: If nobody implements its operation; the gateway words that.
        """
        try:
            self._authenticate_and_authorize_normal_action("*")
        except HTTPException as error:
            return int(error.code or 403), self.response_headers, error.description or ""
        operation = OPERATIONS.get(self._get_action())
        if operation is None:
            raise NotImplementedError(self._get_action())
        try:
            result = ActionResult(operation(self._desk())(self.params))
        except CloudFormationError as error:
            result = ActionResult(error)
        status, headers, body = self.serialized(result)
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    def _desk(self) -> _Desk:
        backend = cloudformation_backends[self.current_account][self.region]
        match = _CREDENTIAL.search(str(self.headers.get("Authorization", "")))
        calls = ApiCalls(
            RUNTIME.endpoint_url or "",
            self.region,
            access_key=match[1] if match else self.access_key,
            token=self.headers.get("X-Amz-Security-Token"),
        )
        return _Desk(OperationRunner(backend.store, backend.place, calls))
