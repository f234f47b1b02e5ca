"""Run one crawl of a Glue crawler, and answer for that crawl only."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.common.compat.sdk import conf

from airflow_lineage_provider.exceptions import CrawlError, InvalidArgumentError, LineageError
from airflow_lineage_provider.hooks.crawl_lineage import (
    failed_crawl_lineage,
    gather_crawl_lineage,
    openlineage_is_on,
)
from airflow_lineage_provider.hooks.crawl_patience import CrawlAsk
from airflow_lineage_provider.hooks.crawl_protocol import IF_RUNNING, Pursuit, raise_unless_completed
from airflow_lineage_provider.hooks.crawl_records import (
    Crawl,
    Crawler,
    checked_crawler_name,
    iso_utc,
    parse_time,
)
from airflow_lineage_provider.hooks.loading import load_hook
from airflow_lineage_provider.hooks.table_reader import TableReader
from airflow_lineage_provider.links.glue_crawl import GlueCrawlerLink, GlueCrawlLogLink
from airflow_lineage_provider.tasks.aws import LineageAwsOperator, aws_template_fields
from airflow_lineage_provider.tasks.crawl_assets import announce_crawl
from airflow_lineage_provider.tasks.crawl_outcome import (
    AwsPlace,
    describe_crawl,
    push_crawler_link,
    push_log_link,
)
from airflow_lineage_provider.tasks.memory import DurableState, first_try_start
from airflow_lineage_provider.tasks.waiting import DEFERRAL_GRACE, budget_seconds
from airflow_lineage_provider.triggers.base import validated_event
from airflow_lineage_provider.triggers.crawl_hints import QUEUE_HOOK
from airflow_lineage_provider.triggers.glue_crawl import GlueCrawlTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airflow_lineage_provider.hooks.crawl_queue import ListeningPause, SqsCrawlEventHook
    from airflow_lineage_provider.hooks.crawl_session import CrawlSession, Found
    from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
    from airflow_lineage_provider.hooks.openlineage_facets import CrawlLineage

    _Operator = LineageAwsOperator[GlueCrawlHook]
else:
    _Operator = LineageAwsOperator

__all__ = ["GlueCrawlOperator"]

_DEFAULT_TIMEOUT_SECONDS = 4 * 60 * 60.0
_MEMORY = "airflow_lineage_glue_crawl"
_EVENT = "the event of a GlueCrawlTrigger"


class GlueCrawlOperator(_Operator):
    """
    Run one crawl and judge that crawl, whatever else the crawler does meanwhile.

    ``StartCrawler`` returns no id; the crawl is identified in the crawler's history and followed by its id. A
    crawl that somebody else started counts only if it *started* at or after ``data_as_of``: then it has seen
    the data. A retry, a worker crash or a restart of the triggerer goes on with the same crawl.

    With an ``AssetAlias`` among its ``outlets``, every table that the crawl added, updated or deleted is an
    asset event; see :ref:`howto/assets`. Plain assets there are told of the crawl.

    Only ``StartCrawler`` and (when the task is killed) ``StopCrawler`` change anything. What is needed to
    watch the crawl is read before it is started, so that a missing permission starts nothing.

    .. seealso::
        - Guide: :ref:`howto/operator:GlueCrawlOperator`
        - AWS API: `StartCrawler <https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawler.html>`__,
          `ListCrawls <https://docs.aws.amazon.com/glue/latest/webapi/API_ListCrawls.html>`__

    :param crawler_name: The crawler. (templated)
    :param data_as_of: The crawl must have started at or after this time: a datetime or an ISO 8601 text,
        UTC where it has no offset. A crawl that has succeeded since then is used, and nothing is started.
        ``None`` means the start of this task's first try, where Airflow can tell, else of this try.
        (templated)
    :param if_running: What to do if a crawl from before our question is running. ``join_if_fresh`` joins it
        if it started at or after ``data_as_of`` and otherwise waits for its end and starts another; ``join``
        joins it in any case; ``wait`` waits for its end and starts another; ``fail`` fails. (templated)
    :param cancel_on_kill: Stop the crawl when the task is killed, if this task started it. While the task is
        deferred this needs Airflow 3.3.
    :param wait_for_completion: ``False`` returns as soon as the crawl is identified.
    :param deferrable: Wait in the triggerer. The default is ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks at the crawl.
    :param timeout: How long to wait altogether, in seconds or as a timedelta. ``None`` means four hours, or
        ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    :param event_queue_url: An SQS queue to which EventBridge sends ``Glue Crawler State Change``: an event
        about the crawler makes the task look at once, so ``waiter_delay`` may be long; see
        :ref:`howto/assets:queue`. (templated)
    :param start_spread: Start a crawl after a random time of up to so many seconds, if there still is none to
        join. Tasks of one machine coalesce without it; it is for many that come at the same moment on many
        machines, such as one pod per task.
    :returns: A mapping with ``crawler_name``, ``crawl_id``, ``state``, ``joined``, ``data_as_of``,
        ``started_at``, ``ended_at``, ``tables`` (``added``, ``updated``, ``deleted``, each a list of
        ``database.table``), ``dpu_hours``, ``log_group``, ``log_stream`` and ``database``.
    :raises InvalidArgumentError: If an argument cannot work; nothing has been called then.
    :raises ResourceNotFoundError: If there is no such crawler.
    :raises PermissionDeniedError: If an action is not allowed; it names the action.
    :raises CrawlFailedError: If the crawl failed.
    :raises CrawlStoppedError: If somebody stopped it.
    :raises CrawlerBusyError: If ``if_running`` is ``fail`` and a crawl is running.
    :raises CrawlerDeletedError: If the crawler disappears meanwhile.
    :raises CrawlTimeoutError: If time is up.
    """

    hook_class_path = "airflow_lineage_provider.hooks.glue_crawl.GlueCrawlHook"
    template_fields: Sequence[str] = aws_template_fields(
        "crawler_name", "data_as_of", "event_queue_url", "if_running"
    )
    operator_extra_links = (GlueCrawlerLink(), GlueCrawlLogLink())
    ui_color = "#e5dcf5"

    _session: CrawlSession | None = None
    _gathered: CrawlLineage | None = None

    def __init__(
        self,
        *,
        crawler_name: str,
        data_as_of: datetime | str | None = None,
        if_running: str = "join_if_fresh",
        cancel_on_kill: bool = True,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: float = 30,
        timeout: float | timedelta | None = None,
        waiter_max_attempts: int | None = None,
        event_queue_url: str | None = None,
        start_spread: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.crawler_name = crawler_name
        self.data_as_of = data_as_of
        self.if_running = if_running
        self.cancel_on_kill = cancel_on_kill
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay
        self.timeout = timeout
        self.waiter_max_attempts = waiter_max_attempts
        self.event_queue_url = event_queue_url
        self.start_spread = start_spread

    def execute(self, context: Context) -> dict[str, Any]:
        """Find or start the crawl and return what it did."""
        with self._noting_failure():
            ask = self._ask(context)
            remembered = self._memory(context).load() or {}
            if remembered.get("crawler_name") != ask.crawler_name:
                remembered = {}
            return self._pursue(context, ask, remembered=remembered)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Judge the crawl that the trigger waited for, or go on if it only had to end."""
        with self._noting_failure():
            payload = validated_event(event, wanted=_EVENT, statuses=("ended",))
            try:
                carry = dict(payload["carry"])
                crawl = Crawl.from_payload(payload["crawl"])
                pursuit = Pursuit(**carry["pursuit"])
                ask = self._ask_again(carry)
            except (KeyError, TypeError, ValueError) as error:
                raise InvalidArgumentError(argument="event", value=event, wanted=_EVENT) from error
            return self._pursue(context, ask) if pursuit.passing else self._conclude(context, carry, crawl)

    def on_kill(self) -> None:
        """Stop the crawl, if this task started it and it is the one that is running."""
        if not self.cancel_on_kill or self._session is None:
            return
        try:
            self._session.cancel()
        except LineageError as error:
            self.log.warning("The crawl could not be stopped: %s", error)

    def _ask(self, context: Context) -> CrawlAsk:
        """
        Check the arguments and put the question.

        :raises InvalidArgumentError: If an argument cannot work.
        """
        crawler_name = checked_crawler_name(self.crawler_name)
        if self.if_running not in IF_RUNNING:
            raise InvalidArgumentError(
                argument="if_running", value=self.if_running, wanted=f"one of {', '.join(IF_RUNNING)}"
            )
        timeout = budget_seconds(
            timeout=self.timeout,
            waiter_max_attempts=self.waiter_max_attempts,
            waiter_delay=self.waiter_delay,
            default=_DEFAULT_TIMEOUT_SECONDS,
            start_spread=self.start_spread,
        )
        given = self.data_as_of
        return CrawlAsk(
            crawler_name=crawler_name,
            data_as_of=first_try_start(context)
            if given is None
            else parse_time(given, argument="data_as_of"),
            by_worker_clock=given is None,
            if_running=self.if_running,
            deadline=time.time() + timeout,
            timeout=timeout,
            waiter_delay=float(self.waiter_delay),
            start_spread=float(self.start_spread),
        )

    def _ask_again(self, carry: Mapping[str, Any]) -> CrawlAsk:
        """Put the question of the first execution again, with its deadline."""
        return CrawlAsk(
            crawler_name=carry["crawler"]["name"],
            data_as_of=datetime.fromisoformat(carry["data_as_of"]),
            by_worker_clock=False,
            if_running=carry["if_running"],
            deadline=carry["deadline"],
            timeout=carry["timeout"],
            waiter_delay=float(self.waiter_delay),
            start_spread=float(self.start_spread),
        )

    def _memory(self, context: Context) -> DurableState:
        """Return what this task instance remembers from try to try."""
        return DurableState(context, _MEMORY)

    def _pursue(
        self, context: Context, ask: CrawlAsk, *, remembered: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Find or start the crawl, wait for it here or in the triggerer, and judge it."""
        from airflow_lineage_provider.hooks.crawl_session import CrawlSession
        from airflow_lineage_provider.hooks.crawl_turns import MachineTurn

        memory = self._memory(context)
        listening = self._listening_pause()
        session = self._session = CrawlSession(
            self.hook,
            ask,
            remember=lambda known: memory.save({**known, "crawler_name": ask.crawler_name}),
            remembered=remembered,
            preflight=self._preflight,
            poll_sleep=listening,
            turn=MachineTurn(
                os.environ.get("AWS_ENDPOINT_URL"), self.aws_conn_id, self.region_name, ask.crawler_name
            ),
            log=cast("logging.Logger", self.log),
        )
        place = AwsPlace(*self.hook.place())
        push_crawler_link(context, ask.crawler_name, place)
        while True:
            found = session.begin()
            carry = self._carry(ask, session, found, place)
            push_log_link(context, ask.crawler_name, found.crawl, place)
            waits = not found.is_over and (found.pursuit.passing or self.wait_for_completion)
            if waits and self.deferrable:
                self._defer(ask, found, carry)
            ended = session.wait(found.pursuit.crawl_id) if waits else found.crawl
            if listening is not None:
                listening.close()
            if not found.pursuit.passing:
                return self._conclude(context, carry, ended)
            session.patience.spread_after_stale()

    def _preflight(self) -> None:
        """Make the calls that the wait makes, so that a missing permission starts nothing."""
        if self.deferrable:
            self.hook.batch_get_crawlers([self.crawler_name])
        if self.event_queue_url:
            self._queue_hook().check(self.event_queue_url)

    def _queue_hook(self) -> SqsCrawlEventHook:
        """Make the hook of the event queue."""
        return cast("SqsCrawlEventHook", load_hook(QUEUE_HOOK, **self.aws_arguments))

    def _listening_pause(self) -> ListeningPause | None:
        """Return what sleeps between two looks and listens to the event queue, if there is one."""
        if not self.event_queue_url or self.deferrable:
            return None
        from airflow_lineage_provider.hooks.crawl_queue import ListeningPause

        return ListeningPause(self._queue_hook, self.event_queue_url, self.crawler_name)

    def _carry(self, ask: CrawlAsk, session: CrawlSession, found: Found, place: AwsPlace) -> dict[str, Any]:
        """Return all that is needed to go on after a deferral, as JSON."""
        return {
            "pursuit": asdict(found.pursuit),
            "crawler": found.crawler.to_payload(),
            "data_as_of": session.asked.data_as_of.isoformat(),
            "if_running": ask.if_running,
            "deadline": ask.deadline,
            "timeout": ask.timeout,
            "place": asdict(place),
        }

    def _defer(self, ask: CrawlAsk, found: Found, carry: dict[str, Any]) -> None:
        """Wait in the triggerer. Airflow's own limit lies behind ours and counts if no triggerer runs."""
        pursuit = found.pursuit
        self.defer(
            trigger=GlueCrawlTrigger(
                crawler_name=ask.crawler_name,
                crawl_id=pursuit.crawl_id,
                deadline=ask.deadline,
                timeout=ask.timeout,
                waiter_delay=ask.waiter_delay,
                cancel_on_kill=self.cancel_on_kill and pursuit.owned,
                in_turn=pursuit.passing,
                seen=found.state,
                event_queue_url=self.event_queue_url or None,
                carry=carry,
                **self.aws_arguments,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=max(0.0, ask.deadline - time.time())) + DEFERRAL_GRACE,
        )

    def _conclude(self, context: Context, carry: Mapping[str, Any], crawl: Crawl) -> dict[str, Any]:
        """Judge the crawl and return what it did."""
        crawler = Crawler.from_payload(carry["crawler"])
        memory = self._memory(context)
        data_as_of = str(iso_utc(datetime.fromisoformat(carry["data_as_of"])))
        place = AwsPlace(**carry["place"])
        log_url = push_log_link(context, crawler.name, crawl, place)
        if crawl.has_ended:
            try:
                raise_unless_completed(crawler.name, crawl, log_url=log_url)
            except CrawlError:
                # A retry must crawl again, for the same data.
                memory.save({"data_as_of": data_as_of, "crawler_name": crawler.name})
                raise
        # On success the memory stays: the worker may die before Airflow hears of it, and the next try then
        # has the same answer. Clearing the task makes it void.
        result = describe_crawl(
            crawler,
            crawl,
            joined=bool(carry["pursuit"]["joined"]),
            data_as_of=data_as_of,
            log_url=log_url,
            log=self.log,
        )
        reader = TableReader(self.hook)
        if openlineage_is_on():
            self._gathered = gather_crawl_lineage(
                reader, result, region=place.region, partition=place.partition
            )
        announce_crawl(context, self.outlets, reader, result, region=place.region)
        return result

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        """Keep what an error says of the crawl, for the OpenLineage event."""
        try:
            yield
        except LineageError as error:
            if openlineage_is_on():
                name = vars(error).get("crawler_name") or self.crawler_name
                self._gathered = failed_crawl_lineage(name, error)
            raise

    def get_openlineage_facets_on_start(self) -> OperatorLineage[Any, Any]:
        """Name the crawler; there is no crawl yet."""
        from airflow_lineage_provider.hooks.openlineage_facets import CrawlLineage, operator_lineage

        return operator_lineage(CrawlLineage(self.crawler_name))

    def get_openlineage_facets_on_complete(self, task_instance: object) -> OperatorLineage[Any, Any]:  # noqa: ARG002
        """Return the sources and tables of the crawl, as they were gathered."""
        from airflow_lineage_provider.hooks.openlineage_facets import CrawlLineage, operator_lineage

        return operator_lineage(self._gathered or CrawlLineage(self.crawler_name))

    def get_openlineage_facets_on_failure(self, task_instance: object) -> OperatorLineage[Any, Any]:
        """Return what is known of the crawl that failed."""
        return self.get_openlineage_facets_on_complete(task_instance)
