"""
Schedules at work: crawls that begin when the clock says so.

A scheduled start that finds the crawler at work is dropped, and an event tells of it. Starting and stopping
a schedule takes ``schedule_seconds`` (0 unless set), in which its state is TRANSITIONING and cannot be
changed. A moment that passed while the schedule was off, or the stack was not there, is not made up for.

.. seealso:: AWS Glue Web API Reference, "Crawler scheduler API".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from airflow_lineage_provider.local_aws.clock import Appointment
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawler
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    GlueServiceError,
    NoScheduleError,
    SchedulerNotRunningError,
    SchedulerRunningError,
    SchedulerTransitioningError,
)
from airflow_lineage_provider.local_aws.services.glue.notices import send_invocation_failure
from airflow_lineage_provider.local_aws.services.glue.schedules import check_schedule

__all__ = ["Timetable"]


class Timetable:
    """
    When the crawlers of one region begin by themselves; the caller of every method holds the backend's lock.

    :param backend: The region's backend.
    :param begin: Starts a crawl of a crawler, or raises Glue's error.
    """

    def __init__(self, backend: CatalogBackend, begin: Callable[[Crawler], None]) -> None:
        self._backend = backend
        self._begin = begin
        self._appointments: dict[str, Appointment] = {}

    def arrange(self, crawler: Crawler) -> None:
        """Make the crawler's next start the one its schedule says from now on."""
        name = crawler.definition.name
        self.forget(name)
        if not crawler.scheduled:
            return
        moment = check_schedule(crawler.definition.schedule).next_after(RUNTIME.now())
        if moment is not None:
            self._appointments[name] = RUNTIME.at(
                moment, self._guarded(lambda: self._fire(crawler)), name=f"schedule-{name}"
            )

    def forget(self, name: str) -> None:
        """Cancel the next start of the crawler of that name."""
        appointment = self._appointments.pop(name, None)
        if appointment is not None:
            appointment.cancel()

    def start(self, crawler: Crawler) -> None:
        """Switch a schedule on."""
        name = crawler.definition.name
        self.check_settled(crawler)
        if not crawler.definition.schedule:
            raise NoScheduleError(f"Crawler with name {name} has no schedule")
        if crawler.scheduled:
            raise SchedulerRunningError(f"The schedule of crawler {name} is already running")
        self._switch(crawler, on=True)

    def stop(self, crawler: Crawler) -> None:
        """Switch a schedule off; a crawl that runs goes on."""
        self.check_settled(crawler)
        if not crawler.scheduled:
            name = crawler.definition.name
            raise SchedulerNotRunningError(f"The schedule of crawler {name} is not running")
        self._switch(crawler, on=False)

    def check_settled(self, crawler: Crawler) -> None:
        """
        Refuse to touch a schedule that is being switched.

        :raises SchedulerTransitioningError: If it is.
        """
        if crawler.transitioning:
            name = crawler.definition.name
            raise SchedulerTransitioningError(f"The schedule of crawler {name} is transitioning")

    def _switch(self, crawler: Crawler, *, on: bool) -> None:
        self.forget(crawler.definition.name)
        seconds = RUNTIME.settings.schedule_seconds
        if not seconds:
            self._settle(crawler, on=on)
            return
        crawler.transitioning = True
        RUNTIME.at(
            RUNTIME.now() + timedelta(seconds=seconds),
            self._guarded(lambda: self._settle(crawler, on=on)),
            name=f"switch-schedule-{crawler.definition.name}",
        )

    def _settle(self, crawler: Crawler, *, on: bool) -> None:
        crawler.transitioning = False
        crawler.scheduled = on and bool(crawler.definition.schedule)
        self.arrange(crawler)

    def _fire(self, crawler: Crawler) -> None:
        """Start the crawl that is due, and arrange the next."""
        if not crawler.scheduled:
            return
        self.arrange(crawler)
        try:
            self._begin(crawler)
        except GlueServiceError as error:
            backend, name = self._backend, crawler.definition.name
            send_invocation_failure(backend.account_id, backend.region_name, name, error.message)

    def _guarded(self, action: Callable[[], None]) -> Callable[[], None]:
        """Return an action that takes the lock, and does nothing once a reset has swept the crawler away."""
        backend, generation, epoch = self._backend, self._backend.generation, RUNTIME.epoch
        lock = backend.lock

        def act() -> None:
            with lock:
                if RUNTIME.epoch == epoch and getattr(backend, "generation", None) is generation:
                    action()

        return act
