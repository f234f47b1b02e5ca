"""What names in a template stand for while an operation runs on a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError, TemplateError
from airflow_lineage_provider.local_aws.services.cloudformation.intrinsics import (
    NO_VALUE,
    evaluate_conditions,
)
from airflow_lineage_provider.local_aws.services.cloudformation.parameters import HIDDEN, ParameterValue
from airflow_lineage_provider.local_aws.services.cloudformation.registry import resource_type
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import Place
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack, StackResource
from airflow_lineage_provider.local_aws.services.cloudformation.template import Template

__all__ = ["StackScope", "conditions_of", "pseudo_parameters"]


class StackScope:
    """
    The names of one template.

    ``imports`` collects the names of the exports that were asked for.

    :param values: What ``Ref`` gives of parameters and pseudo parameters.
    :param conditions: The value of every condition.
    :param resources: The resources there are by now.
    :param exported: Returns what a name is exported as; ``None`` if nobody exports it.
    :param hidden: The parameters whose values nobody is shown.
    """

    def __init__(
        self,
        template: Template,
        values: Mapping[str, Any],
        *,
        conditions: Mapping[str, bool],
        resources: Mapping[str, StackResource],
        exported: Callable[[str], str | None],
        hidden: Iterable[str] = (),
    ) -> None:
        self._template = template
        self._values = values
        self._conditions = conditions
        self._resources = resources
        self._exported = exported
        self._hidden = tuple(hidden)
        self.imports: set[str] = set()

    def hiding(self) -> StackScope:
        """Return the same names with what nobody is shown as ``****``."""
        return StackScope(
            self._template,
            {**self._values, **dict.fromkeys(self._hidden, HIDDEN)},
            conditions=self._conditions,
            resources=self._resources,
            exported=self._exported,
        )

    def reference(self, name: str) -> Any:
        """Return what ``Ref`` gives."""
        if name in self._values:
            return self._values[name]
        return self._resource(name).physical_id

    def attribute(self, name: str, attribute: str) -> Any:
        """Return what ``Fn::GetAtt`` gives."""
        resource = self._resource(name)
        found = resource_type(resource.type)
        if found is None:
            raise TemplateError(f"Unrecognized resource type {resource.type}")
        try:
            return found.attribute(resource, attribute)
        except ResourceError as error:
            raise TemplateError(error.reason) from error

    def condition(self, name: str) -> bool:
        """Return the value of a condition."""
        if name not in self._conditions:
            raise TemplateError(f"Template format error: Unresolved condition dependency {name}")
        return self._conditions[name]

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an entry of ``Mappings``."""
        entry: Mapping[str, Any] = self._template.mappings[name]
        return entry

    def imported(self, name: str) -> str:
        """Return what another stack exports."""
        value = self._exported(name)
        if value is None:
            raise TemplateError(f"No export named {name} found.")
        self.imports.add(name)
        return value

    def _resource(self, name: str) -> StackResource:
        found = self._resources.get(name)
        if found is None or not found.physical_id:
            raise TemplateError(
                f"Template error: instance of Fn::GetAtt or Ref references undefined resource {name}"
            )
        return found


class _ConditionScope(StackScope):
    """The names a condition may use: no resources, and other conditions."""

    def __init__(
        self, template: Template, values: Mapping[str, Any], value_of: Callable[[str], bool]
    ) -> None:
        super().__init__(template, values, conditions={}, resources={}, exported=lambda _: None)
        self._value_of = value_of

    def condition(self, name: str) -> bool:
        return self._value_of(name)


def conditions_of(template: Template, values: Mapping[str, Any]) -> dict[str, bool]:
    """
    Return the value of every condition of a template.

    :raises TemplateError: If one cannot be told.
    """
    return evaluate_conditions(
        template.conditions, lambda value_of: _ConditionScope(template, values, value_of)
    )


def pseudo_parameters(place: Place, stack: Stack, parameters: Mapping[str, ParameterValue]) -> dict[str, Any]:
    """Return what ``Ref`` gives of pseudo parameters and parameters."""
    return {
        "AWS::AccountId": place.account_id,
        "AWS::NoValue": NO_VALUE,
        "AWS::NotificationARNs": list(stack.settings.notification_arns),
        "AWS::Partition": place.partition,
        "AWS::Region": place.region,
        "AWS::StackId": stack.stack_id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": "amazonaws.com",
        **{name: parameter.value for name, parameter in parameters.items()},
    }
