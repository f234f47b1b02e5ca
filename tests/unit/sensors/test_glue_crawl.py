"""GlueCrawlSensor, in the worker and deferred, on a double of the AWS client."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout, TaskDeferred

from airflow_lineage_provider.exceptions import (
    CrawlFailedError,
    CrawlStoppedError,
    InvalidArgumentError,
    LineageError,
    PermissionDeniedError,
)
from airflow_lineage_provider.sensors.glue_crawl import GlueCrawlSensor
from tests.unit.hooks.scripted_glue import CRAWLER, NINE, ScriptedCrawl, ScriptedGlue, client_error, moment
from tests.unit.operators.driving import TaskStore, fire, make_context, run

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])


def make_arguments(**overrides: Any) -> dict[str, Any]:
    """Return the arguments of a sensor that looks as often as it can."""
    return {
        "crawler_name": CRAWLER,
        "data_as_of": moment(NINE).isoformat(),
        "aws_conn_id": None,
        "waiter_delay": 0,
        "timeout": 20,
        **overrides,
    }


def make_sensor(**overrides: Any) -> GlueCrawlSensor:
    """Build a sensor."""
    return GlueCrawlSensor(task_id="task", **make_arguments(**overrides))


def outcome(glue: ScriptedGlue, context: Any = None, **overrides: Any) -> Any:
    """Run the task and return its value, or its error."""
    with glue.installed():
        try:
            return run(GlueCrawlSensor, make_arguments(**overrides), context)[0]
        except (LineageError, AirflowSensorTimeout) as error:
            return error


class TestResult:
    @BOTH
    @pytest.mark.parametrize("started", [NINE - 600, NINE + 15], ids=["there already", "comes"])
    def test_is_what_the_operator_returns(self, started: float, deferrable: bool) -> None:
        as_of = started - 5
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", started)])

        found = outcome(glue, data_as_of=moment(as_of), deferrable=deferrable)

        assert found == {
            "crawler_name": "sales",
            "crawl_id": "theirs",
            "state": "COMPLETED",
            "joined": True,
            "data_as_of": moment(as_of).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "started_at": moment(started).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "ended_at": moment(started + 60).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "tables": {"added": ["db.orders"], "updated": [], "deleted": []},
            "dpu_hours": 0.1,
            "log_group": "/aws-glue/crawlers",
            "log_stream": "sales",
            "database": "db",
        }

    @BOTH
    def test_is_the_first_crawl_however_late_one_looks(self, deferrable: bool) -> None:
        crawls = [ScriptedCrawl(f"{number}", NINE + 100 * number) for number in range(3)]

        found = outcome(ScriptedGlue(now=NINE + 900, crawls=crawls), deferrable=deferrable)

        assert found["crawl_id"] == "0"

    @BOTH
    @pytest.mark.parametrize("state", ["FAILED", "STOPPED"])
    def test_passes_over_a_crawl_that_did_not_complete(self, state: str, deferrable: bool) -> None:
        crawls = [ScriptedCrawl("first", NINE + 5, state=state), ScriptedCrawl("second", NINE + 100)]

        found = outcome(ScriptedGlue(crawls=crawls), deferrable=deferrable)

        assert found["crawl_id"] == "second"

    @BOTH
    @pytest.mark.parametrize("state, error", [("FAILED", CrawlFailedError), ("STOPPED", CrawlStoppedError)])
    def test_fails_with_the_first_crawl_if_told_to(
        self, state: str, error: type[CrawlFailedError | CrawlStoppedError], deferrable: bool
    ) -> None:
        crawls = [
            ScriptedCrawl("first", NINE + 5, state=state, message="no access"),
            ScriptedCrawl("second", NINE + 100),
        ]

        found = outcome(ScriptedGlue(crawls=crawls), deferrable=deferrable, fail_on_crawl_failure=True)

        assert isinstance(found, error)
        assert (found.crawl_id, found.message) == ("first", "no access")
        assert found.log_url.startswith("https://eu-central-1.console.aws.amazon.com/cloudwatch/")

    @BOTH
    @pytest.mark.parametrize("started", [NINE - 7 * 86_400, NINE - 1], ids=["last week", "a second before"])
    def test_takes_no_crawl_from_before_the_data(self, started: float, deferrable: bool) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("stale", started)])

        found = outcome(glue, timeout=0.05, deferrable=deferrable)

        assert type(found) is AirflowSensorTimeout
        assert str(found) == (
            "No crawl of 'sales' that started at or after 2025-06-04T09:00:00.000Z completed within 0 s "
            "(last seen: no such crawl yet). See who starts the crawler (its schedule, a trigger, another "
            "DAG), or raise timeout."
        )

    @BOTH
    def test_starts_and_changes_nothing(self, deferrable: bool) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE + 15)])

        outcome(glue, deferrable=deferrable)

        assert set(glue.calls) <= {"GetCrawler", "BatchGetCrawlers", "GetCrawlerMetrics", "ListCrawls"}


class TestTrouble:
    @BOTH
    def test_a_missing_right_is_named(self, deferrable: bool) -> None:
        glue = ScriptedGlue()
        glue.faults["list_crawls"] = [client_error("ListCrawls", "AccessDeniedException", "not authorized")]

        found = outcome(glue, deferrable=deferrable)

        assert (type(found), found.operation) == (PermissionDeniedError, "ListCrawls")

    @pytest.mark.parametrize("event", [None, {}, {"status": "ended"}, {"status": "ended", "crawl": {}}])
    def test_refuses_an_event_that_is_not_its_triggers(self, event: Any) -> None:
        sensor = make_sensor()

        with pytest.raises(InvalidArgumentError, match="event"):
            sensor.execute_complete(make_context(sensor), event=event)


class TestArguments:
    @BOTH
    @pytest.mark.parametrize("argument, value", [("data_as_of", "{{ ts }}"), ("crawler_name", "")])
    def test_names_the_argument_that_cannot_work_before_any_call(
        self, argument: str, value: str, deferrable: bool
    ) -> None:
        glue = ScriptedGlue()

        found = outcome(glue, deferrable=deferrable, **{argument: value})

        assert (type(found), found.argument, found.value) == (InvalidArgumentError, argument, value)
        assert not glue.calls

    def test_has_templates_for_what_changes_from_run_to_run(self) -> None:
        wanted = {"aws_conn_id", "crawler_name", "data_as_of", "event_queue_url", "region_name", "verify"}

        assert set(GlueCrawlSensor.template_fields) == wanted

    def test_the_trigger_gets_the_connection_arguments(self) -> None:
        given = {
            "aws_conn_id": "my_aws",
            "region_name": "eu-west-1",
            "verify": False,
            "botocore_config": {"retries": {"max_attempts": 3}},
        }
        sensor = make_sensor(deferrable=True, timeout=60, waiter_delay=7, **given)

        with ScriptedGlue().installed(), pytest.raises(TaskDeferred) as deferred:
            sensor.execute(make_context(sensor))

        _, kwargs = deferred.value.trigger.serialize()
        assert {name: kwargs[name] for name in given} == given
        assert (kwargs["timeout"], kwargs["waiter_delay"]) == (60, 7)
        assert abs(kwargs["deadline"] - time.time() - 60) < 10


class TestDefaultDataAsOf:
    def now(self) -> ScriptedGlue:
        """Return an idle crawler whose last crawl was a moment ago."""
        now = datetime.now(tz=UTC).timestamp()
        return ScriptedGlue(
            now=now, crawls=[ScriptedCrawl("stale", now - 3), ScriptedCrawl("next", now + 90)]
        )

    @BOTH
    def test_is_the_start_of_the_task(self, deferrable: bool) -> None:
        assert outcome(self.now(), data_as_of=None, deferrable=deferrable)["crawl_id"] == "next"

    def test_stays_that_of_the_first_poke(self) -> None:
        store, glue = TaskStore(), self.now()
        first = make_sensor(data_as_of=None)
        later = datetime.now(tz=UTC) + timedelta(hours=1)

        with glue.installed():
            assert not first.poke(make_context(first, store=store))
            glue.now += 600
            second = make_sensor(data_as_of=None)
            found: Any = second.poke(make_context(second, store=store, start_date=later)).xcom_value

        assert found["crawl_id"] == "next"

    def test_is_the_first_reschedule_where_nothing_is_remembered(self) -> None:
        now = datetime.now(tz=UTC)
        crawls = [ScriptedCrawl("stale", now.timestamp() - 700), ScriptedCrawl("next", now.timestamp() - 500)]
        sensor = make_sensor(data_as_of=None)
        context = make_context(sensor, start_date=now)
        context["ti"].get_first_reschedule_date = lambda _: now - timedelta(seconds=600)

        with ScriptedGlue(now=now.timestamp(), crawls=crawls).installed():
            found: Any = sensor.poke(context).xcom_value

        assert found["crawl_id"] == "next"


class TestDeferral:
    def test_does_not_defer_for_a_crawl_that_is_over(self) -> None:
        with ScriptedGlue(now=NINE + 100, crawls=[ScriptedCrawl("theirs", NINE + 5)]).installed():
            _, deferrals = run(GlueCrawlSensor, make_arguments(deferrable=True))

        assert deferrals == 0

    def test_goes_on_where_the_first_look_was_throttled(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE + 5)])
        glue.faults["get_crawler"] = [client_error("GetCrawler", "ThrottlingException", "Rate exceeded")]

        found = outcome(glue, deferrable=True)

        assert (found["crawl_id"], found["tables"]["added"]) == ("theirs", ["db.orders"])

    def test_goes_on_after_an_error_if_told_to(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE + 15)])
        denied = client_error("BatchGetCrawlers", "AccessDeniedException", "not authorized")
        glue.faults["batch_get_crawlers"] = [denied]

        assert outcome(glue, deferrable=True, silent_fail=True)["crawl_id"] == "theirs"

    def test_the_trigger_hands_over_what_another_process_can_go_on_with(self) -> None:
        sensor = make_sensor(deferrable=True)
        with ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE + 15)]).installed():
            with pytest.raises(TaskDeferred) as deferred:
                sensor.execute(make_context(sensor))
            event = fire(deferred.value.trigger)

            other = make_sensor(crawler_name="rendered differently", data_as_of=None)
            found = other.execute_complete(make_context(other), event=event)

        assert (found["crawler_name"], found["data_as_of"]) == ("sales", "2025-06-04T09:00:00.000Z")


class TestLinks:
    @BOTH
    def test_lead_to_the_crawler_and_to_the_log(self, deferrable: bool) -> None:
        sensor = make_sensor(deferrable=deferrable)
        context = make_context(sensor)

        outcome(ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE + 15)]), context, deferrable=deferrable)

        assert "crawlers/view/sales" in context["ti"].pushed["glue_crawler"]
        assert "theirs" in context["ti"].pushed["glue_crawl_log"]

    def test_lead_to_the_log_of_a_crawl_that_still_runs(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE, seconds=3600)])
        sensor = make_sensor()
        context = make_context(sensor)

        with glue.installed():
            assert not sensor.poke(context)

        assert "crawlers/view/sales" in context["ti"].pushed["glue_crawler"]
        assert "theirs" in context["ti"].pushed["glue_crawl_log"]

    def test_lead_to_the_crawler_alone_while_there_is_no_such_crawl(self) -> None:
        sensor = make_sensor()
        context = make_context(sensor)

        with ScriptedGlue(crawls=[ScriptedCrawl("old", NINE - 600)]).installed():
            assert not sensor.poke(context)

        assert set(context["ti"].pushed) == {"glue_crawler"}

    def test_lead_to_the_log_of_a_crawl_that_failed(self) -> None:
        glue = ScriptedGlue(crawls=[ScriptedCrawl("theirs", NINE - 600, state="FAILED")])
        context = make_context(make_sensor())

        found = outcome(glue, context, data_as_of=moment(NINE - 605), fail_on_crawl_failure=True)

        assert isinstance(found, CrawlFailedError)
        assert "theirs" in context["ti"].pushed["glue_crawl_log"]
