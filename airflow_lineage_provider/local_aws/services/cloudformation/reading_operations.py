"""
The operations that only read: stacks, events, resources, templates, exports.

Every method takes a request in the form of the API and returns its answer.

.. seealso:: AWS CloudFormation API Reference, the actions of the methods' names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.capabilities import (
    reason_for,
    required_capabilities,
)
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import StackValidationError
from airflow_lineage_provider.local_aws.services.cloudformation.paging import page
from airflow_lineage_provider.local_aws.services.cloudformation.planning import (
    checked_template,
    template_text,
)
from airflow_lineage_provider.local_aws.services.cloudformation.running import OperationRunner
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack, StackResource
from airflow_lineage_provider.local_aws.services.cloudformation.template import Template

__all__ = ["ReadingOperations"]

Request = Mapping[str, Any]
Reply = dict[str, Any]

_VERSION = "2010-09-09"
_CONSTRAINTS = ("AllowedValues",)


class ReadingOperations:
    """
    What a caller reads of the stacks of a place.

    :param runner: Holds the place and its stacks.
    """

    def __init__(self, runner: OperationRunner) -> None:
        self._store = runner.store
        self._calls = runner.calls

    def describe_stacks(self, request: Request) -> Reply:
        """DescribeStacks: one by name or id, or all that live, the newest first."""
        name = request.get("StackName")
        stacks = [self._store.stack(name)] if name else list(self._store.living())[::-1]
        chosen, token = page(stacks, request, scope="DescribeStacks")
        return {"Stacks": [stack.describe() for stack in chosen], "NextToken": token}

    def list_stacks(self, request: Request) -> Reply:
        """ListStacks: deleted ones, too, the newest first."""
        wanted = request.get("StackStatusFilter", ())
        stacks = [each for each in self._store.stacks.values() if not wanted or each.status in wanted]
        chosen, token = page(stacks[::-1], request, scope="ListStacks")
        return {"StackSummaries": [stack.summarise() for stack in chosen], "NextToken": token}

    def describe_stack_events(self, request: Request) -> Reply:
        """DescribeStackEvents, the newest first."""
        name = request.get("StackName", "")
        stack = self._store.find(name)
        if stack is None:
            raise StackValidationError(f"Stack [{name}] does not exist")
        chosen, token = page(stack.events[::-1], request, scope=f"DescribeStackEvents/{stack.stack_id}")
        return {"StackEvents": [event.describe(stack) for event in chosen], "NextToken": token}

    def describe_stack_resource(self, request: Request) -> Reply:
        """DescribeStackResource."""
        stack, wanted = self._store.stack(request["StackName"]), request["LogicalResourceId"]
        resource = stack.resources.get(wanted)
        if resource is None:
            raise StackValidationError(f"Resource {wanted} does not exist for stack {stack.name}")
        moment = {"LastUpdatedTimestamp": resource.updated_at}
        return {"StackResourceDetail": _of(stack) | resource.describe() | moment}

    def describe_stack_resources(self, request: Request) -> Reply:
        """DescribeStackResources: of a stack, or of the stack that holds a physical resource."""
        stack = self._stack_of(request)
        wanted = request.get("LogicalResourceId")
        if wanted is not None and wanted not in stack.resources:
            raise StackValidationError(f"Resource {wanted} does not exist for stack {stack.name}")
        chosen = [each for each in _resources(stack) if wanted in (None, each.logical_id)]
        return {
            "StackResources": [
                _of(stack) | resource.describe() | {"Timestamp": resource.updated_at} for resource in chosen
            ]
        }

    def list_stack_resources(self, request: Request) -> Reply:
        """ListStackResources."""
        stack = self._store.stack(request["StackName"])
        chosen, token = page(_resources(stack), request, scope=f"ListStackResources/{stack.stack_id}")
        summaries = [each.describe() | {"LastUpdatedTimestamp": each.updated_at} for each in chosen]
        return {"StackResourceSummaries": summaries, "NextToken": token}

    def get_template(self, request: Request) -> Reply:
        """GetTemplate: of a stack, or of a change set."""
        if request.get("ChangeSetName"):
            found = self._store.change_set(request["ChangeSetName"], request.get("StackName"))
            template: Template | None = found.plan.template
        else:
            template = self._store.stack(request.get("StackName", "")).template
        return {
            "TemplateBody": template.body if template else "",
            "StagesAvailable": ["Original", "Processed"],
        }

    def get_template_summary(self, request: Request) -> Reply:
        """GetTemplateSummary: of a stack's template, or of one given."""
        name = request.get("StackName")
        if name:
            stack = self._store.stack(name)
            if stack.template is None:
                raise StackValidationError(
                    "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks."
                )
            template = stack.template
        else:
            template = checked_template(template_text(request, self._calls))
        return {
            "Parameters": [_declaration(name, each) for name, each in template.parameters.items()],
            "Description": template.description,
            "Capabilities": required_capabilities(template),
            "CapabilitiesReason": reason_for(template),
            "ResourceTypes": sorted({each.type for each in template.resources.values()}),
            "Version": _VERSION,
            "DeclaredTransforms": [],
        }

    def validate_template(self, request: Request) -> Reply:
        """ValidateTemplate."""
        template = checked_template(template_text(request, self._calls))
        parameters = []
        for name, each in template.parameters.items():
            declared = _declaration(name, each)
            parameters.append({key: declared[key] for key in _VALIDATED if key in declared})
        return {
            "Parameters": parameters,
            "Description": template.description,
            "Capabilities": required_capabilities(template),
            "CapabilitiesReason": reason_for(template),
            "DeclaredTransforms": [],
        }

    def list_exports(self, request: Request) -> Reply:
        """ListExports, by name."""
        chosen, token = page(self._store.exports.listed(), request, scope="ListExports")
        return {"Exports": chosen, "NextToken": token}

    def list_imports(self, request: Request) -> Reply:
        """ListImports."""
        name = request["ExportName"]
        importers = self._store.exports.importers(name)
        if not importers:
            raise StackValidationError(f"Export '{name}' is not imported by any stack.")
        chosen, token = page(importers, request, scope=f"ListImports/{name}")
        return {"Imports": chosen, "NextToken": token}

    def _stack_of(self, request: Request) -> Stack:
        physical_id = request.get("PhysicalResourceId")
        if request.get("StackName"):
            return self._store.stack(request["StackName"])
        for stack in self._store.living():
            if physical_id and any(each.physical_id == physical_id for each in _resources(stack)):
                return stack
        raise StackValidationError(f"Stack for {physical_id} does not exist")


_VALIDATED = ("ParameterKey", "DefaultValue", "NoEcho", "Description")


def _resources(stack: Stack) -> Sequence[StackResource]:
    return sorted(stack.resources.values(), key=lambda resource: resource.logical_id)


def _of(stack: Stack) -> dict[str, Any]:
    return {"StackName": stack.name, "StackId": stack.stack_id}


def _declaration(name: str, parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``ParameterDeclaration`` form of a parameter."""
    default = parameter.get("Default")
    declared = {
        "ParameterKey": name,
        "DefaultValue": None if default is None else str(default),
        "ParameterType": parameter["Type"],
        "NoEcho": str(parameter.get("NoEcho", "false")).lower() == "true",
        "Description": parameter.get("Description"),
        "ParameterConstraints": {
            member: [str(value) for value in parameter[member]]
            for member in _CONSTRAINTS
            if member in parameter
        },
    }
    return {key: value for key, value in declared.items() if value is not None}
