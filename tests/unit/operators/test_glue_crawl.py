"""GlueCrawlOperator, in the worker and deferred, on a double of the AWS client."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from airflow.providers.common.compat.sdk import TaskDeferred

from airflow_lineage_provider.exceptions import (
    CrawlerBusyError,
    CrawlFailedError,
    CrawlTimeoutError,
    InvalidArgumentError,
    LineageError,
    PermissionDeniedError,
)
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator
from tests.unit.hooks.scripted_glue import (
    CRAWLER,
    NINE,
    ScriptedCrawl,
    ScriptedGlue,
    client_error,
    moment,
)
from tests.unit.operators.driving import TaskStore, fire, make_context, run

HOUR = 3600.0
BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


def make_arguments(**overrides: Any) -> dict[str, Any]:
    """Return the arguments of an operator that waits as shortly as it can."""
    return {
        "crawler_name": CRAWLER,
        "data_as_of": moment(NINE).isoformat(),
        "aws_conn_id": None,
        "waiter_delay": 0,
        "timeout": 20,
        **overrides,
    }


def make_operator(**overrides: Any) -> GlueCrawlOperator:
    """Build an operator."""
    return GlueCrawlOperator(task_id="task", **make_arguments(**overrides))


def outcome(glue: ScriptedGlue, **overrides: Any) -> Any:
    """Run the task and return its value, or class and facts of its error."""
    with glue.installed():
        try:
            return run(GlueCrawlOperator, make_arguments(**overrides))[0]
        except LineageError as error:
            return type(error), vars(error)


@dataclass(frozen=True)
class Situation:
    """A situation, and what must come of it: the id of the judged crawl, or the class of the error."""

    make_glue: Callable[[], ScriptedGlue]
    judged: str | type[LineageError]
    if_running: str = "join_if_fresh"


def denied(operation: str) -> Exception:
    """Return a refusal."""
    return client_error(operation, "AccessDeniedException", f"not authorized to perform glue:{operation}")


def ours(**overrides: Any) -> list[ScriptedCrawl]:
    """Return the crawl that StartCrawler starts."""
    return [ScriptedCrawl("ours", 0, **overrides)]


OLD = ScriptedCrawl("old", NINE - HOUR, state="FAILED", message="yesterday's trouble")

SITUATIONS = {
    "stale crawl running and failing": Situation(
        lambda: ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 30, state="FAILED")], coming=ours()),
        "ours",
    ),
    "stale crawl, told to join": Situation(
        lambda: ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 30)]), "stale", if_running="join"
    ),
    "fresh crawl, told to wait": Situation(
        lambda: ScriptedGlue(
            now=NINE + 10, crawls=[ScriptedCrawl("theirs", NINE + 5, state="FAILED")], coming=ours()
        ),
        "ours",
        if_running="wait",
    ),
    "running, told to fail": Situation(
        lambda: ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 30)]), CrawlerBusyError, if_running="fail"
    ),
    "no right to start": Situation(
        lambda: ScriptedGlue(faults={"start_crawler": [denied("StartCrawler")]}), PermissionDeniedError
    ),
}


class TestSituations:
    @BOTH
    @pytest.mark.parametrize("name", SITUATIONS)
    def test_judges_the_right_crawl(self, name: str, deferrable: bool) -> None:
        situation = SITUATIONS[name]

        found = outcome(situation.make_glue(), if_running=situation.if_running, deferrable=deferrable)

        assert (found["crawl_id"] if isinstance(found, dict) else found[0]) == situation.judged

    @pytest.mark.parametrize("name", SITUATIONS)
    def test_gives_the_same_value_or_error_both_ways(self, name: str) -> None:
        situation = SITUATIONS[name]

        in_worker, deferred = (
            json.loads(
                json.dumps(
                    outcome(situation.make_glue(), if_running=situation.if_running, deferrable=deferrable),
                    default=lambda error: error.__name__,
                )
            )
            for deferrable in (False, True)
        )

        assert _without_times(in_worker) == _without_times(deferred)


def _without_times(found: Any) -> Any:
    """Drop the times of crawls that wait for calls: the two ways make a different number of calls."""
    return (
        {key: value for key, value in found.items() if key not in {"started_at", "ended_at"}}
        if isinstance(found, dict)
        else found
    )


class TestResult:
    @BOTH
    def test_is_what_is_promised(self, deferrable: bool) -> None:
        with ScriptedGlue(crawls=[OLD], coming=ours()).installed() as glue:
            result, deferrals = run(GlueCrawlOperator, make_arguments(deferrable=deferrable))

        started = glue.crawls[-1].started
        assert deferrals == int(deferrable)
        assert result == {
            "crawler_name": "sales",
            "crawl_id": "ours",
            "state": "COMPLETED",
            "joined": False,
            "data_as_of": "2025-06-04T09:00:00.000Z",
            "started_at": moment(started).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "ended_at": moment(started + 60).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "tables": {"added": ["db.orders"], "updated": [], "deleted": []},
            "dpu_hours": 0.1,
            "log_group": "/aws-glue/crawlers",
            "log_stream": "sales",
            "database": "db",
        }

    @BOTH
    def test_warns_about_a_summary_that_cannot_be_read(
        self, deferrable: bool, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        found = outcome(ScriptedGlue(coming=ours(summary='{"TABLE":{"ADD":"{')), deferrable=deferrable)

        assert found["tables"] == {"added": [], "updated": [], "deleted": []}
        logged = capsys.readouterr().out + caplog.text  # Airflow 3 logs to stdout here, Airflow 2 does not
        assert "Which tables crawl ours changed is not known" in logged

    def test_returns_at_once_without_waiting(self) -> None:
        found = outcome(ScriptedGlue(coming=ours()), wait_for_completion=False)

        assert (found["crawl_id"], found["state"], found["ended_at"]) == ("ours", "RUNNING", None)

    @BOTH
    def test_outlasts_a_stale_crawl_even_without_waiting_for_its_own(self, deferrable: bool) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 30)], coming=ours())

        found = outcome(glue, wait_for_completion=False, deferrable=deferrable)

        assert (found["crawl_id"], found["state"]) == ("ours", "RUNNING")

    def test_outlasting_a_stale_crawl_takes_a_deferral_of_its_own(self) -> None:
        with ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 30)], coming=ours()).installed():
            result, deferrals = run(GlueCrawlOperator, make_arguments(deferrable=True))

        assert (result["crawl_id"], result["joined"], deferrals) == ("ours", False, 2)

    def test_does_not_defer_for_a_crawl_that_is_over(self) -> None:
        with ScriptedGlue(now=NINE + 100, crawls=[ScriptedCrawl("theirs", NINE + 5)]).installed():
            result, deferrals = run(GlueCrawlOperator, make_arguments(deferrable=True))

        assert (result["joined"], deferrals) == (True, 0)

    @BOTH
    def test_fails_at_the_deadline_with_the_same_words(self, deferrable: bool) -> None:
        glue = ScriptedGlue(coming=ours(seconds=1e9))

        found = outcome(glue, timeout=0.1, deferrable=deferrable)

        assert found == (
            CrawlTimeoutError,
            {
                "crawler_name": "sales",
                "crawl_id": "ours",
                "state": "RUNNING",
                "waited_seconds": 0.1,
            },
        )

    @BOTH
    def test_the_deadline_counts_over_all_deferrals(self, deferrable: bool) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("stale", NINE - 30)], coming=ours(seconds=1e9))

        found = outcome(glue, timeout=0.3, deferrable=deferrable)

        assert found[0] is CrawlTimeoutError
        assert found[1]["waited_seconds"] == 0.3

    def test_a_failure_has_message_and_log(self) -> None:
        glue = ScriptedGlue(coming=ours(state="FAILED", message="no access to s3://raw"))

        error, facts = outcome(glue)

        assert error is CrawlFailedError
        assert facts["message"] == "no access to s3://raw"
        assert facts["log_url"].startswith("https://eu-central-1.console.aws.amazon.com/cloudwatch/")


class TestArguments:
    @pytest.mark.parametrize(
        "overrides, argument",
        [
            ({"data_as_of": "None"}, "data_as_of"),
            ({"data_as_of": "{{ ts }}"}, "data_as_of"),
            ({"crawler_name": ""}, "crawler_name"),
            ({"crawler_name": None}, "crawler_name"),
            ({"crawler_name": "{{ params.crawler }}"}, "crawler_name"),
            ({"if_running": "maybe"}, "if_running"),
            ({"timeout": -1}, "timeout"),
            ({"timeout": float("inf")}, "timeout"),
            ({"waiter_delay": "soon"}, "waiter_delay"),
            ({"waiter_max_attempts": -3}, "waiter_max_attempts"),
        ],
    )
    def test_names_the_argument_that_cannot_work_before_any_call(
        self, overrides: dict[str, Any], argument: str
    ) -> None:
        glue = ScriptedGlue(coming=ours())

        error, facts = outcome(glue, **overrides)

        assert error is InvalidArgumentError
        assert facts["argument"] == argument
        assert facts["value"] == overrides[argument]
        assert not glue.calls

    def test_only_stores_its_arguments(self) -> None:
        marks = {
            name: object()
            for name, parameter in inspect.signature(GlueCrawlOperator.__init__).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }

        operator = GlueCrawlOperator(task_id="task", **marks)  # type: ignore[arg-type]

        assert {name: getattr(operator, name) for name in marks} == marks

    def test_has_templates_for_what_changes_from_run_to_run(self) -> None:
        assert set(GlueCrawlOperator.template_fields) == {
            "aws_conn_id",
            "crawler_name",
            "data_as_of",
            "event_queue_url",
            "if_running",
            "region_name",
            "verify",
        }

    @pytest.mark.parametrize(
        "overrides, seconds",
        [
            ({"timeout": None}, 4 * HOUR),
            ({"timeout": 90}, 90),
            ({"timeout": timedelta(minutes=2)}, 120),
            ({"timeout": None, "waiter_max_attempts": 10, "waiter_delay": 6}, 60),
            ({"timeout": 90, "waiter_max_attempts": 10, "waiter_delay": 6}, 60),
            ({"timeout": 30, "waiter_max_attempts": 10, "waiter_delay": 6}, 30),
        ],
    )
    def test_the_budget_is_finite_and_settable(self, overrides: dict[str, Any], seconds: float) -> None:
        operator = make_operator(deferrable=True, **overrides)

        with ScriptedGlue(coming=ours()).installed(), pytest.raises(TaskDeferred) as deferred:
            operator.execute(make_context(operator))

        assert deferred.value.trigger.timeout == seconds


class TestDeferral:
    def test_the_trigger_gets_the_connection_arguments(self) -> None:
        given = {
            "aws_conn_id": "my_aws",
            "region_name": "eu-west-1",
            "verify": False,
            "botocore_config": {"retries": {"max_attempts": 3}},
        }
        operator = make_operator(deferrable=True, **given)

        with ScriptedGlue(coming=ours()).installed(), pytest.raises(TaskDeferred) as deferred:
            operator.execute(make_context(operator))

        _, kwargs = deferred.value.trigger.serialize()
        assert {name: kwargs[name] for name in given} == given

    def test_reads_as_the_poller_does_before_it_starts_anything(self) -> None:
        glue = ScriptedGlue(coming=ours(), faults={"batch_get_crawlers": [denied("BatchGetCrawlers")]})

        error, facts = outcome(glue, deferrable=True)

        assert (error, facts["operation"]) == (PermissionDeniedError, "BatchGetCrawlers")
        assert "StartCrawler" not in glue.calls

    def test_needs_no_batch_permission_in_the_worker(self) -> None:
        glue = ScriptedGlue(coming=ours())

        outcome(glue)

        assert set(glue.calls) == {"GetCrawler", "ListCrawls", "StartCrawler"}

    @pytest.mark.parametrize(
        "event",
        [
            None,
            "ended",
            {},
            {"status": "ended"},
            {"status": "error"},
            {"status": "error", "error": {"type": "OSError", "facts": {}}},
            {"status": "ended", "crawl": {"crawl_id": "x"}, "carry": {}},
            {"status": "ended", "crawl": {}, "carry": None},
        ],
    )
    def test_refuses_an_event_that_is_not_its_triggers(self, event: Any) -> None:
        operator = make_operator()

        with pytest.raises(InvalidArgumentError, match="event"):
            operator.execute_complete(make_context(operator), event=event)


class TestRetry:
    def test_goes_on_with_the_crawl_of_a_try_that_crashed(self) -> None:
        store, glue = TaskStore(), ScriptedGlue(coming=ours())
        operator = make_operator(deferrable=True)

        with glue.installed():
            with pytest.raises(TaskDeferred):
                operator.execute(make_context(operator, store=store, max_tries=1))
            again = make_context(operator, store=store, try_number=2, max_tries=1)
            result, _ = run(GlueCrawlOperator, make_arguments(deferrable=True), again)

        assert (result["crawl_id"], result["joined"]) == ("ours", False)
        assert glue.calls["StartCrawler"] == 1

    def test_joins_the_crawl_of_a_try_that_crashed_right_after_the_start(self) -> None:
        store, glue = TaskStore(), ScriptedGlue(coming=ours())
        operator = make_operator(data_as_of=None)
        glue.now = datetime.now(tz=UTC).timestamp()
        glue.faults["list_crawls"] = [None, RuntimeError("kill -9")]

        with glue.installed():
            with pytest.raises(RuntimeError):
                operator.execute(make_context(operator, store=store, max_tries=1))
            again = make_context(operator, store=store, try_number=2, max_tries=1)
            result = operator.execute(again)

        assert (result["crawl_id"], result["joined"]) == ("ours", True)
        assert glue.calls["StartCrawler"] == 1

    def test_crawls_again_after_a_failure_for_the_data_of_the_first_try(self) -> None:
        store = TaskStore()
        glue = ScriptedGlue(coming=[*ours(state="FAILED"), ScriptedCrawl("second", 0)])
        glue.now = datetime.now(tz=UTC).timestamp()
        operator = make_operator(data_as_of=None)
        first = make_context(operator, store=store, max_tries=1)

        with glue.installed():
            with pytest.raises(CrawlFailedError):
                operator.execute(first)
            later = first["ti"].start_date + timedelta(minutes=5)
            result = operator.execute(
                make_context(operator, store=store, try_number=2, max_tries=1, start_date=later)
            )

        assert result["crawl_id"] == "second"
        wanted = first["ti"].start_date
        assert abs(datetime.fromisoformat(result["data_as_of"]) - wanted) < timedelta(seconds=2)

    def test_forgets_what_was_before_a_clearing(self) -> None:
        store = TaskStore()
        glue = ScriptedGlue(coming=[*ours(), ScriptedCrawl("second", 0)])
        operator = make_operator(deferrable=True, data_as_of=None)
        glue.now = datetime.now(tz=UTC).timestamp()

        with glue.installed():
            with pytest.raises(TaskDeferred):
                operator.execute(make_context(operator, store=store))
            glue.crawls[-1].started -= HOUR  # that was an hour ago; then somebody clears the task
            cleared = make_context(operator, store=store, try_number=2, max_tries=1)
            result, _ = run(GlueCrawlOperator, make_arguments(data_as_of=None), cleared)

        assert result["crawl_id"] == "second"


class TestOnKill:
    def test_stops_its_own_crawl(self) -> None:
        glue = ScriptedGlue(coming=ours())
        operator = make_operator(wait_for_completion=False)

        with glue.installed():
            operator.execute(make_context(operator))
            operator.on_kill()

        assert glue.crawls[-1].state == "STOPPED"

    def test_leaves_the_crawl_alone_if_told_to(self) -> None:
        glue = ScriptedGlue(coming=ours())
        operator = make_operator(wait_for_completion=False, cancel_on_kill=False)

        with glue.installed():
            operator.execute(make_context(operator))
            operator.on_kill()

        assert "StopCrawler" not in glue.calls

    def test_is_quiet_when_stopping_is_refused(self) -> None:
        glue = ScriptedGlue(coming=ours(), faults={"stop_crawler": [denied("StopCrawler")]})
        operator = make_operator(wait_for_completion=False)

        with glue.installed():
            operator.execute(make_context(operator))
            operator.on_kill()

        assert glue.crawls[-1].state == "COMPLETED"

    def test_does_nothing_before_anything_was_started(self) -> None:
        glue = ScriptedGlue(now=NINE + 10, crawls=[ScriptedCrawl("theirs", NINE + 5)])

        with glue.installed():
            make_operator().on_kill()

        assert not glue.calls

    @pytest.mark.parametrize("owned", [True, False], ids=["own", "somebody else's"])
    def test_the_trigger_may_stop_only_its_own_crawl(self, owned: bool) -> None:
        glue = ScriptedGlue(coming=ours())
        if not owned:
            glue = ScriptedGlue(now=NINE + 10, crawls=[ScriptedCrawl("theirs", NINE + 5)])
        operator = make_operator(deferrable=True)

        with glue.installed(), pytest.raises(TaskDeferred) as deferred:
            operator.execute(make_context(operator))

        assert deferred.value.trigger.cancel_on_kill is owned


class TestLinks:
    @BOTH
    def test_are_there_before_the_wait_begins(self, deferrable: bool) -> None:
        operator = make_operator(deferrable=deferrable, timeout=0.05)
        context = make_context(operator)

        with (
            ScriptedGlue(coming=ours(seconds=1e9)).installed(),
            pytest.raises((TaskDeferred, CrawlTimeoutError)),
        ):
            operator.execute(context)

        assert context["ti"].pushed == {
            "glue_crawler": "https://eu-central-1.console.aws.amazon.com/glue/home?region=eu-central-1"
            "#/v2/data-catalog/crawlers/view/sales",
            "glue_crawl_log": "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1"
            "#logsV2:log-groups/log-group/$252Faws-glue$252Fcrawlers/log-events/sales"
            "$3FfilterPattern$3D$2522ours$2522",
        }


class TestTriggerPayload:
    def test_is_json_that_another_process_can_go_on_with(self) -> None:
        operator = make_operator(deferrable=True)
        with ScriptedGlue(coming=ours()).installed():
            with pytest.raises(TaskDeferred) as deferred:
                operator.execute(make_context(operator))
            event = fire(deferred.value.trigger)

            result = make_operator(crawler_name="rendered differently").execute_complete(
                make_context(operator), event=event
            )

        assert result["crawler_name"] == "sales"


def run_to_its_last_process(deferrable: bool) -> GlueCrawlOperator:
    """Run a task, whatever comes of it, and return the operator of its last process, which Airflow asks."""
    operator = make_operator(deferrable=deferrable)
    context = make_context(operator)
    with suppress(CrawlFailedError):
        try:
            operator.execute(context)
        except TaskDeferred as deferred:
            operator = make_operator(deferrable=True)
            operator.execute_complete(context, event=fire(deferred.trigger))
    return operator


class TestOpenLineage:
    TABLE: ClassVar[dict[str, Any]] = {
        "CatalogId": "123456789012",
        "StorageDescriptor": {
            "Location": "s3://raw/orders/",
            "Columns": [{"Name": "id", "Type": "bigint"}],
        },
    }

    @pytest.fixture(autouse=True)
    def transport(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Switch OpenLineage on, as far as operators can tell."""
        monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", '{"type": "console"}')

    @BOTH
    def test_tells_source_and_table_of_the_crawl(self, deferrable: bool) -> None:
        with ScriptedGlue(coming=ours(), tables={"orders": self.TABLE}).installed():
            operator = run_to_its_last_process(deferrable)
        lineage = operator.get_openlineage_facets_on_complete(None)

        assert [(each.namespace, each.name) for each in lineage.inputs] == [("s3://raw", "orders")]
        assert [each.name for each in lineage.outputs] == ["table/db/orders"]
        assert lineage.run_facets["externalQuery"].externalQueryId == "ours"

    def test_reads_no_table_while_openlineage_is_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__OPENLINEAGE__DISABLED", "True")
        glue = ScriptedGlue(coming=ours(), tables={"orders": self.TABLE})

        outcome(glue)

        assert "GetTable" not in glue.calls

    def test_does_not_fail_for_a_table_it_may_not_read(self) -> None:
        glue = ScriptedGlue(coming=ours(), faults={"get_table": [denied("GetTable")]})

        assert outcome(glue)["state"] == "COMPLETED"

    @BOTH
    def test_tells_of_a_crawl_that_failed(self, deferrable: bool) -> None:
        with ScriptedGlue(coming=ours(state="FAILED", message="no access")).installed():
            operator = run_to_its_last_process(deferrable)
        lineage = operator.get_openlineage_facets_on_failure(None)

        facet = lineage.run_facets["airflowLineage_glueCrawl"]
        assert (facet.crawlId, facet.state, facet.errorMessage) == ("ours", "FAILED", "no access")

    def test_tells_the_crawler_before_there_is_a_crawl(self) -> None:
        lineage = make_operator().get_openlineage_facets_on_start()

        assert lineage.run_facets["airflowLineage_glueCrawl"].crawlerName == "sales"
        assert (lineage.inputs, lineage.outputs) == ([], [])
