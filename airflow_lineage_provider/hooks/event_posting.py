"""
Post lineage events once, however often a task is tried.

Every part of an event has an idempotency token made of the task instance and of the part itself. So a lost
reply, a killed worker or a retry gets the event that was posted before. Only an event that the catalog could
not process is posted anew by a retry: each try has a token of its own for that, and first asks what became of
the tokens before it.

.. seealso::
    - AWS API: `PostLineageEvent
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_PostLineageEvent.html>`__
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_lineage_provider.exceptions import CatalogTimeoutError, LineageError, ResourceNotFoundError
from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience
from airflow_lineage_provider.hooks.catalog_waits import EventProcessed
from airflow_lineage_provider.hooks.import_protocol import client_token

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.datazone import DataZoneHook

__all__ = ["EventPoster", "PostedEvent"]

_NO_EVENT = "0" * 14
"""An id that no event has, to find out whether events may be read."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PostedEvent:
    """An event that the catalog has accepted."""

    event_id: str
    size: int


class EventPoster:
    """
    Post the parts of one event.

    :param hook: The hook to call with.
    :param domain_id: The domain.
    :param patience: How long it may take.
    :param identity: What tells the task instance from all others.
    :param tries: Which try of the task this is, from 1 on.
    """

    def __init__(
        self,
        hook: DataZoneHook,
        domain_id: str,
        patience: CatalogPatience,
        *,
        identity: Iterable[object],
        tries: int,
    ) -> None:
        self.hook = hook
        self.domain_id = domain_id
        self.patience = patience
        self.identity = [*identity]
        self.tries = tries

    def require_reading(self) -> None:
        """
        Make the call that the wait will make, so that nothing is posted that cannot be watched.

        :raises PermissionDeniedError: If ``datazone:GetLineageEvent`` is not allowed.
        """
        with suppress(ResourceNotFoundError):
            self.patience.call(lambda: self.hook.lineage_event_state(self.domain_id, _NO_EVENT), self._late)

    def post(self, parts: Sequence[bytes]) -> list[PostedEvent]:
        """Post the parts in order; return the events they are, which an earlier try may have posted."""
        return [PostedEvent(self._post(part), len(part)) for part in parts]

    def _post(self, part: bytes) -> str:
        """Post one part, with the token of the first try whose event did not fail."""
        content = hashlib.sha256(part).hexdigest()
        for attempt in range(self.tries):
            token = client_token([self.domain_id, *self.identity, content], attempt=attempt)
            event_id = self.patience.call(
                lambda: self.hook.post_lineage_event(self.domain_id, part, client_token=token),  # noqa: B023
                self._late,
            )
            if attempt + 1 == self.tries or not self._has_failed(event_id):
                break
            _log.info("Lineage event %s of an earlier try failed: posting it anew", event_id)
        _log.info("Posted lineage event %s, %d bytes, to domain %s", event_id, len(part), self.domain_id)
        return event_id

    def _has_failed(self, event_id: str) -> bool:
        """Tell whether the catalog could not process an event."""
        wait = EventProcessed(self.domain_id, event_id)
        return self.patience.call(lambda: wait.look(self.hook), self._late).state == "FAILED"

    def _late(self) -> LineageError:
        """Return the error for a service that did not answer in time."""
        return CatalogTimeoutError(
            thing="The lineage event",
            domain_id=self.domain_id,
            state="not posted",
            wanted="accepted",
            waited_seconds=self.patience.timeout,
        )
