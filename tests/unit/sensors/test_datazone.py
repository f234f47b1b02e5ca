"""The sensors for lineage events and nodes, on a double of the AWS client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSensorTimeout

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    LineageError,
    LineageEventFailedError,
    PermissionDeniedError,
)
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.sensors.datazone import DataZoneLineageEventSensor, DataZoneLineageNodeSensor
from tests.unit.hooks.scripted_answers import Answer, ScriptedAnswers
from tests.unit.operators.driving import run

BOTH = pytest.mark.parametrize("deferrable", [False, True], ids=["in the worker", "deferred"])
DOMAIN = "dzd-abc123"
NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)
GONE = "ResourceNotFoundException"
TABLE = "arn:aws:glue:us-east-1:123456789012:table/db/orders"
NODE = {"id": "table", "sourceIdentifier": TABLE, "typeName": "DatasetLineageNodeType"}


def event(status: str) -> Answer:
    """Return an event in a state."""
    return {"processingStatus": status, "eventTime": NOON, "createdAt": NOON}


def outcome(sensor: type[Any], monkeypatch: pytest.MonkeyPatch, answers: Any, **overrides: Any) -> Any:
    """Run a sensor on scripted answers; return its value or its error."""
    monkeypatch.setattr(DataZoneHook, "conn", ScriptedAnswers(**answers))
    arguments = {
        "domain_identifier": DOMAIN,
        "waiter_delay": 0.001,
        "timeout": 30,
        "aws_conn_id": None,
        "region_name": "us-east-1",
        **overrides,
    }
    try:
        return run(sensor, arguments)[0]
    except (LineageError, AirflowSensorTimeout) as error:
        return error


class TestDataZoneLineageEventSensor:
    """Events that are processed."""

    @BOTH
    @pytest.mark.parametrize(
        "given", ["event1", ["event1"], {"event_ids": ["event1"]}], ids=["one", "a list", "a result"]
    )
    def test_returns_the_events(self, monkeypatch: pytest.MonkeyPatch, given: Any, deferrable: bool) -> None:
        answers = {"get_lineage_event": [event("REQUESTED"), event("PROCESSING"), event("SUCCESS")]}

        found = outcome(
            DataZoneLineageEventSensor, monkeypatch, answers, event_identifier=given, deferrable=deferrable
        )

        assert found == {
            "domain_id": DOMAIN,
            "events": [
                {
                    "event_id": "event1",
                    "status": "SUCCESS",
                    "event_time": "2025-06-04T12:00:00.000Z",
                    "created_at": "2025-06-04T12:00:00.000Z",
                }
            ],
        }

    @BOTH
    def test_names_the_events_that_failed(self, monkeypatch: pytest.MonkeyPatch, deferrable: bool) -> None:
        answers = {"get_lineage_event": [event("FAILED")]}

        error = outcome(
            DataZoneLineageEventSensor,
            monkeypatch,
            answers,
            event_identifier=["event1", "event2"],
            deferrable=deferrable,
        )

        assert error == LineageEventFailedError(domain_id=DOMAIN, event_ids=["event1", "event2"])

    @BOTH
    def test_says_in_which_state_an_event_stayed(
        self, monkeypatch: pytest.MonkeyPatch, deferrable: bool
    ) -> None:
        answers = {"get_lineage_event": [event("PROCESSING")]}

        error = outcome(
            DataZoneLineageEventSensor,
            monkeypatch,
            answers,
            event_identifier="event1",
            deferrable=deferrable,
            timeout=0.2,
        )

        assert isinstance(error, AirflowSensorTimeout)
        assert "Lineage event event1 of domain 'dzd-abc123' was still PROCESSING, not processed" in str(error)

    @BOTH
    def test_names_a_missing_permission(self, monkeypatch: pytest.MonkeyPatch, deferrable: bool) -> None:
        answers: Any = {"get_lineage_event": [event("REQUESTED"), "AccessDeniedException"]}

        error = outcome(
            DataZoneLineageEventSensor,
            monkeypatch,
            answers,
            event_identifier="event1",
            deferrable=deferrable,
        )

        assert isinstance(error, PermissionDeniedError)

    @BOTH
    def test_passes_over_errors_if_it_is_told_to(
        self, monkeypatch: pytest.MonkeyPatch, deferrable: bool
    ) -> None:
        answers: Any = {"get_lineage_event": [event("REQUESTED"), "AccessDeniedException", event("SUCCESS")]}

        found = outcome(
            DataZoneLineageEventSensor,
            monkeypatch,
            answers,
            event_identifier="event1",
            deferrable=deferrable,
            silent_fail=True,
        )

        assert found["events"][0]["status"] == "SUCCESS"

    @pytest.mark.parametrize("given", ["", "{{ x }}", [], {"ids": []}, None, ["ok", "a/b"]])
    def test_names_a_bad_argument_before_any_call(self, monkeypatch: pytest.MonkeyPatch, given: Any) -> None:
        error = outcome(DataZoneLineageEventSensor, monkeypatch, {}, event_identifier=given)

        assert isinstance(error, InvalidArgumentError)
        assert error.argument == "event_identifier"


class TestDataZoneLineageNodeSensor:
    """A node, an edge, a crawl."""

    @BOTH
    def test_returns_the_node(self, monkeypatch: pytest.MonkeyPatch, deferrable: bool) -> None:
        answers: Any = {"get_lineage_node": [GONE, GONE, NODE]}

        found = outcome(
            DataZoneLineageNodeSensor,
            monkeypatch,
            answers,
            node_identifier=TABLE,
            deferrable=deferrable,
        )

        assert (found["node_id"], found["source_identifier"]) == ("table", TABLE)

    @BOTH
    def test_waits_for_the_edge_and_the_crawl(
        self, monkeypatch: pytest.MonkeyPatch, deferrable: bool
    ) -> None:
        run_node = {
            "id": "run",
            "sourceIdentifier": "glue_crawler.sales/crawl1",
            "typeName": "JobRunLineageNodeType",
            "upstreamLineageNodeIds": ["source"],
            "downstreamLineageNodeIds": ["table"],
        }
        source = {"id": "source", "sourceIdentifier": "s3://raw/orders", "typeName": "Dataset"}
        answers = {
            "get_lineage_node": [NODE],
            "query_graph": [
                {"items": []},
                {"items": []},
                {"items": [{"lineageNode": run_node}, {"lineageNode": source}]},
            ],
        }

        found = outcome(
            DataZoneLineageNodeSensor,
            monkeypatch,
            answers,
            node_identifier=TABLE,
            upstream_identifier="s3://raw/orders",
            crawl_id={"crawl_id": "crawl1"},
            deferrable=deferrable,
        )

        assert (found["upstream"]["node_id"], found["run"]["node_id"]) == ("source", "run")

    @BOTH
    def test_says_what_was_missing(self, monkeypatch: pytest.MonkeyPatch, deferrable: bool) -> None:
        answers = {"get_lineage_node": [NODE], "query_graph": [{"items": []}]}

        error = outcome(
            DataZoneLineageNodeSensor,
            monkeypatch,
            answers,
            node_identifier=TABLE,
            crawl_id="crawl1",
            deferrable=deferrable,
            timeout=0.2,
        )

        assert isinstance(error, AirflowSensorTimeout)
        assert "was still there without crawl crawl1" in str(error)

    @pytest.mark.parametrize(
        "overrides, argument",
        [
            pytest.param({"node_identifier": ""}, "node_identifier", id="nothing"),
            pytest.param({"node_identifier": "x" * 2087}, "node_identifier", id="too long"),
            pytest.param({"upstream_identifier": "{{ up }}"}, "upstream_identifier", id="template"),
            pytest.param({"crawl_id": {"state": "RUNNING"}}, "crawl_id", id="no crawl"),
            pytest.param({"domain_identifier": "mine"}, "domain_identifier", id="no domain"),
        ],
    )
    def test_names_a_bad_argument_before_any_call(
        self, monkeypatch: pytest.MonkeyPatch, overrides: dict[str, Any], argument: str
    ) -> None:
        error = outcome(DataZoneLineageNodeSensor, monkeypatch, {}, **{"node_identifier": TABLE, **overrides})

        assert isinstance(error, InvalidArgumentError)
        assert error.argument == argument
