"""Posting a lineage event, without Airflow's processes, on a double of the AWS client."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, TaskDeferred
from jinja2 import Environment

from airflow_lineage_provider.exceptions import (
    CatalogTimeoutError,
    InvalidArgumentError,
    InvalidEventError,
    LineageError,
    LineageEventFailedError,
    PermissionDeniedError,
)
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.operators.datazone import DataZonePostLineageEventOperator
from tests.unit.hooks.scripted_answers import Answer, ScriptedAnswers
from tests.unit.operators.driving import make_context, run

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
DOMAIN = "dzd-abc123"
NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)
GONE = "ResourceNotFoundException"


def make_event(**overrides: Any) -> dict[str, Any]:
    """Build a run event."""
    return {
        "eventType": "COMPLETE",
        "eventTime": "2025-06-04T12:00:00Z",
        "run": {"runId": "run-1"},
        "job": {"namespace": "jobs", "name": "load"},
        "inputs": [{"namespace": "s3://raw", "name": "orders"}],
        "outputs": [{"namespace": "s3://clean", "name": "orders"}],
        **overrides,
    }


def wide_event() -> dict[str, Any]:
    """Build a run event that is too large."""
    fields = [{"name": f"column_{number:04}", "type": "string"} for number in range(2000)]
    datasets = [
        {"namespace": "s3://clean", "name": f"t{number}", "facets": {"schema": {"fields": fields}}}
        for number in range(8)
    ]
    return make_event(outputs=datasets)


def state(status: str) -> Answer:
    """Return an event in a state."""
    return {"processingStatus": status, "eventTime": NOON, "createdAt": NOON}


def make_client(monkeypatch: pytest.MonkeyPatch, **answers: list[Answer]) -> ScriptedAnswers:
    """Put a client in the place of every hook's."""
    usual: dict[str, list[Answer]] = {
        "post_lineage_event": [{"id": f"event{number}"} for number in range(1, 9)],
        "get_lineage_event": [GONE, state("PROCESSING"), state("SUCCESS")],
    }
    client = ScriptedAnswers(**{**usual, **answers})
    monkeypatch.setattr(DataZoneHook, "conn", client)
    return client


def arguments(**overrides: Any) -> dict[str, Any]:
    """Return arguments of a task that does not have to be waited for by the clock."""
    return {
        "domain_identifier": DOMAIN,
        "event": make_event(),
        "waiter_delay": 0.001,
        "timeout": 30,
        "aws_conn_id": None,
        "region_name": "us-east-1",
        **overrides,
    }


def posted(client: ScriptedAnswers) -> list[tuple[str, bytes]]:
    """Return token and body of what was posted."""
    return [
        (asked["clientToken"], asked["event"])
        for method, asked in client.asked
        if method == "post_lineage_event"
    ]


class TestResult:
    @BOTH
    def test_has_the_promised_shape(self, monkeypatch: pytest.MonkeyPatch, deferrable: bool) -> None:
        client = make_client(monkeypatch)

        result, deferrals = run(DataZonePostLineageEventOperator, arguments(deferrable=deferrable))

        ((_, body),) = posted(client)
        assert json.loads(body) == make_event()
        assert deferrals == int(deferrable)
        assert result == {
            "domain_id": DOMAIN,
            "event_ids": ["event1"],
            "status": "SUCCESS",
            "events": [{"event_id": "event1", "status": "SUCCESS", "bytes": len(body)}],
            "job": {"namespace": "jobs", "name": "load"},
            "run_id": "run-1",
            "node_identifier": "jobs.load/run-1",
        }

    @BOTH
    def test_lists_the_parts_of_a_large_event(
        self, monkeypatch: pytest.MonkeyPatch, deferrable: bool
    ) -> None:
        client = make_client(monkeypatch)

        result, _ = run(
            DataZonePostLineageEventOperator, arguments(event=wide_event(), deferrable=deferrable)
        )

        bodies = [body for _, body in posted(client)]
        assert len(bodies) > 1
        assert max(map(len, bodies)) <= 300_000
        assert [each["bytes"] for each in result["events"]] == list(map(len, bodies))
        assert len({token for token, _ in posted(client)}) == len(bodies)

    def test_is_there_at_once_when_it_is_not_to_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = make_client(monkeypatch)

        result, deferrals = run(
            DataZonePostLineageEventOperator, arguments(wait_for_completion=False, deferrable=True)
        )

        assert (result["status"], deferrals, client.times("get_lineage_event")) == ("REQUESTED", 0, 0)

    def test_is_made_of_json_text_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = make_client(monkeypatch)

        run(DataZonePostLineageEventOperator, arguments(event=json.dumps(make_event())))

        assert json.loads(posted(client)[0][1]) == make_event()


