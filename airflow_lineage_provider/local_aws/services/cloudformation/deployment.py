"""
Operations on a stack as a whole: create, update and delete, with their rollbacks.

Resources are made one after the other, each after those it needs, and deleted the other way round. On AWS
those that do not need each other are made at the same time; nobody may rely on that.

.. seealso:: AWS CloudFormation User Guide, "Stack failure options" and "Update behaviors of stack resources".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from graphlib import TopologicalSorter
from threading import Event

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    CloudFormationError,
    ResourceError,
)
from airflow_lineage_provider.local_aws.services.cloudformation.outputs import Exports, resolved_outputs
from airflow_lineage_provider.local_aws.services.cloudformation.parameters import ParameterValue
from airflow_lineage_provider.local_aws.services.cloudformation.recorder import Recorder
from airflow_lineage_provider.local_aws.services.cloudformation.references import creation_order
from airflow_lineage_provider.local_aws.services.cloudformation.registry import resource_type
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import Place
from airflow_lineage_provider.local_aws.services.cloudformation.resource_work import ResourceWork, worded
from airflow_lineage_provider.local_aws.services.cloudformation.scope import (
    StackScope,
    conditions_of,
    pseudo_parameters,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import (
    Stack,
    StackResource,
    StackSettings,
)
from airflow_lineage_provider.local_aws.services.cloudformation.template import RETAIN, Template

__all__ = ["Deployment", "GivenUpError", "Plan"]


class GivenUpError(Exception):
    """The stack's world is gone: nothing more is to be done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What a stack is to become.

    :param on_failure: ROLLBACK, DO_NOTHING or DELETE.
    """

    template: Template
    parameters: Mapping[str, ParameterValue]
    settings: StackSettings
    on_failure: str = "ROLLBACK"

    def with_on_failure(self, on_failure: str) -> Plan:
        """Return the same plan with another answer to a failure."""
        return replace(self, on_failure=on_failure)


class Deployment:
    """
    One operation on one stack.

    :param exports: What the stacks of the region export and import.
    :param stop: Set when everything is to be given up at once.
    """

    def __init__(
        self,
        stack: Stack,
        place: Place,
        *,
        work: ResourceWork,
        recorder: Recorder,
        exports: Exports,
        stop: Event,
    ) -> None:
        self._stack = stack
        self._place = place
        self._work = work
        self._record = recorder
        self._exports = exports
        self._stop = stop

    def create(self, plan: Plan) -> None:
        """Make a new stack; its first event is there already."""
        deadline = _deadline(plan.settings)
        problem = self._carried_out(plan, lambda: self._check_time(deadline))
        if problem is None:
            self._record.stack("CREATE_COMPLETE")
        elif self._stack.cancelled.is_set():
            self._record.stack("CREATE_FAILED", "Resource creation cancelled")
        elif plan.on_failure == "DO_NOTHING":
            self._record.stack("CREATE_FAILED", problem)
        elif plan.on_failure == "DELETE":
            self._record.stack("DELETE_IN_PROGRESS", f"{problem}Delete requested by user.")
            self._delete_all((), ended="DELETE", kept=_kept_after_creation)
        else:
            self._record.stack("ROLLBACK_IN_PROGRESS", f"{problem}Rollback requested by user.")
            self._delete_all((), ended="ROLLBACK", kept=_kept_after_creation)

    def update(self, plan: Plan) -> None:
        """Change a stack; its first event is there already."""
        stack = self._stack
        before = {name: replace(resource) for name, resource in stack.resources.items()}
        settings = stack.settings
        stack.settings = plan.settings
        problem = self._carried_out(plan, lambda: None)
        if problem is None:
            stack.template, stack.parameters, stack.updated_at = plan.template, plan.parameters, RUNTIME.now()
            self._record.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._clean_up(before, self._order(plan))
            self._record.stack("UPDATE_COMPLETE")
        elif plan.on_failure == "DO_NOTHING":
            self._keep_half_done(before)
            stack.template, stack.parameters, stack.updated_at = plan.template, plan.parameters, RUNTIME.now()
            self._record.stack("UPDATE_FAILED", problem)
        else:
            stack.settings = settings
            self._record.stack("UPDATE_ROLLBACK_IN_PROGRESS", problem)
            self.roll_back(before)

    def roll_back(self, before: Mapping[str, StackResource], skipped: Collection[str] = ()) -> None:
        """
        Bring the stack back to what it was.

        :param before: Its resources before the update.
        :param skipped: Logical ids of resources to leave as they are.
        """
        stack = self._stack
        doomed: list[StackResource] = []
        failed: list[str] = []
        for resource in _deletion_order(list(stack.resources.values())):
            self._check()
            old = before.get(resource.logical_id)
            if resource.logical_id in skipped:
                continue
            if old is None:
                doomed.append(resource)
                del stack.resources[resource.logical_id]
            elif not self._restored(resource, old, doomed):
                failed.append(resource.logical_id)
        if failed:
            stack.undo = dict(before)
            reason = f"The following resource(s) failed to update: [{', '.join(failed)}]. "
            self._record.stack("UPDATE_ROLLBACK_FAILED", reason)
            return
        stack.undo = None
        self._record.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource in doomed:
            self._check()
            self._work.delete(resource)
        self._record.stack("UPDATE_ROLLBACK_COMPLETE")

    def delete(self, retained: Collection[str] = (), *, forced: bool = False) -> None:
        """
        Delete a stack; its first event is there already.

        :param retained: Logical ids of resources to leave behind.
        :param forced: Whether to leave behind what cannot be deleted.
        """
        self._delete_all(retained, ended="DELETE", kept=_kept, forced=forced)

    def _carried_out(self, plan: Plan, check: Callable[[], None]) -> str | None:
        """Make or change every resource of a plan; return what went wrong, if anything."""
        try:
            order = self._order(plan)
            scope = self._scope(plan)
            for name, needs in order.items():
                self._check()
                check()
                if self._stack.cancelled.is_set():
                    raise ResourceError("Resource update cancelled")
                problem = self._brought(name, needs, plan, scope)
                if problem is not None:
                    return problem
            outputs = resolved_outputs(plan.template, scope)
            self._exports.check_change(self._stack, outputs)
        except (ResourceError, CloudFormationError) as error:
            return f"{worded(error).rstrip('.')}. "
        self._stack.outputs = outputs
        self._stack.imports = frozenset(scope.imports)
        return None

    def _brought(self, name: str, needs: frozenset[str], plan: Plan, scope: StackScope) -> str | None:
        """Make or change one resource; return what went wrong, if anything."""
        definition = plan.template.resources[name]
        current = self._stack.resources.get(name)
        try:
            if current is None:
                self._work.create(definition, needs, scope)
            else:
                self._work.update(current, definition, needs, scope)
        except ResourceError:
            self._check()
            what = "create" if self._stack.resources[name].status == "CREATE_FAILED" else "update"
            return f"The following resource(s) failed to {what}: [{name}]. "
        return None

    def _restored(self, resource: StackResource, old: StackResource, doomed: list[StackResource]) -> bool:
        """Bring one resource back to what it was; what took its place is doomed."""
        kind = resource_type(old.type)
        replaced = kind is not None and bool(kind.replaced_by(old.properties, resource.properties))
        try:
            if replaced or resource.physical_id != old.physical_id or resource.status == "CREATE_FAILED":
                self._stack.resources[old.logical_id] = old
                if kind is not None and kind.first_deletes:
                    self._work.delete(resource)
                    self._work.make_again(old)
                elif resource.physical_id:
                    doomed.append(resource)
            elif resource.properties != old.properties or resource.unsure:
                self._work.change(resource, old.properties, old.shown)
        except ResourceError:
            return False
        return True

    def _keep_half_done(self, before: Mapping[str, StackResource]) -> None:
        """Keep the old resource where nothing took its place."""
        for name, old in before.items():
            current = self._stack.resources.get(name)
            if current is not None and not current.physical_id and old.physical_id:
                reason, old.status = current.reason, "UPDATE_FAILED"
                old.reason = reason
                self._stack.resources[name] = old

    def _clean_up(self, before: Mapping[str, StackResource], wanted: Collection[str]) -> None:
        """Delete what an update left over; what cannot be deleted stays, as on AWS."""
        stack = self._stack
        for old in _deletion_order(list(before.values())):
            self._check()
            current = stack.resources.get(old.logical_id)
            if old.logical_id not in wanted:
                stack.resources.pop(old.logical_id, None)
                policy = old.deletion_policy
            elif current is not None and current.physical_id != old.physical_id:
                kind = resource_type(old.type)
                if kind is not None and kind.first_deletes:
                    continue
                policy = old.replace_policy
            else:
                continue
            if policy == RETAIN:
                self._work.skip(old)
            else:
                self._work.delete(old)

    def _delete_all(
        self,
        retained: Collection[str],
        *,
        ended: str,
        kept: Callable[[StackResource], bool],
        forced: bool = False,
    ) -> None:
        failed: list[str] = []
        needed: set[str] = set()
        for resource in _deletion_order(list(self._stack.resources.values())):
            self._check()
            name = resource.logical_id
            if resource.status in ("DELETE_COMPLETE", "DELETE_SKIPPED"):
                continue
            if name in needed:
                needed |= resource.needs
            elif name in retained or kept(resource):
                self._work.skip(resource)
            elif not self._work.delete(resource):
                if forced:
                    self._work.skip(resource)
                    continue
                failed.append(name)
                needed |= resource.needs
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            self._record.stack(f"{ended}_FAILED", reason)
            return
        if ended == "DELETE":
            self._stack.deleted_at = RUNTIME.now()
            self._stack.imports = frozenset()
        self._record.stack(f"{ended}_COMPLETE")

    def _order(self, plan: Plan) -> dict[str, frozenset[str]]:
        return creation_order(plan.template, conditions_of(plan.template, self._values(plan)))

    def _scope(self, plan: Plan) -> StackScope:
        values = self._values(plan)
        return StackScope(
            plan.template,
            values,
            conditions=conditions_of(plan.template, values),
            resources=self._stack.resources,
            exported=self._exports.value_of,
            hidden=[name for name, parameter in plan.parameters.items() if parameter.hidden],
        )

    def _values(self, plan: Plan) -> dict[str, object]:
        return pseudo_parameters(self._place, self._stack, plan.parameters)

    def _check(self) -> None:
        if self._stop.is_set():
            raise GivenUpError

    def _check_time(self, deadline: datetime | None) -> None:
        if deadline is not None and RUNTIME.now() > deadline:
            raise ResourceError("Stack creation time exceeded the specified timeout")


def _deadline(settings: StackSettings) -> datetime | None:
    minutes = settings.timeout_minutes
    return None if minutes is None else RUNTIME.now() + timedelta(minutes=minutes)


def _deletion_order(resources: Iterable[StackResource]) -> list[StackResource]:
    """Return resources so that each comes before those it needs."""
    found = {resource.logical_id: resource for resource in resources}
    needs = {name: [each for each in resource.needs if each in found] for name, resource in found.items()}
    return [found[name] for name in reversed(list(TopologicalSorter(needs).static_order()))]


def _kept(resource: StackResource) -> bool:
    return resource.deletion_policy in (RETAIN, "RetainExceptOnCreate")


def _kept_after_creation(resource: StackResource) -> bool:
    return resource.deletion_policy == RETAIN
