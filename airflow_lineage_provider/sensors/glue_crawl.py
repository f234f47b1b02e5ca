"""Wait for a crawl that somebody else starts and that has seen the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from airflow_lineage_provider.exceptions import InvalidArgumentError, LineageError
from airflow_lineage_provider.hooks.crawl_awaiting import AwaitedCrawl, CrawlWait, look_for_crawl
from airflow_lineage_provider.hooks.crawl_protocol import raise_unless_completed
from airflow_lineage_provider.hooks.crawl_records import (
    Crawl,
    Crawler,
    checked_crawler_name,
    clock_offset,
    iso_utc,
    parse_time,
)
from airflow_lineage_provider.hooks.error_codes import is_transient
from airflow_lineage_provider.hooks.loading import load_hook
from airflow_lineage_provider.hooks.table_reader import TableReader
from airflow_lineage_provider.links.glue_crawl import GlueCrawlerLink, GlueCrawlLogLink
from airflow_lineage_provider.sensors.base import LineageAwsSensor
from airflow_lineage_provider.tasks.aws import aws_template_fields
from airflow_lineage_provider.tasks.crawl_assets import announce_crawl
from airflow_lineage_provider.tasks.crawl_outcome import (
    AwsPlace,
    describe_crawl,
    push_crawler_link,
    push_log_link,
)
from airflow_lineage_provider.tasks.memory import DurableState, first_poke_start
from airflow_lineage_provider.triggers.crawl_hints import QUEUE_HOOK
from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.crawl_queue import ListeningPause, SqsCrawlEventHook
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
    from airflow_lineage_provider.triggers.base import LineageAwsTrigger

    _Sensor = LineageAwsSensor[GlueCrawlHook]
else:
    _Sensor = LineageAwsSensor

__all__ = ["GlueCrawlSensor"]

_MEMORY = "airflow_lineage_glue_crawl_sensor"


class GlueCrawlSensor(_Sensor):
    """
    Wait until a crawl has completed that started at or after a time, whoever started it.

    For crawlers that a schedule, a Glue trigger or another DAG starts. The task starts nothing, stops nothing
    and changes nothing. It answers with the *first* crawl that counts, so looking late or seldom gives the
    same answer as looking often.

    .. seealso::
        - Guide: :ref:`howto/sensor:GlueCrawlSensor`
        - AWS API: `ListCrawls <https://docs.aws.amazon.com/glue/latest/webapi/API_ListCrawls.html>`__

    :param crawler_name: The crawler. (templated)
    :param data_as_of: The crawl must have started at or after this time: a datetime or an ISO 8601 text,
        UTC where it has no offset; it may be yet to come. ``None`` means the start of this task's first try,
        where Airflow can tell, else of this try. (templated)
    :param fail_on_crawl_failure: Fail if the first such crawl that ends has failed or was stopped. By default
        it is passed over, because a later one may complete.
    :param event_queue_url: An SQS queue to which EventBridge sends ``Glue Crawler State Change``: an event
        about the crawler makes the task look at once, so ``waiter_delay`` may be long; see
        :ref:`howto/assets:queue`. With ``mode="reschedule"`` it has no effect, because nothing of the task
        runs between two looks. (templated)
    :param deferrable: Wait in the triggerer, whatever ``mode`` says. The default is
        ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks; ``None`` takes Airflow's ``poke_interval``.
    :param timeout: How long to wait, in seconds or as a timedelta; the default is
        ``[sensors] default_timeout``. As with every sensor, the task is not tried again after it.
    :returns: The mapping that :class:`~airflow_lineage_provider.operators.glue_crawl.GlueCrawlOperator`
        returns, with ``joined`` true.
    :raises InvalidArgumentError: If an argument cannot work; nothing has been called then.
    :raises ResourceNotFoundError: If there is no such crawler, or no longer.
    :raises PermissionDeniedError: If an action is not allowed; it names the action.
    :raises CrawlFailedError: If ``fail_on_crawl_failure`` is set and the crawl failed.
    :raises CrawlStoppedError: If ``fail_on_crawl_failure`` is set and somebody stopped the crawl.
    :raises airflow.exceptions.AirflowSensorTimeout: If time is up.
    """

    hook_class_path = "airflow_lineage_provider.hooks.glue_crawl.GlueCrawlHook"
    template_fields: Sequence[str] = aws_template_fields("crawler_name", "data_as_of", "event_queue_url")
    operator_extra_links = (GlueCrawlerLink(), GlueCrawlLogLink())
    ui_color = "#e5dcf5"

    _wait: CrawlWait
    """What is awaited and what was seen of it; set before the first call."""
    _settled = False
    """Whether the time that counts is known on the service's clock."""
    _listening: ListeningPause | None = None
    """What passes the time between two looks in the worker, with an event queue."""

    def __init__(
        self,
        *,
        crawler_name: str,
        data_as_of: datetime | str | None = None,
        fail_on_crawl_failure: bool = False,
        event_queue_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.crawler_name = crawler_name
        self.data_as_of = data_as_of
        self.fail_on_crawl_failure = fail_on_crawl_failure
        self.event_queue_url = event_queue_url

    def look(self, context: Context) -> dict[str, Any] | None:
        """Look once at the crawler and its history."""
        name = checked_crawler_name(self.crawler_name)
        if not self._settled:
            self._wait = self._begin(context)
        sent_at = datetime.now(tz=UTC)
        crawler, said = self.hook.get_crawler(name)
        if not self._settled:
            self._settle(context, clock_offset(said, sent_at, datetime.now(tz=UTC)))
        wait = self._wait
        sighting = look_for_crawl(self.hook, wait.awaited, crawler)
        change = wait.change(sighting)
        if change:
            self.log.info("Waiting for a fresh crawl of %r: %s", name, change)
            if sighting.crawl is not None:  # so that its log can be opened while it runs
                push_log_link(context, name, sighting.crawl, AwsPlace(*self.hook.place()))
        crawl = wait.see(sighting)
        if crawl is None:
            return None
        if self._listening is not None:
            self._listening.close()
        return self._judge(context, crawler, crawl, wait.awaited.data_as_of)

    def pause(self, seconds: float) -> float:
        """Listen to the event queue, if there is one, until the next look is due or there is news."""
        if not self.event_queue_url:
            return seconds
        if self._listening is None:
            from airflow_lineage_provider.hooks.crawl_queue import ListeningPause

            if not self._may_listen(self.event_queue_url):
                return seconds
            self._listening = ListeningPause(self._queue_hook, self.event_queue_url, self.crawler_name)
        self._listening(seconds)
        return 0.0

    def make_trigger(self, context: Context, *, deadline: float) -> LineageAwsTrigger:
        """Return the trigger that goes on looking, through the shared poller."""
        if not self._settled:  # resumed, or the first look was throttled
            self._wait = self._begin(context)
        if self.event_queue_url:
            self._may_listen(self.event_queue_url)
        since = self._wait.awaited.data_as_of.isoformat()
        return GlueCrawlTrigger(
            crawler_name=self.crawler_name,
            data_as_of=since,
            fail_on_crawl_failure=self.fail_on_crawl_failure,
            deadline=deadline,
            timeout=self.timeout,
            waiter_delay=self.poke_interval,
            event_queue_url=self.event_queue_url or None,
            seen=self._wait.state,
            carry={"data_as_of": since},
            **self.aws_arguments,
        )

    def conclude(self, context: Context, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Judge the crawl that the trigger found."""
        try:
            crawler = Crawler.from_payload(payload["crawler"])
            crawl = Crawl.from_payload(payload["crawl"])
            data_as_of = datetime.fromisoformat(payload["carry"]["data_as_of"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidArgumentError(
                argument="event", value=payload, wanted="the event of a GlueCrawlTrigger"
            ) from error
        return self._judge(context, crawler, crawl, data_as_of)

    def timeout_error(self) -> LineageError:
        """Return the error of a deadline that has passed, with what was seen last."""
        return self._wait.timeout_error(self.timeout)

    def _may_listen(self, event_queue_url: str) -> bool:
        """
        Check the queue; tell whether it could be checked just now.

        :raises LineageError: If it cannot be read for a reason that does not pass.
        """
        try:
            self._queue_hook().check(event_queue_url)
        except LineageError as error:
            if not is_transient(error):
                raise
            self.log.debug("The event queue could not be checked: %s", error)
            return False
        return True

    def _queue_hook(self) -> SqsCrawlEventHook:
        """Make the hook of the event queue."""
        return cast("SqsCrawlEventHook", load_hook(QUEUE_HOOK, **self.aws_arguments))

    def _begin(self, context: Context) -> CrawlWait:
        """
        Begin to wait for a crawl that is fresh by this machine's clock, or by what is remembered.

        :raises InvalidArgumentError: If ``data_as_of`` is no time.
        """
        if self.data_as_of is not None:
            since = parse_time(self.data_as_of, argument="data_as_of")
        else:
            since = self._remembered(context) or first_poke_start(context)
        awaited = AwaitedCrawl(since, failures_count=self.fail_on_crawl_failure)
        return CrawlWait(self.crawler_name, awaited)

    def _settle(self, context: Context, offset: timedelta) -> None:
        """Correct the start of the task by the service's clock, and remember it for the next poke or try."""
        self._settled = True
        place = AwsPlace(*self.hook.place())
        push_crawler_link(context, self.crawler_name, place)
        if self.data_as_of is not None or self._remembered(context):
            return
        awaited = self._wait.awaited
        self._wait.awaited = replace(awaited, data_as_of=awaited.data_as_of + offset)
        DurableState(context, _MEMORY).save(
            {
                "crawler_name": self.crawler_name,
                "data_as_of": self._wait.awaited.data_as_of.isoformat(),
            }
        )

    def _remembered(self, context: Context) -> datetime | None:
        """Return the time that an earlier poke or try settled."""
        remembered = DurableState(context, _MEMORY).load() or {}
        if remembered.get("crawler_name") != self.crawler_name:
            return None
        return parse_time(remembered.get("data_as_of"), argument="data_as_of")

    def _judge(
        self, context: Context, crawler: Crawler, crawl: Crawl, data_as_of: datetime
    ) -> dict[str, Any]:
        """Return what the crawl did, or raise what is wrong with it."""
        place = AwsPlace(*self.hook.place())
        log_url = push_log_link(context, crawler.name, crawl, place)
        raise_unless_completed(crawler.name, crawl, log_url=log_url)
        result = describe_crawl(
            crawler,
            crawl,
            joined=True,
            data_as_of=str(iso_utc(data_as_of)),
            log_url=log_url,
            log=self.log,
        )
        announce_crawl(context, self.outlets, TableReader(self.hook), result, region=place.region)
        return result
