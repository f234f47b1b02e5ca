"""Wait for a data-source run of SageMaker Catalog that somebody else starts, and judge it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow_lineage_provider.exceptions import InvalidArgumentError, LineageError
from airflow_lineage_provider.hooks.catalog_ids import checked_domain_identifier, checked_identifier
from airflow_lineage_provider.hooks.crawl_records import clock_offset
from airflow_lineage_provider.hooks.import_history import first_since, runs_since
from airflow_lineage_provider.hooks.import_protocol import (
    ImportQuestion,
    ImportWatch,
    events_settled,
    import_result,
    judge,
    run_error,
    timeout_error,
)
from airflow_lineage_provider.hooks.import_records import ImportedAsset, ImportRun
from airflow_lineage_provider.hooks.import_source import read_place
from airflow_lineage_provider.links.datazone import DataZoneDataSourceRunLink, project_url
from airflow_lineage_provider.sensors.base import LineageAwsSensor
from airflow_lineage_provider.tasks.aws import aws_template_fields
from airflow_lineage_provider.tasks.import_arguments import ON_PARTIAL, read_data_as_of
from airflow_lineage_provider.tasks.memory import DurableState, first_poke_start
from airflow_lineage_provider.tasks.waiting import budget_seconds
from airflow_lineage_provider.triggers.datazone import DataZoneDataSourceRunTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_lineage_provider.hooks.datazone import DataZoneHook

    _Sensor = LineageAwsSensor[DataZoneHook]
else:
    _Sensor = LineageAwsSensor

__all__ = ["DataZoneDataSourceRunSensor"]

_MEMORY = "airflow_lineage_import_sensor"
AnswerT = TypeVar("AnswerT")


class DataZoneDataSourceRunSensor(_Sensor):
    """
    Wait for a data-source run that somebody else starts, its lineage import and every lineage event.

    It waits for a given run, or for the *first* run that started at or after a time, so looking late or
    seldom gives the same answer as looking often. The run is judged as
    :class:`~airflow_lineage_provider.operators.datazone.DataZoneDataSourceRunOperator` judges its own. The
    task starts nothing and changes nothing.

    .. seealso::
        - Guide: :ref:`howto/sensor:DataZoneDataSourceRunSensor`
        - AWS API: `ListDataSourceRuns
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_ListDataSourceRuns.html>`__

    :param domain_identifier: Domain of the data source. (templated)
    :param data_source_identifier: The data source. (templated)
    :param run_identifier: The run: its id, or what the operator returned with
        ``wait_for_completion=False``. ``None`` waits for the first run since ``data_as_of``. (templated)
    :param data_as_of: The run must have started at or after this time: a datetime, an ISO 8601 text, or what
        :class:`~airflow_lineage_provider.operators.glue_crawl.GlueCrawlOperator` returned, of which the end
        counts; it may be yet to come. ``None`` is the start of the task's first try. (templated)
    :param require_lineage: Fail unless lineage import is on, ends in SUCCESS and every lineage event does.
    :param on_partial: ``fail``, or ``warn`` to accept that some tables or events failed.
    :param lineage_start_timeout: Seconds a finished run may be without a lineage import, if one is required.
    :param deferrable: Wait in the triggerer, whatever ``mode`` says. The default is
        ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks; ``None`` takes Airflow's ``poke_interval``.
    :param timeout: How long to wait, in seconds or as a timedelta; the default is
        ``[sensors] default_timeout``. As with every sensor, the task is not tried again after it.
    :returns: The mapping that the operator returns, with ``joined`` true.
    :raises InvalidArgumentError: If an argument cannot work; nothing has been called then.
    :raises LineageImportOffError: If lineage is required and its import is off.
    :raises ResourceNotFoundError: If there is no such data source or run.
    :raises DataSourceRunFailedError: If the run, its lineage import, a table or an event failed.
    :raises airflow.exceptions.AirflowSensorTimeout: If time is up.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"
    template_fields: Sequence[str] = aws_template_fields(
        "domain_identifier", "data_source_identifier", "run_identifier", "data_as_of"
    )
    operator_extra_links = (DataZoneDataSourceRunLink(),)
    event_statuses: ClassVar[tuple[str, ...]] = ("over",)
    ui_color = "#c9dff5"

    _asked: ImportQuestion | None = None
    """The question, once its time is known on the service's clock."""
    _seen: ImportRun | None = None

    def __init__(
        self,
        *,
        domain_identifier: str,
        data_source_identifier: str,
        run_identifier: str | Mapping[str, Any] | XComArg | None = None,
        data_as_of: datetime | str | Mapping[str, Any] | XComArg | None = None,
        require_lineage: bool = True,
        on_partial: str = "fail",
        lineage_start_timeout: float = 120,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.data_source_identifier = data_source_identifier
        self.run_identifier = run_identifier
        self.data_as_of = data_as_of
        self.require_lineage = require_lineage
        self.on_partial = on_partial
        self.lineage_start_timeout = lineage_start_timeout

    def look(self, context: Context) -> dict[str, Any] | None:
        """Look once: for the run, then at it and at what it did with each table."""
        question = self._settled(context)
        run_id = self._run_id()
        if run_id is None:
            domain, source = question.domain_id, question.data_source_id
            listed = runs_since(self.hook, domain, source, question.data_as_of, _at_once)
            first = first_since(listed.runs, question.data_as_of)
            if first is None:
                return None
            run_id = first.run_id
        answer = self.hook.get_data_source_run(question.domain_id, run_id)
        run = self._note(ImportRun.from_answer(answer))
        if not self._is_over(run, self.hook.service_time(answer).timestamp()):
            return None
        activities = self.hook.list_data_source_run_activities(question.domain_id, run_id)
        assets = [ImportedAsset.from_answer(each) for each in activities]
        if not events_settled(run, assets, require_lineage=question.require_lineage):
            return None
        return self._judged(question, run, assets)

    def make_trigger(self, context: Context, *, deadline: float) -> DataZoneDataSourceRunTrigger:
        """Return the trigger that goes on looking, through the shared poller."""
        question = self._asked or self._question(context)
        run_id = self._run_id()
        return DataZoneDataSourceRunTrigger(
            domain_identifier=question.domain_id,
            data_source_identifier=question.data_source_id,
            run_identifier=run_id,
            data_as_of=None if run_id else question.data_as_of.isoformat(),
            awaited="verdict",
            require_lineage=question.require_lineage,
            waiter_delay=self.poke_interval,
            timeout=self.timeout,
            deadline=deadline,
            absent_seconds=float(self.lineage_start_timeout),
            seen="" if self._seen is None else self._seen.in_words,
            carried={"data_as_of": question.data_as_of.isoformat()},
            **self.aws_arguments,
        )

    def conclude(self, context: Context, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Judge the run that the trigger saw."""
        try:
            as_of = datetime.fromisoformat(payload["carried"]["data_as_of"])
            run = ImportRun.from_dict(payload["run"])
            assets = [ImportedAsset.from_dict(asset) for asset in payload["assets"]]
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidArgumentError(
                argument="event", value=payload, wanted="the event of a DataZoneDataSourceRunTrigger"
            ) from error
        return self._judged(self._question(context, as_of=as_of), run, assets)

    def timeout_error(self) -> LineageError:
        """Return the error of a deadline that has passed, with what was seen last."""
        return timeout_error(
            self.domain_identifier,
            self.data_source_identifier,
            timeout=self.timeout,
            run=self._seen,
            run_id=self._run_id() or "",
        )

    def _run_id(self) -> str | None:
        """Return the id of the run, if one is given."""
        given = self.run_identifier
        if given is None:
            return None
        run_id = given.get("run_id") if isinstance(given, Mapping) else given
        return checked_identifier(run_id, argument="run_identifier", wanted="the id of a run, or None")

    def _question(self, context: Context, *, as_of: datetime | None = None) -> ImportQuestion:
        """Check the arguments and make the question of them; ``as_of`` replaces the argument's value."""
        budget_seconds(
            timeout=None, waiter_max_attempts=None, waiter_delay=0, default=0,
            lineage_start_timeout=self.lineage_start_timeout,
        )  # fmt: skip
        if self.on_partial not in ON_PARTIAL:
            raise InvalidArgumentError(
                argument="on_partial", value=self.on_partial, wanted="'fail' or 'warn'"
            )
        if as_of is None and self.data_as_of is not None:
            as_of = read_data_as_of(self.data_as_of)
        return ImportQuestion(
            domain_id=checked_domain_identifier(self.domain_identifier),
            data_source_id=checked_identifier(
                self.data_source_identifier,
                argument="data_source_identifier",
                wanted="the id of a data source",
            ),
            data_as_of=as_of or first_poke_start(context),
            explicit=True,
            require_lineage=self.require_lineage,
            on_partial=self.on_partial,
        )

    def _settled(self, context: Context) -> ImportQuestion:
        """
        Return the question with its time on the service's clock.

        Before the first look it is made sure that lineage is imported at all, and the link is pushed.
        """
        if self._asked is not None:
            return self._asked
        question = self._question(context)
        self._run_id()
        place = read_place(self.hook, question, _at_once, must_be_ready=False)
        region = place.region or self.hook.region_name or ""
        url = project_url(domain_id=question.domain_id, project_id=place.project_id, region=region)
        DataZoneDataSourceRunLink.push(context, url)
        if self.data_as_of is None and self.run_identifier is None:
            question = replace(question, data_as_of=self._since(context, question))
        self._asked = question
        return question

    def _since(self, context: Context, question: ImportQuestion) -> datetime:
        """Return the start of the first try on the service's clock; it is remembered for the next poke."""
        memory = DurableState(context, _MEMORY)
        remembered = memory.load()
        if remembered and remembered["data_source_id"] == question.data_source_id:
            return datetime.fromisoformat(remembered["data_as_of"])
        sent = datetime.now(tz=UTC)
        page = self.hook.list_data_source_runs_page(question.domain_id, question.data_source_id)
        offset = clock_offset(self.hook.service_time(page), sent, datetime.now(tz=UTC))
        since = question.data_as_of + offset
        memory.save({"data_source_id": question.data_source_id, "data_as_of": since.isoformat()})
        return since

    def _note(self, run: ImportRun) -> ImportRun:
        """Keep a run as the one a timeout is about, and log what changed."""
        before, self._seen = self._seen, run
        if before is None or (before.status, before.lineage_status) != (run.status, run.lineage_status):
            self.log.info("Run %s is %s", run.run_id, run.in_words)
        return run

    def _is_over(self, run: ImportRun, now: float) -> bool:
        """
        Tell whether run and lineage import have ended.

        How long the lineage import may be absent is counted from the end of the run, by the service's clock:
        a poke that is a process of its own remembers nothing.
        """
        ended = (run.stopped_at or run.began_at).timestamp()
        return ImportWatch(self.require_lineage, float(self.lineage_start_timeout), ended).is_over(run, now)

    def _judged(
        self, question: ImportQuestion, run: ImportRun, assets: Sequence[ImportedAsset]
    ) -> dict[str, Any]:
        """Return what the run brought, or raise what is wrong with it."""
        judgement = judge(run, assets, question)
        if judgement.fails(question):
            raise run_error(run, judgement, question)
        for note in (*judgement.partial, *judgement.notes):
            self.log.warning("Run %s: %s", run.run_id, note)
        return import_result(run, assets, question, joined=True)


def _at_once(call: Callable[[], AnswerT]) -> AnswerT:
    """Make a call; a sensor's next look is its next attempt."""
    return call()