class TestFailure:
    @pytest.mark.parametrize(
        "answers, timeout",
        [
            pytest.param([GONE, state("FAILED")], 30, id="failed"),
            pytest.param([GONE, state("PROCESSING")], 0.2, id="too slow"),
            pytest.param([GONE, "AccessDeniedException"], 30, id="may not be read any more"),
            pytest.param([GONE, "ThrottlingException", state("SUCCESS")], 30, id="throttled"),
        ],
    )
    def test_is_the_same_in_the_worker_and_deferred(
        self, monkeypatch: pytest.MonkeyPatch, answers: list[Answer], timeout: float
    ) -> None:
        outcomes: list[Any] = []
        for deferrable in (False, True):
            make_client(monkeypatch, get_lineage_event=list(answers))
            try:
                outcomes.append(
                    run(DataZonePostLineageEventOperator, arguments(deferrable=deferrable, timeout=timeout))[
                        0
                    ]
                )
            except LineageError as error:
                outcomes.append(error)

        assert outcomes[0] == outcomes[1]

    @BOTH
    def test_names_the_event(self, monkeypatch: pytest.MonkeyPatch, deferrable: bool) -> None:
        make_client(monkeypatch, get_lineage_event=[GONE, state("FAILED")])

        with pytest.raises(LineageEventFailedError, match="event1"):
            run(DataZonePostLineageEventOperator, arguments(deferrable=deferrable))

    def test_says_in_which_state_an_event_stayed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make_client(monkeypatch, get_lineage_event=[GONE, state("PROCESSING")])

        with pytest.raises(CatalogTimeoutError, match=r"event1 of domain .* still PROCESSING"):
            run(DataZonePostLineageEventOperator, arguments(timeout=0.1))

    def test_says_that_the_service_did_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make_client(monkeypatch, get_lineage_event=["ThrottlingException"])

        with pytest.raises(CatalogTimeoutError, match="not posted, not accepted, after 0 s"):
            run(DataZonePostLineageEventOperator, arguments(timeout=0.1))

    def test_posts_nothing_that_it_could_not_watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = make_client(monkeypatch, get_lineage_event=["AccessDeniedException"])

        with pytest.raises(PermissionDeniedError, match="get_lineage_event"):
            run(DataZonePostLineageEventOperator, arguments())

        assert posted(client) == []


