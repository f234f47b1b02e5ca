"""
The operations on change sets.

Every method takes a request in the form of the API and returns its answer. A change set is complete when its
creation is answered; importing existing resources and nested stacks are not available.

.. seealso:: AWS CloudFormation API Reference, the actions of the methods' names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.change_sets import (
    NO_CHANGES,
    ChangeSet,
    find_changes,
)
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    AlreadyExistsError,
    InvalidChangeSetStatusError,
    NotAvailableError,
    StackValidationError,
    stack_missing,
)
from airflow_lineage_provider.local_aws.services.cloudformation.paging import page
from airflow_lineage_provider.local_aws.services.cloudformation.planning import Planner
from airflow_lineage_provider.local_aws.services.cloudformation.running import OperationRunner
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack
from airflow_lineage_provider.local_aws.services.cloudformation.stack_operations import (
    StackOperations,
    changes_nothing,
    check_name,
    check_types_stay,
    require_updatable,
)

__all__ = ["ChangeSetOperations"]

Request = Mapping[str, Any]
Reply = dict[str, Any]

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", re.ASCII)


class ChangeSetOperations:
    """
    What a caller does with change sets.

    :param stacks: The operations on stacks, which executions begin.
    """

    def __init__(self, runner: OperationRunner, stacks: StackOperations) -> None:
        self._runner = runner
        self._store = runner.store
        self._stacks = stacks

    def create_change_set(self, request: Request) -> Reply:
        """CreateChangeSet; ``UPDATE`` unless the request says ``CREATE``."""
        kind, name, token = (
            request.get("ChangeSetType", "UPDATE"),
            request["ChangeSetName"],
            request.get("ClientToken"),
        )
        if kind not in ("CREATE", "UPDATE"):
            raise NotAvailableError(f"A change set of type {kind}")
        if not _NAME.fullmatch(name):
            raise StackValidationError(
                f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        with self._store.lock:
            stack = self._stack_for(kind, request)
            existing = self._store.find_change_set(stack, name)
            if existing is not None:
                if token is not None and existing.token == token:
                    return {"Id": existing.change_set_id, "StackId": stack.stack_id}
                raise AlreadyExistsError(f"ChangeSet {existing.change_set_id} already exists")
            made = self._made(kind, name, request, stack)
            if stack.stack_id not in self._store.stacks:
                self._store.stacks[stack.stack_id] = stack
                self._runner.recorder(stack).stack("REVIEW_IN_PROGRESS", "User Initiated")
            self._store.change_sets[made.change_set_id] = made
        return {"Id": made.change_set_id, "StackId": stack.stack_id}

    def describe_change_set(self, request: Request) -> Reply:
        """DescribeChangeSet."""
        found = self._found(request)
        changes, token = page(found.changes, request, scope=f"DescribeChangeSet/{found.change_set_id}")
        return {**found.describe(), "Changes": changes, "NextToken": token}

    def list_change_sets(self, request: Request) -> Reply:
        """ListChangeSets."""
        stack = self._store.stack(request["StackName"])
        mine = [each for each in self._store.change_sets.values() if each.stack is stack]
        chosen, token = page(mine, request, scope=f"ListChangeSets/{stack.stack_id}")
        return {"Summaries": [each.summarise() for each in chosen], "NextToken": token}

    def delete_change_set(self, request: Request) -> Reply:
        """DeleteChangeSet; the stack it was to make stays."""
        name = request["ChangeSetName"]
        with self._store.lock:
            found = self._store.change_sets.get(name)
            if found is None and not name.startswith("arn:"):
                stack = self._store.stack(request.get("StackName", ""))
                found = self._store.find_change_set(stack, name)
            if found is not None:
                del self._store.change_sets[found.change_set_id]
        return {}

    def execute_change_set(self, request: Request) -> Reply:
        """ExecuteChangeSet; the other change sets of the stack are gone then."""
        token = request.get("ClientRequestToken")
        with self._store.lock:
            found = self._found(request)
            if found.execution_status != "AVAILABLE":
                raise InvalidChangeSetStatusError(
                    f"ChangeSet [{found.change_set_id}] cannot be executed in its current status of "
                    f"[{found.status}]"
                )
            stack, plan = found.stack, found.plan
            if found.type == "UPDATE":
                require_updatable(stack)
            if request.get("DisableRollback"):
                plan = plan.with_on_failure("DO_NOTHING")
            found.execution_status = "EXECUTE_COMPLETE"
            stack.change_set_id = found.change_set_id
            for each in [each for each in self._store.change_sets.values() if each.stack is stack]:
                if each is not found:
                    del self._store.change_sets[each.change_set_id]
        begin = self._stacks.begin_creation if found.type == "CREATE" else self._stacks.begin_update
        begin(stack, plan, token)
        return {}

    def _stack_for(self, kind: str, request: Request) -> Stack:
        name = request["StackName"]
        found = self._store.find(name)
        if kind == "CREATE":
            if found is None:
                return self._stacks.new_stack(check_name(name), "REVIEW_IN_PROGRESS")
            if found.status != "REVIEW_IN_PROGRESS":
                raise StackValidationError(
                    f"Stack [{name}] already exists and cannot be created again with the changeSet "
                    f"[{request['ChangeSetName']}]."
                )
            return found
        if found is None or found.is_gone:
            raise stack_missing(name)
        require_updatable(found)
        return found

    def _made(self, kind: str, name: str, request: Request, stack: Stack) -> ChangeSet:
        place = self._runner.place
        plan = Planner(place, self._runner.calls).plan(request, stack)
        if kind == "UPDATE":
            check_types_stay(stack, plan)
        identifier = f"{name}/{RUNTIME.new_uuid()}"
        made = ChangeSet(
            change_set_id=f"arn:{place.partition}:cloudformation:{place.region}:{place.account_id}:changeSet/{identifier}",
            name=name,
            stack=stack,
            plan=plan,
            type=kind,
            created_at=RUNTIME.now(),
            description=request.get("Description"),
            changes=find_changes(stack, plan, place, self._store.exports),
            token=request.get("ClientToken"),
        )
        if kind == "UPDATE" and not made.changes and changes_nothing(stack, plan):
            made.status, made.execution_status, made.reason = "FAILED", "UNAVAILABLE", NO_CHANGES
        return made

    def _found(self, request: Request) -> ChangeSet:
        return self._store.change_set(request["ChangeSetName"], request.get("StackName"))
