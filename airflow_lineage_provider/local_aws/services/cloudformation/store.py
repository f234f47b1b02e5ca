"""The stacks and change sets of one account and region, and how they are found."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from airflow_lineage_provider.local_aws.services.cloudformation.change_sets import ChangeSet
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    ChangeSetNotFoundError,
    StackValidationError,
    stack_missing,
)
from airflow_lineage_provider.local_aws.services.cloudformation.outputs import Exports
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack

__all__ = ["StackStore"]


class StackStore:
    """
    What there is, deleted stacks included.

    ``lock`` is held by whoever changes it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.stacks: dict[str, Stack] = {}
        self.change_sets: dict[str, ChangeSet] = {}
        self.exports = Exports(self.living)

    def living(self) -> Iterator[Stack]:
        """Yield the stacks that are not deleted, the oldest first."""
        with self.lock:
            stacks = list(self.stacks.values())
        return (stack for stack in stacks if not stack.is_gone)

    def find(self, name_or_id: str) -> Stack | None:
        """Return a stack: one that lives by its name, any by its id."""
        if name_or_id.startswith("arn:"):
            return self.stacks.get(name_or_id)
        return next((stack for stack in self.living() if stack.name == name_or_id), None)

    def stack(self, name_or_id: str) -> Stack:
        """
        Return a stack.

        :raises StackValidationError: If there is none.
        """
        found = self.find(name_or_id)
        if found is None:
            raise stack_missing(name_or_id)
        return found

    def change_set(self, name_or_id: str, stack_name: str | None) -> ChangeSet:
        """
        Return a change set by its id, or by its name and the stack's.

        :raises ChangeSetNotFoundError: If there is none.
        :raises StackValidationError: If the stack is not named where it has to be.
        """
        found = self.change_sets.get(name_or_id)
        if found is None and not name_or_id.startswith("arn:"):
            if stack_name is None:
                raise StackValidationError(
                    "StackName must be specified if ChangeSetName is not specified as an ARN."
                )
            stack = self.stack(stack_name)
            found = self.find_change_set(stack, name_or_id)
        if found is None:
            raise ChangeSetNotFoundError(f"ChangeSet [{name_or_id}] does not exist")
        return found

    def find_change_set(self, stack: Stack, name: str) -> ChangeSet | None:
        """Return a stack's change set by its name."""
        mine = (each for each in self.change_sets.values() if each.stack is stack)
        return next((each for each in mine if each.name == name), None)
