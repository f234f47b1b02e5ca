"""Run a data source of Amazon SageMaker Catalog (the DataZone API) and wait for its lineage import."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import conf

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.hooks.catalog_ids import checked_domain_identifier, checked_identifier
from airflow_lineage_provider.hooks.import_protocol import (
    ImportQuestion,
    Move,
    Patience,
    client_token,
    import_result,
    judge,
    run_error,
)
from airflow_lineage_provider.hooks.import_records import ImportedAsset, ImportRun
from airflow_lineage_provider.hooks.import_runner import ImportRunner
from airflow_lineage_provider.hooks.import_source import Place
from airflow_lineage_provider.links.datazone import DataZoneDataSourceRunLink, project_url
from airflow_lineage_provider.tasks.aws import LineageAwsOperator, aws_template_fields
from airflow_lineage_provider.tasks.identity import task_identity
from airflow_lineage_provider.tasks.import_arguments import ON_PARTIAL, read_data_as_of
from airflow_lineage_provider.tasks.memory import DurableState, first_try_start
from airflow_lineage_provider.tasks.waiting import DEFERRAL_GRACE, budget_seconds
from airflow_lineage_provider.triggers.base import validated_event
from airflow_lineage_provider.triggers.datazone import DataZoneDataSourceRunTrigger

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airflow_lineage_provider.hooks.datazone import DataZoneHook

    _Operator = LineageAwsOperator[DataZoneHook]
else:
    _Operator = LineageAwsOperator

__all__ = ["DataZoneDataSourceRunOperator"]

_STATE = "airflow_lineage_import"
_DEFAULT_TIMEOUT_SECONDS = 7200


class DataZoneDataSourceRunOperator(_Operator):
    """
    Run a data source of SageMaker Catalog and wait for the run, its lineage import and every lineage event.

    A run that started at or after ``data_as_of`` is joined instead of starting another, so many tasks share
    the 25 runs a day that AWS allows per data source; one that started earlier is waited for. A retry goes on
    with the run that an earlier try started. Nothing but StartDataSourceRun changes anything.

    The task returns domain, data source and run, their states and times, ``joined``, ``statistics`` and
    ``assets``: for each table its asset, what happened to it, its lineage event and that event's state. A
    table that no crawl has touched since its lineage was last reported has no event; that is no failure.

    .. seealso::
        - Guide: :ref:`howto/operator:DataZoneDataSourceRunOperator`
        - AWS API: `StartDataSourceRun
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_StartDataSourceRun.html>`__

    :param domain_identifier: Domain of the data source. (templated)
    :param data_source_identifier: The data source. (templated)
    :param data_as_of: What the run must have seen: a time, its ISO 8601 text, or what
        :class:`~airflow_lineage_provider.operators.glue_crawl.GlueCrawlOperator` returned, of which the end
        counts. A run that started earlier is no answer. ``None`` takes the start of the task's first try and
        does not take a run that is over already. (templated)
    :param require_lineage: Fail unless lineage import is on, ends in SUCCESS and every lineage event does.
    :param on_partial: ``fail``, or ``warn`` to accept that some tables or events failed.
    :param wait_for_completion: ``False`` returns as soon as a run is started or joined.
    :param deferrable: Wait in the triggerer. Default: ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: How long a try may take altogether, in seconds or as a timedelta. ``None`` means two
        hours, or ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    :param lineage_start_timeout: Seconds a finished run may be without a lineage import, if one is required.
    :param start_spread: Start a run after a random time of up to so many seconds, if there still is none to
        join. Tasks of one machine coalesce without it; it is for many that come at the same moment on many
        machines, such as one pod per task: with 15 a burst of 50 usually calls StartDataSourceRun once or
        twice.
    :raises LineageImportOffError: If lineage import is off. Nothing has been started then.
    :raises DataSourceNotReadyError: If the data source is not READY and ENABLED.
    :raises DataSourceRunFailedError: If the run, its lineage import, a table or an event failed.
    :raises DataSourceRunTimeoutError: If it took too long.
    """

    hook_class_path: ClassVar[str] = "airflow_lineage_provider.hooks.datazone.DataZoneHook"
    template_fields = aws_template_fields("domain_identifier", "data_source_identifier", "data_as_of")
    operator_extra_links = (DataZoneDataSourceRunLink(),)
    ui_color = "#c9dff5"

    _imported: dict[str, Any] | None = None
    """Result and place of the run, for OpenLineage; set once there is something to report."""

    def __init__(
        self,
        *,
        domain_identifier: str,
        data_source_identifier: str,
        data_as_of: datetime | str | Mapping[str, Any] | XComArg | None = None,
        require_lineage: bool = True,
        on_partial: str = "fail",
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: float = 10,
        timeout: float | timedelta | None = None,
        waiter_max_attempts: int | None = None,
        lineage_start_timeout: float = 120,
        start_spread: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain_identifier = domain_identifier
        self.data_source_identifier = data_source_identifier
        self.data_as_of = data_as_of
        self.require_lineage = require_lineage
        self.on_partial = on_partial
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay
        self.timeout = timeout
        self.waiter_max_attempts = waiter_max_attempts
        self.lineage_start_timeout = lineage_start_timeout
        self.start_spread = start_spread

    def execute(self, context: Context) -> dict[str, Any]:
        """Check the data source, find or start a run, and wait for it."""
        timeout = self._timeout_seconds()
        patience = self._patience(timeout, time.time() + timeout)
        runner = self._runner(self._question(context), patience)
        place = runner.preflight()
        region = place.region or self.hook.region_name or ""
        url = project_url(domain_id=runner.question.domain_id, project_id=place.project_id, region=region)
        DataZoneDataSourceRunLink.push(context, url)
        state = DurableState(context, _STATE)
        own_run_id = self._settle_data_as_of(runner, state.load())
        _remember(state, runner.question, own_run_id)
        return self._pursue(context, runner, place, own_run_id=own_run_id)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """
        Judge the run, or go on when the one in the way is over.

        :param context: The task's context.
        :param event: What :class:`DataZoneDataSourceRunTrigger` saw.
        """
        seen = validated_event(
            event, wanted="the event of a DataZoneDataSourceRunTrigger", statuses=("over", "turn")
        )
        carried = seen["carried"]
        question = self._question(context, as_of=datetime.fromisoformat(carried["data_as_of"]))
        place = Place(**carried["place"])
        if seen["status"] == "turn":
            runner = self._runner(question, self._patience(carried["timeout"], carried["deadline"]))
            return self._pursue(context, runner, place, own_run_id=carried["own_run_id"], waited=True)
        return self._conclude(
            context,
            question,
            place,
            ImportRun.from_dict(seen["run"]),
            [ImportedAsset.from_dict(asset) for asset in seen["assets"]],
            joined=carried["joined"],
        )

    def _question(self, context: Context, *, as_of: datetime | None = None) -> ImportQuestion:
        """Check the arguments and make the question of them; ``as_of`` replaces the argument's value."""
        if self.on_partial not in ON_PARTIAL:
            raise InvalidArgumentError(
                argument="on_partial", value=self.on_partial, wanted="'fail' or 'warn'"
            )
        explicit = self.data_as_of is not None
        if as_of is None and explicit:
            as_of = read_data_as_of(self.data_as_of)
        return ImportQuestion(
            domain_id=checked_domain_identifier(self.domain_identifier),
            data_source_id=checked_identifier(
                self.data_source_identifier,
                argument="data_source_identifier",
                wanted="the id of a data source",
            ),
            data_as_of=as_of or first_try_start(context),
            explicit=explicit,
            require_lineage=self.require_lineage,
            on_partial=self.on_partial,
        )

    def _runner(self, question: ImportQuestion, patience: Patience) -> ImportRunner:
        """Make what carries the protocol out; the tasks of this machine take turns in starting a run."""
        from airflow_lineage_provider.hooks.crawl_turns import MachineTurn

        where = (os.environ.get("AWS_ENDPOINT_URL"), self.aws_conn_id, self.region_name)
        turn = MachineTurn(*where, question.domain_id, question.data_source_id)
        return ImportRunner(self.hook, question, patience, turn=turn)

    def _patience(self, timeout: float, deadline: float) -> Patience:
        """Return how long to wait."""
        return Patience(
            timeout=timeout,
            deadline=deadline,
            delay=float(self.waiter_delay),
            absent_seconds=float(self.lineage_start_timeout),
            start_spread=float(self.start_spread),
        )

    def _timeout_seconds(self) -> float:
        """Return the whole budget in seconds."""
        return budget_seconds(
            timeout=self.timeout,
            waiter_max_attempts=self.waiter_max_attempts,
            waiter_delay=self.waiter_delay,
            default=_DEFAULT_TIMEOUT_SECONDS,
            lineage_start_timeout=self.lineage_start_timeout,
            start_spread=self.start_spread,
        )

    @staticmethod
    def _settle_data_as_of(runner: ImportRunner, remembered: dict[str, Any] | None) -> str | None:
        """Fix the default ``data_as_of`` once for all tries; return the run an earlier try started."""
        question = runner.question
        if not question.explicit:
            as_of = (
                datetime.fromisoformat(remembered["data_as_of"])
                if remembered
                else runner.service_clock(question.data_as_of)
            )
            runner.question = question = replace(question, data_as_of=as_of)
        if remembered and remembered["data_as_of"] == question.data_as_of.isoformat():
            run_id: str | None = remembered["run_id"]
            return run_id
        return None

    def _pursue(
        self,
        context: Context,
        runner: ImportRunner,
        place: Place,
        *,
        own_run_id: str | None,
        waited: bool = False,
    ) -> dict[str, Any]:
        """Find or start a run and wait for it, after those that are in the way."""
        state = DurableState(context, _STATE)
        ti = context.get("ti")
        question = runner.question
        identity = [question.domain_id, question.data_source_id, *task_identity(ti)]
        identity += [*state.series, question.data_as_of.isoformat() if question.explicit else ""]
        while True:
            beginning = runner.begin(
                lambda attempt: client_token(identity, attempt=attempt),
                try_number=1 if ti is None else ti.try_number,
                own_run_id=own_run_id,
                waited=waited,
            )
            run = beginning.run
            if beginning.move is not Move.WAIT and run is not None:
                break
            if self.deferrable:
                self._defer(runner, place, run, awaited="turn", joined=False, own_run_id=own_run_id)
            runner.wait_for_turn(run)
            waited = True
        if not beginning.joined:
            _remember(state, question, run.run_id)
        if not self.wait_for_completion:
            return import_result(run, beginning.assets or (), question, joined=beginning.joined)
        assets = beginning.assets
        if assets is None:
            if self.deferrable:
                self._defer(
                    runner, place, run, awaited="verdict", joined=beginning.joined, own_run_id=own_run_id
                )
            run, assets = runner.wait(run.run_id)
        return self._conclude(context, question, place, run, assets, joined=beginning.joined)

    def _defer(
        self,
        runner: ImportRunner,
        place: Place,
        run: ImportRun | None,
        *,
        awaited: str,
        joined: bool,
        own_run_id: str | None,
    ) -> None:
        """Hand the wait to the triggerer; everything that is needed afterwards comes back in the event."""
        question, patience = runner.question, runner.patience
        self.defer(
            trigger=DataZoneDataSourceRunTrigger(
                domain_identifier=question.domain_id,
                data_source_identifier=question.data_source_id,
                run_identifier=run.run_id if run else None,
                awaited=awaited,
                require_lineage=question.require_lineage,
                waiter_delay=patience.delay,
                timeout=patience.timeout,
                deadline=patience.deadline,
                absent_seconds=patience.absent_seconds,
                seen=runner.told(run) if run else "",
                carried={
                    "data_as_of": question.data_as_of.isoformat(),
                    "timeout": patience.timeout,
                    "deadline": patience.deadline,
                    "joined": joined,
                    "own_run_id": own_run_id,
                    "place": asdict(place),
                },
                **self.aws_arguments,
            ),
            method_name="execute_complete",
            # Ours counts; Airflow's own limit lies behind it, for the case that no triggerer runs.
            timeout=timedelta(seconds=max(0.0, patience.deadline - time.time())) + DEFERRAL_GRACE,
        )

    def _conclude(
        self,
        context: Context,
        question: ImportQuestion,
        place: Place,
        run: ImportRun,
        assets: Sequence[ImportedAsset],
        *,
        joined: bool,
    ) -> dict[str, Any]:
        """Judge the run: return its result or raise what is wrong with it."""
        result = import_result(run, assets, question, joined=joined)
        self._imported = {"result": result, "place": asdict(place)}
        judgement = judge(run, assets, question)
        state = DurableState(context, _STATE)
        if judgement.fails(question):
            _remember(state, question, None)  # a retry has to import again, for the same data
            raise run_error(run, judgement, question)
        state.forget()
        for note in (*judgement.partial, *judgement.notes):
            self.log.warning("Run %s: %s", run.run_id, note)
        self.log.info(
            "Tables in run %s of data source %s: %d", run.run_id, question.data_source_id, len(assets)
        )
        return result

    def get_openlineage_facets_on_start(self) -> OperatorLineage[Any, Any]:
        """Say nothing yet: which tables there are is known when the run is over."""
        from airflow_lineage_provider.hooks.import_facets import import_lineage

        return import_lineage(None)

    def get_openlineage_facets_on_complete(self, task_instance: object) -> OperatorLineage[Any, Any]:  # noqa: ARG002
        """Say which tables became which assets."""
        from airflow_lineage_provider.hooks.import_facets import import_lineage

        return import_lineage(self._imported)

    def get_openlineage_facets_on_failure(self, task_instance: object) -> OperatorLineage[Any, Any]:
        """Say what is known of a run that failed."""
        return self.get_openlineage_facets_on_complete(task_instance)


def _remember(state: DurableState, question: ImportQuestion, run_id: str | None) -> None:
    """Remember the bound on freshness and our own run for the next try."""
    state.save({"data_as_of": question.data_as_of.isoformat(), "run_id": run_id})
