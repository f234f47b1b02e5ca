"""What a DAG author imports to wait for things of Amazon SageMaker Catalog (the DataZone API)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    LineageError,
    LineageEventFailedError,
)
from airflow_lineage_provider.hooks.catalog_ids import (
    checked_domain_identifier,
    checked_identifiers,
    checked_node_identifier,
)
from airflow_lineage_provider.hooks.catalog_waits import CatalogWait, EventProcessed
from airflow_lineage_provider.hooks.import_protocol import EVENT_ENDED
from airflow_lineage_provider.hooks.node_waits import NodeThere
from airflow_lineage_provider.sensors.base import LineageAwsSensor
from airflow_lineage_provider.sensors.data_source_run import DataZoneDataSourceRunSensor
from airflow_lineage_provider.tasks.aws import aws_template_fields
from airflow_lineage_provider.triggers.datazone import DataZoneLineageEventTrigger, DataZoneLineageNodeTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_lineage_provider.hooks.datazone import DataZoneHook

    _Sensor = LineageAwsSensor[DataZoneHook]
else:
    _Sensor = LineageAwsSensor

__all__ = ["DataZoneDataSourceRunSensor", "DataZoneLineageEventSensor", "DataZoneLineageNodeSensor"]


class _CatalogSensor(_Sensor):
    """Base of the sensors whose wait is a value that worker and triggerer share."""

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"
    event_statuses: ClassVar[tuple[str, ...]] = ("seen",)
    ui_color = "#c9dff5"

    _states: dict[CatalogWait, str] | None = None

    def _look_at(self, wait: CatalogWait) -> dict[str, Any] | None:
        """Look once and log what changed."""
        states = self._states = self._states or {}
        seen = wait.look(self.hook)
        if states.get(wait) != seen.state:
            states[wait] = seen.state
            self.log.info("%s is %s", wait, seen.state)
        return wait.verdict(seen)

    def _late(self, waits: Sequence[CatalogWait]) -> LineageError:
        """Return the error for the first thing that has not come."""
        states = self._states or {}
        missing = next((wait for wait in waits if states.get(wait) not in EVENT_ENDED), waits[0])
        return missing.timeout_error(states.get(missing, ""), self.timeout)


class DataZoneLineageEventSensor(_CatalogSensor):
    """
    Wait until lineage events that were posted are processed.

    .. seealso::
        - Guide: :ref:`howto/sensor:DataZoneLineageEventSensor`
        - AWS API: `GetLineageEvent
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_GetLineageEvent.html>`__

    :param domain_identifier: Domain of the events. (templated)
    :param event_identifier: The event's id, a list of ids, or what
        :class:`~airflow_lineage_provider.operators.datazone.DataZonePostLineageEventOperator` returned.
        (templated)
    :param deferrable: Wait in the triggerer, whatever ``mode`` says. The default is
        ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks; ``None`` takes Airflow's ``poke_interval``.
    :param timeout: How long to wait, in seconds or as a timedelta; the default is
        ``[sensors] default_timeout``. As with every sensor, the task is not tried again after it.
    :returns: A mapping with ``domain_id`` and ``events``: for each its ``event_id``, ``status``,
        ``event_time`` and ``created_at``.
    :raises InvalidArgumentError: If an argument cannot work; nothing has been called then.
    :raises PermissionDeniedError: If ``datazone:GetLineageEvent`` is not allowed.
    :raises LineageEventFailedError: If the catalog could not process an event; it names those.
    :raises airflow.exceptions.AirflowSensorTimeout: If time is up.
    """

    template_fields: Sequence[str] = aws_template_fields("domain_identifier", "event_identifier")

    def __init__(
        self,
        *,
        domain_identifier: str,
        event_identifier: str | Sequence[str] | Mapping[str, Any] | XComArg,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.event_identifier = event_identifier

    def look(self, context: Context) -> dict[str, Any] | None:  # noqa: ARG002
        """Look once at every event."""
        found = [self._look_at(wait) for wait in self._waits()]
        events = [each for each in found if each is not None]
        return self._judged(events) if len(events) == len(found) else None

    def make_trigger(self, context: Context, *, deadline: float) -> DataZoneLineageEventTrigger:  # noqa: ARG002
        """Return the trigger that goes on looking, through the shared poller."""
        return DataZoneLineageEventTrigger(
            domain_identifier=self.domain_identifier,
            event_identifiers=[wait.event_id for wait in self._waits()],
            waiter_delay=self.poke_interval,
            timeout=self.timeout,
            deadline=deadline,
            **self.aws_arguments,
        )

    def conclude(self, context: Context, payload: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Judge the events that the trigger saw."""
        return self._judged(payload["results"])

    def timeout_error(self) -> LineageError:
        """Return the error of a deadline that has passed."""
        return self._late(self._waits())

    def _waits(self) -> list[EventProcessed]:
        """
        Check the arguments and make one wait per event.

        :raises InvalidArgumentError: If they do not name events.
        """
        given = self.event_identifier
        ids = given.get("event_ids") if isinstance(given, Mapping) else given
        checked = checked_identifiers(ids, argument="event_identifier", wanted="the id of a lineage event")
        domain = checked_domain_identifier(self.domain_identifier)
        return [EventProcessed(domain, each) for each in checked]

    def _judged(self, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the events, or raise if some failed."""
        failed = [each["event_id"] for each in events if each["status"] != "SUCCESS"]
        if failed:
            raise LineageEventFailedError(domain_id=self.domain_identifier, event_ids=failed)
        return {"domain_id": self.domain_identifier, "events": [dict(each) for each in events]}


class DataZoneLineageNodeSensor(_CatalogSensor):
    """
    Wait until a lineage node exists, an edge into it, or the crawl that made it.

    A table that was crawled and imported is known by its ARN, an S3 prefix as ``s3://bucket/prefix``, a job
    run as ``namespace.name/run id``, an asset as ``amazon.datazone.asset/ID``.

    .. seealso::
        - Guide: :ref:`howto/sensor:DataZoneLineageNodeSensor`
        - AWS API: `GetLineageNode
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_GetLineageNode.html>`__

    :param domain_identifier: Domain of the node. (templated)
    :param node_identifier: Source identifier or node id. (templated)
    :param upstream_identifier: The same of a node that has to be directly upstream of it, but for the job
        run in between. (templated)
    :param crawl_id: Id of the crawl that has to have made it: the node is a run of that crawl, or one is
        directly upstream. May be what
        :class:`~airflow_lineage_provider.operators.glue_crawl.GlueCrawlOperator` returned. (templated)
    :param deferrable: Wait in the triggerer, whatever ``mode`` says. The default is
        ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks; ``None`` takes Airflow's ``poke_interval``.
    :param timeout: How long to wait, in seconds or as a timedelta; the default is
        ``[sensors] default_timeout``. As with every sensor, the task is not tried again after it.
    :returns: A mapping with ``domain_id``, ``node_id``, ``source_identifier``, ``type_name`` and
        ``event_time`` of the node, and ``upstream`` and ``run``, each with ``node_id`` and
        ``source_identifier``, or ``None`` if it was not asked for.
    :raises InvalidArgumentError: If an argument cannot work; nothing has been called then.
    :raises PermissionDeniedError: If an action is not allowed; it names the action.
    :raises airflow.exceptions.AirflowSensorTimeout: If time is up; it says what was missing.
    """

    template_fields: Sequence[str] = aws_template_fields(
        "domain_identifier", "node_identifier", "upstream_identifier", "crawl_id"
    )

    def __init__(
        self,
        *,
        domain_identifier: str,
        node_identifier: str,
        upstream_identifier: str | None = None,
        crawl_id: str | Mapping[str, Any] | XComArg | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.node_identifier = node_identifier
        self.upstream_identifier = upstream_identifier
        self.crawl_id = crawl_id

    def look(self, context: Context) -> dict[str, Any] | None:  # noqa: ARG002
        """Look once."""
        return self._look_at(self._wait())

    def make_trigger(self, context: Context, *, deadline: float) -> DataZoneLineageNodeTrigger:  # noqa: ARG002
        """Return the trigger that goes on looking, through the shared poller."""
        wait = self._wait()
        return DataZoneLineageNodeTrigger(
            domain_identifier=wait.domain_id,
            node_identifier=wait.node,
            upstream_identifier=wait.upstream,
            crawl_id=wait.crawl_id,
            waiter_delay=self.poke_interval,
            timeout=self.timeout,
            deadline=deadline,
            **self.aws_arguments,
        )

    def conclude(self, context: Context, payload: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Return the node that the trigger saw."""
        (found,) = payload["results"]
        return dict(found)

    def timeout_error(self) -> LineageError:
        """Return the error of a deadline that has passed, with what was missing."""
        return self._late([self._wait()])

    def _wait(self) -> NodeThere:
        """
        Check the arguments and make the wait.

        :raises InvalidArgumentError: If an argument cannot work.
        """
        crawl: Any = self.crawl_id.get("crawl_id") if isinstance(self.crawl_id, Mapping) else self.crawl_id
        if self.crawl_id is not None and (not isinstance(crawl, str) or not crawl.strip() or "{{" in crawl):
            raise InvalidArgumentError(
                argument="crawl_id", value=self.crawl_id, wanted="the id of a crawl (check the template)"
            )
        upstream = self.upstream_identifier
        return NodeThere(
            checked_domain_identifier(self.domain_identifier),
            checked_node_identifier(self.node_identifier, argument="node_identifier"),
            None if upstream is None else checked_node_identifier(upstream, argument="upstream_identifier"),
            crawl,
        )
