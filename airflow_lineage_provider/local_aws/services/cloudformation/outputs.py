"""Outputs of stacks, and what stacks of one region export to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    StackValidationError,
    TemplateError,
)
from airflow_lineage_provider.local_aws.services.cloudformation.intrinsics import as_text, resolve
from airflow_lineage_provider.local_aws.services.cloudformation.scope import StackScope
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Output, Stack
from airflow_lineage_provider.local_aws.services.cloudformation.template import OutputDefinition, Template

__all__ = ["Exports", "resolved_outputs"]


def resolved_outputs(template: Template, scope: StackScope) -> tuple[Output, ...]:
    """
    Return the outputs a template has.

    :raises TemplateError: If one is no text.
    """
    wanted = (
        each
        for each in template.outputs.values()
        if each.condition is None or scope.condition(each.condition)
    )
    return tuple(_output(each, scope) for each in wanted)


class Exports:
    """
    What the stacks of a region export and import.

    :param stacks: Returns the stacks that are not deleted.
    """

    def __init__(self, stacks: Callable[[], Iterable[Stack]]) -> None:
        self._stacks = stacks

    def listed(self) -> list[dict[str, str]]:
        """Return every export in its ``Export`` form, by name."""
        found = [
            {"ExportingStackId": stack.stack_id, "Name": name, "Value": value}
            for stack in self._stacks()
            for name, value in stack.exports.items()
        ]
        return sorted(found, key=lambda export: export["Name"])

    def value_of(self, name: str) -> str | None:
        """Return what a name is exported as."""
        return next((stack.exports[name] for stack in self._stacks() if name in stack.exports), None)

    def importers(self, name: str) -> list[str]:
        """Return the names of the stacks that import a name."""
        return sorted(stack.name for stack in self._stacks() if name in stack.imports)

    def check_change(self, stack: Stack, outputs: Sequence[Output]) -> None:
        """
        Refuse outputs that take away what others import, or a name of another stack.

        :raises StackValidationError: Naming the export.
        """
        new = {each.export_name: each.value for each in outputs if each.export_name is not None}
        for name in new:
            for other in self._stacks():
                if other is not stack and name in other.exports:
                    raise StackValidationError(
                        f"Export with name {name} is already exported by stack {other.name}"
                    )
        for name, value in stack.exports.items():
            what = "deleted" if name not in new else "updated"
            if new.get(name) != value and self.importers(name):
                raise StackValidationError(self._in_use(name, what))

    def problem_of_deletion(self, stack: Stack) -> str | None:
        """Return why a stack cannot be deleted: somebody imports what it exports."""
        used = [name for name in stack.exports if self.importers(name)]
        return self._in_use(used[0], "deleted") if used else None

    def _in_use(self, name: str, what: str) -> str:
        return f"Export {name} cannot be {what} as it is in use by {' and '.join(self.importers(name))}"


def _output(definition: OutputDefinition, scope: StackScope) -> Output:
    value = resolve(definition.value, scope)
    if isinstance(value, list | dict):
        raise TemplateError(
            "Template format error: The Value field of every Outputs member must evaluate to a String."
        )
    name = definition.export_name
    return Output(
        key=definition.key,
        value=as_text(value),
        description=definition.description,
        export_name=None if name is None else as_text(resolve(name, scope)),
    )
