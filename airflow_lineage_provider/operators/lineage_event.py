"""Post an OpenLineage run event to Amazon SageMaker Catalog (the DataZone API)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import conf

from airflow_lineage_provider import lineage
from airflow_lineage_provider.exceptions import InvalidArgumentError, LineageEventFailedError
from airflow_lineage_provider.hooks.catalog_ids import checked_domain_identifier
from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience
from airflow_lineage_provider.hooks.catalog_waits import EventProcessed
from airflow_lineage_provider.hooks.event_posting import EventPoster
from airflow_lineage_provider.tasks.aws import LineageAwsOperator, aws_template_fields
from airflow_lineage_provider.tasks.identity import task_identity
from airflow_lineage_provider.tasks.waiting import DEFERRAL_GRACE, budget_seconds
from airflow_lineage_provider.triggers.base import validated_event
from airflow_lineage_provider.triggers.datazone import DataZoneLineageEventTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg
    from jinja2 import Environment

    from airflow_lineage_provider.hooks.datazone import DataZoneHook

    _Operator = LineageAwsOperator[DataZoneHook]
else:
    _Operator = LineageAwsOperator

__all__ = ["DataZonePostLineageEventOperator"]

_DEFAULT_TIMEOUT_SECONDS = 900
_EVENT = "the event of a DataZoneLineageEventTrigger"


class DataZonePostLineageEventOperator(_Operator):
    """
    Post one OpenLineage run event and wait until the catalog has processed it.

    The event is checked before it leaves the worker: a malformed event fails here, with the path to the wrong
    member. One that is over the 300,000 bytes that AWS takes is posted in parts, events of the same run and
    time that say together what the event says. A retry posts nothing twice.

    .. seealso::
        - Guide: :ref:`howto/operator:DataZonePostLineageEventOperator`
        - AWS API: `PostLineageEvent
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_PostLineageEvent.html>`__

    :param domain_identifier: Domain that receives the event. (templated)
    :param event: The run event: a mapping, or JSON text. (templated, also inside of it)
    :param wait_for_completion: ``False`` returns as soon as the catalog has accepted the event.
    :param deferrable: Wait in the triggerer. Default: ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: How long a try may take altogether, in seconds or as a timedelta. ``None`` means 15
        minutes, or ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    :returns: A mapping with ``domain_id``, ``event_ids``, ``status`` (``SUCCESS``, or ``REQUESTED`` if it was
        not waited for), ``events`` (of each part its ``event_id``, ``status`` and ``bytes``), ``job``
        (``namespace`` and ``name``), ``run_id`` and ``node_identifier``, by which the graph knows the run.
    :raises InvalidEventError: If the event is no valid run event, or cannot be cut into parts. Nothing has
        been sent then.
    :raises PermissionDeniedError: If an action is not allowed. Reading is tried before anything is posted.
    :raises LineageEventFailedError: If the catalog could not process the event; it names those that failed.
    :raises CatalogTimeoutError: If it took too long.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"
    template_fields = aws_template_fields("domain_identifier", "event")
    template_fields_renderers: ClassVar[dict[str, str]] = {"event": "json"}
    ui_color = "#c9dff5"

    def __init__(
        self,
        *,
        domain_identifier: str,
        event: Mapping[str, Any] | str | XComArg,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: float = 5,
        timeout: float | timedelta | None = None,
        waiter_max_attempts: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.event = event
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay
        self.timeout = timeout
        self.waiter_max_attempts = waiter_max_attempts

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """
        Render as Airflow does, but leave a text without Jinja's marks as it is.

        An event that has to be cut has some ten thousand texts, and Jinja compiles each: a minute of CPU.
        """
        if isinstance(content, str) and jinja_env is not None and _is_no_template(content, jinja_env):
            return content
        return super().render_template(content, context, jinja_env, seen_oids)

    def execute(self, context: Context) -> dict[str, Any]:
        """Check, cut and post the event, and wait for it."""
        domain = checked_domain_identifier(self.domain_identifier)
        timeout = budget_seconds(
            timeout=self.timeout,
            waiter_max_attempts=self.waiter_max_attempts,
            waiter_delay=self.waiter_delay,
            default=_DEFAULT_TIMEOUT_SECONDS,
        )
        parts = self._parts()
        patience = CatalogPatience(timeout, time.time() + timeout, float(self.waiter_delay))
        ti = context.get("ti")
        poster = EventPoster(
            self.hook,
            domain,
            patience,
            identity=task_identity(ti),
            tries=1 if ti is None else ti.try_number,
        )
        if self.wait_for_completion:
            poster.require_reading()
        posted = poster.post(parts)
        made = lineage.parse_run_event(parts[0])
        carried = {
            "events": [{"event_id": each.event_id, "bytes": each.size} for each in posted],
            "job": {"namespace": made.job.namespace, "name": made.job.name},
            "run_id": made.run.run_id,
            "node_identifier": made.run.source_identifier,
        }
        if not self.wait_for_completion:
            return self._result(domain, carried, ["REQUESTED" for _ in posted])
        if self.deferrable:
            self._defer(domain, patience, carried)
        waits = [EventProcessed(domain, each.event_id) for each in posted]
        return self._judged(domain, carried, [patience.wait(self.hook, wait) for wait in waits])

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:  # noqa: ARG002
        """
        Judge the events that the trigger waited for.

        :param context: The task's context.
        :param event: What :class:`DataZoneLineageEventTrigger` saw.
        """
        seen = validated_event(event, wanted=_EVENT, statuses=("seen",))
        return self._judged(
            checked_domain_identifier(self.domain_identifier), seen["carried"], seen["results"]
        )

    def _parts(self) -> tuple[bytes, ...]:
        """
        Check the event and cut it if it is too large.

        :raises InvalidArgumentError: If there is no event.
        """
        given: object = self.event
        if not isinstance(given, Mapping | str | bytes) or not given:
            raise InvalidArgumentError(
                argument="event",
                value=type(given).__name__,
                wanted="a run event, as a mapping or as JSON text (did the upstream task return it?)",
            )
        parts = lineage.split_event(given)
        if len(parts) > 1:
            self.log.info("The event is posted in %d parts", len(parts))
        return parts

    def _defer(self, domain: str, patience: CatalogPatience, carried: dict[str, Any]) -> None:
        """Hand the wait to the triggerer; everything that is needed afterwards comes back in the event."""
        self.defer(
            trigger=DataZoneLineageEventTrigger(
                domain_identifier=domain,
                event_identifiers=[each["event_id"] for each in carried["events"]],
                waiter_delay=patience.delay,
                timeout=patience.timeout,
                deadline=patience.deadline,
                carried=carried,
                **self.aws_arguments,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=max(0.0, patience.deadline - time.time())) + DEFERRAL_GRACE,
        )

    def _judged(
        self, domain: str, carried: Mapping[str, Any], seen: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return what was posted, or raise if the catalog could not process a part."""
        failed = [str(each["event_id"]) for each in seen if each["status"] != "SUCCESS"]
        if failed:
            raise LineageEventFailedError(domain_id=domain, event_ids=failed)
        self.log.info("The catalog has processed %d lineage event(s)", len(seen))
        return self._result(domain, carried, [str(each["status"]) for each in seen])

    @staticmethod
    def _result(domain: str, carried: Mapping[str, Any], statuses: Sequence[str]) -> dict[str, Any]:
        """Return what the task returns."""
        events = [
            {"event_id": each["event_id"], "status": status, "bytes": each["bytes"]}
            for each, status in zip(carried["events"], statuses, strict=True)
        ]
        return {
            "domain_id": domain,
            "event_ids": [each["event_id"] for each in events],
            "status": statuses[0],
            "events": events,
            "job": carried["job"],
            "run_id": carried["run_id"],
            "node_identifier": carried["node_identifier"],
        }


def _is_no_template(text: str, env: Environment) -> bool:
    """Tell whether Jinja would return a text as it is; a native environment may make a number of it."""
    from jinja2.nativetypes import NativeEnvironment

    marks = env.variable_start_string, env.block_start_string, env.comment_start_string
    is_plain = env.line_statement_prefix is None and not isinstance(env, NativeEnvironment)
    return is_plain and not any(mark in text for mark in marks)
