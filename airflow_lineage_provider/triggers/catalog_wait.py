"""Wait in the triggerer for events, nodes and states of SageMaker Catalog, through the shared poller."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.triggers.base import TriggerEvent

from airflow_lineage_provider.exceptions import InvalidArgumentError, LineageError
from airflow_lineage_provider.hooks.catalog_waits import STATE_WAITS, CatalogWait, EventProcessed, Sight
from airflow_lineage_provider.hooks.node_waits import NodeThere
from airflow_lineage_provider.triggers.base import LineageAwsTrigger, error_payload
from airflow_lineage_provider.triggers.poller import SharedPoller
from airflow_lineage_provider.triggers.poller_hooks import SingleFetch

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["DataZoneLineageEventTrigger", "DataZoneLineageNodeTrigger", "DataZoneStateTrigger"]


def _look(hook: DataZoneHook, wait: CatalogWait) -> Sight:
    """Look at what is waited for."""
    return wait.look(hook)


class _CatalogTrigger(LineageAwsTrigger):
    """
    Base of the triggers that wait for things of the catalog.

    Its event has the status ``seen`` with the ``results``, one per thing, or ``error``; it brings
    ``carried`` and ``deadline`` back.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"

    def __init__(
        self,
        *,
        waiter_delay: float,
        timeout: float,
        deadline: float,
        carried: dict[str, Any] | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            aws_conn_id=aws_conn_id, region_name=region_name, verify=verify, botocore_config=botocore_config
        )
        self.waiter_delay = waiter_delay
        self.timeout = timeout
        self.deadline = deadline
        self.carried = carried

    @abstractmethod
    def waits(self) -> Sequence[CatalogWait]:
        """Return what to wait for, all of it."""

    def own_arguments(self) -> dict[str, Any]:
        """Return everything that is not an AWS connection argument."""
        return {
            "waiter_delay": self.waiter_delay,
            "timeout": self.timeout,
            "deadline": self.deadline,
            "carried": self.carried,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event."""
        tasks: list[asyncio.Task[dict[str, Any]]] = []
        payload: dict[str, Any]
        try:
            tasks += [asyncio.create_task(self._wait(wait)) for wait in self.waits()]
            payload = {"status": "seen", "results": await asyncio.gather(*tasks)}
        except LineageError as error:
            payload = {"status": "error", "error": error_payload(error)}
        finally:
            for task in tasks:
                task.cancel()
        event = {**payload, "carried": self.carried, "deadline": self.deadline}
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]

    async def _wait(self, wait: CatalogWait) -> dict[str, Any]:
        """Wait for one thing."""
        state = ""

        def verdict(seen: Sight) -> dict[str, Any] | None:
            nonlocal state
            if seen.state != state:
                state = seen.state
                self.log.info("%s is %s", wait, state)
            return wait.verdict(seen)

        try:
            return await SharedPoller[CatalogWait, Sight].watch(
                (f"catalog {type(wait).__name__}", *self.client_key),
                lambda: SingleFetch(self.poller_hook(), _look),
                wait,
                verdict,
                interval=self.waiter_delay,
                deadline=self.deadline,
                batch_size=1,
                soon=True,
            )
        except TimeoutError as error:
            if isinstance(error, LineageError):
                raise
            raise wait.timeout_error(state, self.timeout) from error


class DataZoneLineageEventTrigger(_CatalogTrigger):
    """
    Wait until lineage events are processed, with success or not.

    :param domain_identifier: Domain of the events.
    :param event_identifiers: The events.
    :param waiter_delay: Seconds between two looks.
    :param timeout: What the task allows, in seconds.
    :param deadline: When that is over, in seconds since the epoch.
    :param carried: JSON that the event brings back to the task.
    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` leaves them to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """

    def __init__(self, *, domain_identifier: str, event_identifiers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.event_identifiers = list(event_identifiers)

    def waits(self) -> Sequence[CatalogWait]:
        """Return one wait per event."""
        return [EventProcessed(self.domain_identifier, each) for each in self.event_identifiers]

    def own_arguments(self) -> dict[str, Any]:
        """Return everything that is not an AWS connection argument."""
        own = {"domain_identifier": self.domain_identifier, "event_identifiers": self.event_identifiers}
        return {**own, **super().own_arguments()}


class DataZoneLineageNodeTrigger(_CatalogTrigger):
    """
    Wait until a lineage node exists, downstream of another or made by a crawl if that is asked for, too.

    :param domain_identifier: Domain of the node.
    :param node_identifier: Source identifier or node id.
    :param upstream_identifier: The same of a node that has to be upstream of it; ``None`` for none.
    :param crawl_id: The crawl that has to have made it; ``None`` for none.
    :param waiter_delay: Seconds between two looks.
    :param timeout: What the task allows, in seconds.
    :param deadline: When that is over, in seconds since the epoch.
    :param carried: JSON that the event brings back to the task.
    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` leaves them to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """

    def __init__(
        self,
        *,
        domain_identifier: str,
        node_identifier: str,
        upstream_identifier: str | None = None,
        crawl_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.node_identifier = node_identifier
        self.upstream_identifier = upstream_identifier
        self.crawl_id = crawl_id

    def waits(self) -> Sequence[CatalogWait]:
        """Return the one wait."""
        return [
            NodeThere(self.domain_identifier, self.node_identifier, self.upstream_identifier, self.crawl_id)
        ]

    def own_arguments(self) -> dict[str, Any]:
        """Return everything that is not an AWS connection argument."""
        own = {
            "domain_identifier": self.domain_identifier,
            "node_identifier": self.node_identifier,
            "upstream_identifier": self.upstream_identifier,
            "crawl_id": self.crawl_id,
        }
        return {**own, **super().own_arguments()}


class DataZoneStateTrigger(_CatalogTrigger):
    """
    Wait until things of the catalog are in a state: ready, gone, not published.

    :param domain_identifier: Domain of the things.
    :param wanted: ``data_source_ready``, ``data_source_idle``, ``data_source_runs_over``,
        ``data_source_gone``, ``project_gone`` or ``listing_inactive``.
    :param identifiers: Their ids; of assets for ``listing_inactive``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: What the task allows, in seconds.
    :param deadline: When that is over, in seconds since the epoch.
    :param carried: JSON that the event brings back to the task.
    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` leaves them to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """

    def __init__(
        self, *, domain_identifier: str, wanted: str, identifiers: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.wanted = wanted
        self.identifiers = list(identifiers)

    def waits(self) -> Sequence[CatalogWait]:
        """
        Return one wait per thing.

        :raises InvalidArgumentError: If that state is none that can be waited for.
        """
        make = STATE_WAITS.get(self.wanted)
        if make is None:
            raise InvalidArgumentError(
                argument="wanted", value=self.wanted, wanted=f"one of {', '.join(STATE_WAITS)}"
            )
        return [make(self.domain_identifier, each) for each in self.identifiers]

    def own_arguments(self) -> dict[str, Any]:
        """Return everything that is not an AWS connection argument."""
        own = {
            "domain_identifier": self.domain_identifier,
            "wanted": self.wanted,
            "identifiers": self.identifiers,
        }
        return {**own, **super().own_arguments()}