class TestRetries:
    @staticmethod
    def retry(try_number: int, **overrides: Any) -> Any:
        """Run one try."""
        given = arguments(**overrides)
        operator = DataZonePostLineageEventOperator(task_id="task", **given)
        return run(DataZonePostLineageEventOperator, given, make_context(operator, try_number=try_number))[0]

    def test_use_the_token_of_the_first_try(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = make_client(monkeypatch)
        self.retry(1)
        second = make_client(monkeypatch)

        self.retry(2)

        assert posted(second) == posted(first)

    def test_post_anew_only_what_failed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = make_client(
            monkeypatch, get_lineage_event=[GONE, state("FAILED"), state("PROCESSING"), state("SUCCESS")]
        )

        result = self.retry(2)

        (first, _), (second, _) = posted(client)
        assert first != second
        assert result["event_ids"] == ["event2"]

    def test_go_on_with_what_an_earlier_retry_posted_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = make_client(
            monkeypatch, get_lineage_event=[GONE, state("FAILED"), state("PROCESSING"), state("SUCCESS")]
        )

        result = self.retry(3)

        assert len(posted(client)) == 2
        assert result["event_ids"] == ["event2"]

    def test_of_other_events_and_other_tasks_have_other_tokens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tokens = set()
        for overrides in ({}, {"event": make_event(eventType="FAIL")}, {"domain_identifier": "dzd-other"}):
            client = make_client(monkeypatch)
            self.retry(1, **overrides)
            tokens |= {token for token, _ in posted(client)}
        client = make_client(monkeypatch)
        run(DataZonePostLineageEventOperator, arguments(), {})
        tokens |= {token for token, _ in posted(client)}

        assert len(tokens) == 4

    def test_keep_the_token_when_members_of_the_event_stand_in_the_same_order(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = make_client(monkeypatch)
        self.retry(1)
        other = make_client(monkeypatch)
        self.retry(1, event=json.dumps(make_event(), indent=2))

        assert posted(one) == posted(other)


class TestArguments:
    @pytest.mark.parametrize(
        "overrides, error",
        [
            pytest.param({"domain_identifier": "{{ x }}"}, InvalidArgumentError, id="template"),
            pytest.param({"event": None}, InvalidArgumentError, id="no event"),
            pytest.param({"event": {}}, InvalidArgumentError, id="empty event"),
            pytest.param({"event": [make_event()]}, InvalidArgumentError, id="a list"),
            pytest.param({"timeout": -1}, InvalidArgumentError, id="negative time"),
            pytest.param({"event": make_event(run={})}, InvalidEventError, id="no run id"),
            pytest.param({"event": "{"}, InvalidEventError, id="no JSON"),
        ],
    )
    def test_that_cannot_work_are_named_before_any_call(
        self, monkeypatch: pytest.MonkeyPatch, overrides: dict[str, Any], error: type[Exception]
    ) -> None:
        client = make_client(monkeypatch)

        with pytest.raises(error):
            run(DataZonePostLineageEventOperator, arguments(**overrides))

        assert client.asked == []

    def test_never_show_the_event_in_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make_client(monkeypatch)

        with pytest.raises(InvalidArgumentError) as caught:
            run(DataZonePostLineageEventOperator, arguments(event=[make_event(producer="secret")]))

        assert "secret" not in str(caught.value)

    def test_leave_nothing_behind_that_is_needed_after_a_deferral(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_client(monkeypatch)
        operator = DataZonePostLineageEventOperator(task_id="task", **arguments(deferrable=True))

        with pytest.raises(TaskDeferred) as caught:
            operator.execute(make_context(operator))

        assert not caught.value.kwargs


class TestTemplates:
    """What becomes of the texts of an event."""

    @staticmethod
    def render(texts: dict[str, str], *, native: bool = False) -> dict[str, Any]:
        """Render an event with a job facet of some texts, in a DAG; return the facet."""
        with DAG("dag", schedule=None, render_template_as_native_obj=native):
            operator = DataZonePostLineageEventOperator(
                task_id="post",
                domain_identifier=DOMAIN,
                event=make_event(job={"namespace": "jobs", "name": "load", "facets": {"texts": texts}}),
            )
        context: Any = {"ds": "2025-06-04", "number": 3}
        operator.render_template_fields(context)
        rendered: Any = operator.event
        facet: dict[str, Any] = rendered["job"]["facets"]["texts"]
        return facet

    def test_are_rendered_wherever_they_are(self) -> None:
        texts = {"day": "day {{ ds }}", "block": "{% if number == 3 %}three{% endif %}"}

        assert self.render(texts) == {"day": "day 2025-06-04", "block": "three"}

    def test_without_marks_are_kept_to_the_letter(self) -> None:
        texts = {"sql": "select 1\r\n-- {x}\n", "url": "https://openlineage.io/spec#/$defs/Run", "n": "5"}

        assert self.render(texts) == texts

    def test_become_objects_where_the_dag_wants_that(self) -> None:
        rendered = self.render({"plain": "5", "rendered": "{{ number }}"}, native=True)

        assert rendered == {"plain": 5, "rendered": 3}

    def test_without_marks_are_not_compiled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        compiled: list[Any] = []
        real = Environment.from_string

        def compile_noted(env: Environment, source: Any, *rest: Any) -> Any:
            compiled.append(source)
            return real(env, source, *rest)

        monkeypatch.setattr(Environment, "from_string", compile_noted)

        self.render({"day": "{{ ds }}", "other": "a text"})

        assert compiled == ["{{ ds }}"]
