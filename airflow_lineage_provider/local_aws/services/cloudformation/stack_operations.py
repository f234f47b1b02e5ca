"""
The operations that change stacks: create, update, cancel, continue, delete.

Every method takes a request in the form of the API and returns its answer.

.. seealso:: AWS CloudFormation API Reference, the actions of the methods' names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.deployment import Plan
from airflow_lineage_provider.local_aws.services.cloudformation.documents import parse_document
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    AlreadyExistsError,
    StackValidationError,
)
from airflow_lineage_provider.local_aws.services.cloudformation.planning import Planner
from airflow_lineage_provider.local_aws.services.cloudformation.running import OperationRunner
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack

__all__ = ["StackOperations", "changes_nothing", "require_updatable"]

Request = Mapping[str, Any]
Reply = dict[str, Any]

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*", re.ASCII)
_MAX_NAME = 128
_SAYING_NOTHING = frozenset({"Description", "Metadata"})
_UPDATABLE = frozenset(
    {"CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"}
)


class StackOperations:
    """
    What a caller does to the stacks of a place.

    :param runner: Runs the operations.
    """

    def __init__(self, runner: OperationRunner) -> None:
        self._runner = runner
        self._store = runner.store
        self._planner = Planner(runner.place, runner.calls)

    def create_stack(self, request: Request) -> Reply:
        """CreateStack."""
        name, token = check_name(request["StackName"]), request.get("ClientRequestToken")
        with self._store.lock:
            existing = self._store.find(name)
            if existing is not None:
                if token is not None and existing.token == token:
                    return {"StackId": existing.stack_id}
                raise AlreadyExistsError(f"Stack [{name}] already exists")
            stack = self.new_stack(name, "CREATE_IN_PROGRESS")
            plan = self._planner.plan(request, stack)
            stack.token = token
            stack.termination_protection = bool(request.get("EnableTerminationProtection"))
            self._store.stacks[stack.stack_id] = stack
            self._prepare_creation(stack, plan, token)
        self._runner.start(stack, lambda deployment: deployment.create(plan), token=token)
        return {"StackId": stack.stack_id}

    def begin_creation(self, stack: Stack, plan: Plan, token: str | None = None) -> None:
        """Make the resources of a stack that a change set announced."""
        with self._store.lock:
            self._prepare_creation(stack, plan, token)
        self._runner.start(stack, lambda deployment: deployment.create(plan), token=token)

    def begin_update(self, stack: Stack, plan: Plan, token: str | None = None) -> None:
        """Bring a stack to a plan."""
        with self._store.lock:
            stack.cancelled.clear()
            stack.undo = None
            stack.disable_rollback = plan.on_failure == "DO_NOTHING"
            self._runner.recorder(stack, token).stack("UPDATE_IN_PROGRESS", "User Initiated")
        self._runner.start(stack, lambda deployment: deployment.update(plan), token=token)

    def update_stack(self, request: Request) -> Reply:
        """UpdateStack."""
        stack = self._store.stack(request["StackName"])
        with self._store.lock:
            require_updatable(stack)
            plan = self._planner.plan(request, stack)
            if changes_nothing(stack, plan):
                raise StackValidationError("No updates are to be performed.")
            check_types_stay(stack, plan)
        self.begin_update(stack, plan, request.get("ClientRequestToken"))
        return {"StackId": stack.stack_id}

    def cancel_update_stack(self, request: Request) -> Reply:
        """CancelUpdateStack."""
        stack = self._store.stack(request["StackName"])
        if stack.status != "UPDATE_IN_PROGRESS":
            raise StackValidationError("CancelUpdateStack cannot be called from current stack status")
        stack.cancelled.set()
        return {}

    def continue_update_rollback(self, request: Request) -> Reply:
        """ContinueUpdateRollback."""
        stack = self._store.stack(request["StackName"])
        before = stack.undo
        if stack.status != "UPDATE_ROLLBACK_FAILED" or before is None:
            raise StackValidationError(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not continue an update rollback."
            )
        skipped = request.get("ResourcesToSkip", ())
        token = request.get("ClientRequestToken")
        self._runner.recorder(stack, token).stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        self._runner.start(stack, lambda deployment: deployment.roll_back(before, skipped), token=token)
        return {}

    def delete_stack(self, request: Request) -> Reply:
        """DeleteStack; a stack that is not there is deleted."""
        stack = self._store.find(request["StackName"])
        if stack is None or stack.is_gone or stack.status == "DELETE_IN_PROGRESS":
            return {}
        retained = request.get("RetainResources", ())
        forced = request.get("DeletionMode") == "FORCE_DELETE_STACK"
        _check_deletion(stack, retained, forced=forced)
        token = request.get("ClientRequestToken")
        recorder = self._runner.recorder(stack, token)
        problem = self._store.exports.problem_of_deletion(stack)
        if problem is not None:
            recorder.stack(stack.status, problem)
            return {}
        stack.cancelled.set()
        with self._store.lock:
            for each in [each for each in self._store.change_sets.values() if each.stack is stack]:
                del self._store.change_sets[each.change_set_id]
        if not stack.is_busy:
            recorder.stack("DELETE_IN_PROGRESS", "User Initiated")

        def work(deployment: Any) -> None:
            if stack.status != "DELETE_IN_PROGRESS":
                recorder.stack("DELETE_IN_PROGRESS", "User Initiated")
            deployment.delete(retained, forced=forced)

        self._runner.start(stack, work, token=token)
        return {}

    def update_termination_protection(self, request: Request) -> Reply:
        """UpdateTerminationProtection."""
        stack = self._store.stack(request["StackName"])
        stack.termination_protection = bool(request["EnableTerminationProtection"])
        return {"StackId": stack.stack_id}

    def new_stack(self, name: str, status: str) -> Stack:
        """Return a stack with nothing in it."""
        place = self._runner.place
        identifier = RUNTIME.new_uuid()
        return Stack(
            stack_id=f"arn:{place.partition}:cloudformation:{place.region}:{place.account_id}:stack/{name}/{identifier}",
            name=name,
            created_at=RUNTIME.now(),
            status=status,
        )

    def _prepare_creation(self, stack: Stack, plan: Plan, token: str | None) -> None:
        stack.template, stack.parameters, stack.settings = plan.template, plan.parameters, plan.settings
        stack.disable_rollback = plan.on_failure == "DO_NOTHING"
        self._runner.recorder(stack, token).stack("CREATE_IN_PROGRESS", "User Initiated")


def check_name(name: str) -> str:
    """
    Return a stack's name.

    :raises StackValidationError: If it cannot be one.
    """
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
        raise StackValidationError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]* and have length less than "
            f"or equal to {_MAX_NAME}"
        )
    return name


def require_updatable(stack: Stack) -> None:
    """
    Refuse to update a stack that is not ready for it.

    :raises StackValidationError: Naming its status.
    """
    if stack.status not in _UPDATABLE:
        raise StackValidationError(
            f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )


def changes_nothing(stack: Stack, plan: Plan) -> bool:
    """Tell whether a plan is what the stack already is."""
    if stack.template is None or stack.status.endswith("FAILED"):
        return False
    same: list[Callable[[], bool]] = [
        lambda: _said(stack.template.body if stack.template else "") == _said(plan.template.body),
        lambda: dict(stack.parameters) == dict(plan.parameters),
        lambda: dict(stack.settings.tags) == dict(plan.settings.tags),
        lambda: stack.settings.notification_arns == plan.settings.notification_arns,
        lambda: stack.settings.role_arn == plan.settings.role_arn,
    ]
    return all(check() for check in same)


def check_types_stay(stack: Stack, plan: Plan) -> None:
    """
    Refuse another type under the name of a resource.

    :raises StackValidationError: Naming the resources.
    """
    wanted = plan.template.resources
    changed = [
        name
        for name, resource in stack.resources.items()
        if name in wanted and wanted[name].type != resource.type
    ]
    if changed:
        raise StackValidationError(
            "Update of resource type is not permitted. The new template modifies resource type of the "
            f"following resources: [{', '.join(changed)}]"
        )


def _said(body: str) -> dict[str, Any]:
    return {name: value for name, value in parse_document(body).items() if name not in _SAYING_NOTHING}


def _check_deletion(stack: Stack, retained: object, *, forced: bool) -> None:
    if stack.termination_protection:
        raise StackValidationError(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if stack.status == "DELETE_FAILED":
        return
    if forced:
        raise StackValidationError(
            f"Invalid operation on stack [{stack.stack_id}]. You can activate DeletionMode "
            "FORCE_DELETE_STACK in a delete stack operation only when the stack is in the DELETE_FAILED "
            "state."
        )
    if retained:
        raise StackValidationError(
            f"Invalid operation on stack [{stack.stack_id}]. You can specify RetainResources in a delete "
            "stack operation only when the stack is in the DELETE_FAILED state."
        )
