"""The lineage operators on snapshots, without Airflow's processes and without AWS."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, BaseOperator

from airflow_lineage_provider.exceptions import (
    ExpectationViolatedError,
    InvalidArgumentError,
    InvalidExpectationError,
    SchemaChangedError,
    SnapshotNotFoundError,
)
from airflow_lineage_provider.lineage.events import RunEvent, graph_from_events
from airflow_lineage_provider.lineage.expectations import (
    AllColumnsTraced,
    CrawledBy,
    FreshWithin,
    HasOrigin,
    OnlyUpstreams,
    SchemaCompatible,
)
from airflow_lineage_provider.lineage.schema_compat import MODES
from airflow_lineage_provider.lineage.snapshot import Snapshot
from airflow_lineage_provider.operators.lineage import (
    LineageDiffOperator,
    LineageExtractOperator,
    LineageVerifyOperator,
)
from tests.unit.lineage.builders import (
    ACCOUNT,
    CLICKS,
    CLICKS_SOURCE,
    CRAWL,
    CRAWLER,
    ORDERS,
    ORDERS_SOURCE,
    REGION,
    STARTED,
    make_crawl_event,
    make_crawl_fact,
    make_import_fact,
    make_snapshot,
)
from tests.unit.operators.driving import run

LATER = "00000000-0000-4000-8000-000000000002"
CRAWL_RESULT: dict[str, Any] = {
    "crawler_name": CRAWLER,
    "crawl_id": CRAWL,
    "state": "COMPLETED",
    "started_at": "2025-06-04T09:30:00.000Z",
    "ended_at": "2025-06-04T09:31:12.000Z",
    "data_as_of": "2025-06-04T09:29:00.000Z",
    "tables": {"added": ["lab_db.clickstream"], "updated": [], "deleted": []},
}


def make_recrawled(columns: Mapping[str, str] | None = None, **overrides: Any) -> Snapshot:
    """Return a snapshot after another crawl of the orders table; ``columns`` maps to source columns."""
    columns = columns or {
        "order_id": "order_id",
        "customersegment": "customerSegment",
        "conversionsource": "conversionSource",
    }
    events: list[RunEvent] = [
        make_crawl_event(crawl_id=LATER, time="2025-06-04T10:31:12Z"),
        make_crawl_event(ORDERS, ORDERS_SOURCE, columns, crawl_id=LATER, time="2025-06-04T10:31:12Z"),
    ]
    graph = graph_from_events(events, caller_region=REGION, caller_account=ACCOUNT)
    return make_snapshot(graph, **overrides)


def verify(lineage: Snapshot | None = None, /, **overrides: Any) -> dict[str, Any]:
    """Run the operator that verifies, on a snapshot."""
    given = {"snapshot": (lineage or make_snapshot()).to_dict(), "aws_conn_id": None, **overrides}
    result: dict[str, Any] = run(LineageVerifyOperator, given)[0]
    return result


def reasons(caught: pytest.ExceptionInfo[ExpectationViolatedError]) -> list[tuple[str, str]]:
    """Return type and reason of every violation."""
    return [(each["expectation"]["type"], each["reason"]) for each in caught.value.violations]


class TestLineageVerifyOperator:
    """Expectations on a snapshot."""

    def test_tells_what_it_verified(self) -> None:
        result = verify(
            expectations=[
                HasOrigin(str(CLICKS), str(CLICKS_SOURCE)),
                {"type": "all_columns_traced", "subject": str(ORDERS)},
            ],
            crawl=CRAWL_RESULT,
        )

        assert result == {
            "verified": True,
            "expectations": 4,
            "tables": ["lab_db.clickstream", "lab_db.ordertransactiontable"],
            "crawls": [CRAWL],
        }

    def test_lists_every_broken_expectation_with_reason_and_advice(self) -> None:
        expectations = [
            HasOrigin("lab_db.clickstream", "s3://other/place"),
            AllColumnsTraced("lab_db.clickstream"),
            CrawledBy("lab_db.ordertransactiontable", "another-crawler"),
        ]

        with pytest.raises(ExpectationViolatedError) as caught:
            verify(expectations=expectations)

        assert reasons(caught) == [("has_origin", "NODE_MISSING"), ("crawled_by", "NOT_CRAWLED")]
        assert "[NODE_MISSING]" in str(caught.value)
        assert "Crawl and import again" in str(caught.value)

    def test_expects_the_given_crawl_of_the_tables_of_its_crawler(self) -> None:
        result = {**CRAWL_RESULT, "crawl_id": LATER, "tables": None}

        with pytest.raises(ExpectationViolatedError) as caught:
            verify(crawl=result)

        assert reasons(caught) == [("crawled_by", "WRONG_CRAWL")] * 2

    def test_expects_the_given_crawl_of_every_named_table(self) -> None:
        result = {**CRAWL_RESULT, "crawler_name": "another-crawler"}

        with pytest.raises(ExpectationViolatedError) as caught:
            verify(crawl=result, tables=["lab_db.ordertransactiontable"])

        assert reasons(caught) == [("crawled_by", "NOT_CRAWLED")]

    def test_does_not_expect_the_crawl_of_tables_another_crawler_made(self) -> None:
        elsewhere = make_crawl_event(ORDERS, ORDERS_SOURCE, {"a": "a"}, crawl_id=LATER).to_dict()
        elsewhere["job"] = {"namespace": "glue_crawler", "name": "another-crawler"}
        from airflow_lineage_provider.lineage.events import parse_run_event

        graph = graph_from_events(
            [make_crawl_event(), parse_run_event(elsewhere)], caller_region=REGION, caller_account=ACCOUNT
        )

        assert verify(make_snapshot(graph), crawl=CRAWL_RESULT)["expectations"] == 1

    def test_expects_the_crawl_of_all_tables_when_its_crawler_made_none(self) -> None:
        result = {**CRAWL_RESULT, "crawler_name": "another-crawler", "tables": {"added": []}}

        with pytest.raises(ExpectationViolatedError) as caught:
            verify(crawl=result)

        assert reasons(caught) == [("crawled_by", "NOT_CRAWLED")] * 2

    def test_fails_when_the_crawl_started_before_the_data_was_written(self) -> None:
        with pytest.raises(ExpectationViolatedError) as caught:
            verify(data_as_of=STARTED + timedelta(seconds=1))

        assert reasons(caught) == [("fresh_within", "STALE_CRAWL")] * 2

    def test_holds_when_the_crawl_started_at_the_time_of_the_data(self) -> None:
        assert verify(data_as_of=STARTED.isoformat())["expectations"] == 2

    @pytest.mark.parametrize(
        "overrides, reason",
        [
            pytest.param({"lineage_import_on": False}, "LINEAGE_IMPORT_OFF", id="import off"),
            pytest.param(
                {"imports": (make_import_fact(event_status="FAILED", error="x"),)},
                "EVENT_FAILED",
                id="failed",
            ),
            pytest.param(
                {"imports": (make_import_fact(event_status="PROCESSING"),)},
                "EVENT_NOT_PROCESSED",
                id="not done",
            ),
            pytest.param(
                {
                    "imports": (
                        make_import_fact(event_status="FAILED", event_id=None, error="more than 250 tables"),
                    )
                },
                "OVER_250_TABLES",
                id="too many tables",
            ),
        ],
    )
    def test_fails_for_what_went_wrong_in_the_import_though_the_lineage_of_before_is_fine(
        self, overrides: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(ExpectationViolatedError) as caught:
            verify(make_snapshot(roots=(CLICKS,), **overrides), expectations=[AllColumnsTraced(str(CLICKS))])

        assert reasons(caught) == [("lineage_imported", reason)]

    def test_says_a_failed_import_once(self) -> None:
        snapshot = make_snapshot(roots=(CLICKS,), imports=(make_import_fact(event_status="FAILED"),))

        with pytest.raises(ExpectationViolatedError) as caught:
            verify(snapshot, expectations=[HasOrigin(str(CLICKS), "s3://other/place")])

        assert reasons(caught) == [("has_origin", "EVENT_FAILED")]

    def test_takes_a_table_without_an_event_because_nothing_changed(self) -> None:
        unchanged = make_import_fact(event_id=None, event_status=None)

        assert verify(make_snapshot(roots=(CLICKS,), imports=(unchanged,)), crawl=CRAWL_RESULT)["verified"]

    def test_compares_schemas_with_earlier_snapshots(self) -> None:
        expectation = SchemaCompatible(str(ORDERS), "FULL", since="yesterday")

        with pytest.raises(ExpectationViolatedError) as caught:
            verify(
                make_recrawled(),
                expectations=[expectation],
                earlier_snapshots={"yesterday": make_snapshot().to_dict()},
            )

        assert reasons(caught) == [("schema_compatible", "SCHEMA_INCOMPATIBLE")]

    @pytest.mark.parametrize("as_result", [False, True], ids=["path", "result of the extract task"])
    def test_reads_a_snapshot_by_its_path(self, tmp_path: Path, as_result: bool) -> None:
        path = tmp_path / "snapshot.json"
        path.write_text(make_snapshot().to_json())
        given: Any = {"snapshot_path": str(path)} if as_result else str(path)

        assert verify(snapshot=given, data_as_of=STARTED)["verified"] is True

    def test_says_where_no_snapshot_is(self, tmp_path: Path) -> None:
        with pytest.raises(SnapshotNotFoundError):
            run(
                LineageVerifyOperator,
                {"snapshot_path": str(tmp_path / "none"), "data_as_of": STARTED, "aws_conn_id": None},
            )

    @pytest.mark.parametrize(
        "given, argument",
        [
            ({}, "expectations"),
            ({"expectations": []}, "expectations"),
            ({"data_as_of": "soon"}, "data_as_of"),
            ({"crawl": "crawl-1"}, "crawl"),
            ({"crawl": {"crawl_id": "c"}}, "crawl"),
            ({"crawl": {**CRAWL_RESULT, "started_at": None}}, "crawl"),
            ({"data_as_of": STARTED, "snapshot": {"a": 1}}, "snapshot"),
            ({"data_as_of": STARTED, "snapshot": None}, "tables"),
            ({"data_as_of": STARTED, "snapshot": None, "tables": "a.b"}, "domain_identifier"),
        ],
    )
    def test_names_a_bad_argument(self, given: dict[str, Any], argument: str) -> None:
        with pytest.raises(InvalidArgumentError) as caught:
            verify(**given)

        assert caught.value.argument == argument

    def test_refuses_an_expectation_whose_template_was_not_rendered(self) -> None:
        with pytest.raises(InvalidExpectationError, match="template"):
            verify(expectations=[HasOrigin("{{ params.table }}", str(CLICKS_SOURCE))])

    def test_renders_templates_inside_expectations(self) -> None:
        operator = LineageVerifyOperator(
            task_id="verify",
            expectations=[
                HasOrigin("{{ params.table }}", "s3://{{ params.bucket }}/x"),
                {"type": "fresh_within", "subject": "a.b", "data_as_of": "{{ params.time }}"},
            ],
        )

        operator.render_template_fields(
            {"params": {"table": "db.t", "bucket": "b", "time": "2025-06-04T12:00:00Z"}}
        )

        assert operator.expectations == [
            HasOrigin("db.t", "s3://b/x").to_dict(),
            FreshWithin("a.b", data_as_of=datetime(2025, 6, 4, 12, tzinfo=UTC)).to_dict(),
        ]

    def test_waits_for_the_tasks_whose_results_stand_inside_expectations(self) -> None:
        with DAG("d", schedule=None):
            crawl: Any = BaseOperator(task_id="crawl")
            verified = LineageVerifyOperator(
                task_id="verify",
                expectations=[
                    {
                        "type": "crawled_by",
                        "subject": "a.b",
                        "crawler_name": "c",
                        "crawl_id": crawl.output["crawl_id"],
                    }
                ],
            )

        assert verified.upstream_task_ids == {"crawl"}

    def test_waits_for_the_tasks_whose_results_stand_inside_expectation_objects(self) -> None:
        with DAG("d", schedule=None):
            crawl: Any = BaseOperator(task_id="crawl")
            sources: Any = BaseOperator(task_id="sources")
            verified = LineageVerifyOperator(
                task_id="verify",
                expectations=[
                    CrawledBy("a.b", "c", crawl.output["crawl_id"]),
                    OnlyUpstreams("a.b", [sources.output, "s3://b/x"]),
                ],
            )

        assert verified.upstream_task_ids == {"crawl", "sources"}

    def test_refuses_an_expectation_whose_reference_was_not_resolved(self) -> None:
        with DAG("d", schedule=None):
            crawl: Any = BaseOperator(task_id="crawl")

        with pytest.raises(InvalidExpectationError, match=r"crawled_by\.crawl_id still holds a template"):
            verify(expectations=[CrawledBy("a.b", CRAWLER, crawl.output)])

    def test_keeps_its_expectations_when_it_is_copied(self) -> None:
        operator = LineageVerifyOperator(task_id="verify", expectations=AllColumnsTraced("a.b"))

        assert copy.deepcopy(operator).expectations == [AllColumnsTraced("a.b").to_dict()]


def diff(earlier: Snapshot, later: Snapshot, /, **overrides: Any) -> dict[str, Any]:
    """Run the operator that compares, on two snapshots."""
    given = {"before": earlier.to_dict(), "after": later.to_dict(), "aws_conn_id": None, **overrides}
    result: dict[str, Any] = run(LineageDiffOperator, given)[0]
    return json.loads(json.dumps(result))  # type: ignore[no-any-return]


class TestLineageDiffOperator:
    """Two snapshots compared."""

    def test_finds_no_change_between_equal_snapshots(self) -> None:
        result = diff(make_snapshot(), make_snapshot())

        assert (result["changed"], result["changes"], result["columns"]) == (False, [], {})
        assert result["runs"] == {"added": [], "removed": []}

    def test_shows_exactly_the_columns_that_were_added(self) -> None:
        result = diff(make_snapshot(), make_recrawled())

        assert result["columns"] == {
            "lab_db.ordertransactiontable": {"added": ["conversionsource"], "removed": [], "retyped": []}
        }

    def test_keeps_new_runs_of_the_same_job_apart(self) -> None:
        result = diff(make_snapshot(), make_recrawled())

        assert {change["type"] for change in result["changes"]} == {"fields_changed", "edge_added"}
        assert [each["id"] for each in result["runs"]["added"]] == [f"glue_crawler.{CRAWLER}/{LATER}"]
        assert [each["id"] for each in result["runs"]["removed"]] == [f"glue_crawler.{CRAWLER}/{CRAWL}"]

    def test_finds_no_change_when_only_the_crawl_is_another(self) -> None:
        same = {"customersegment": "customerSegment", "order_id": "order_id"}

        assert diff(make_snapshot(), make_recrawled(same))["changed"] is False

    def test_compares_run_by_run_when_asked(self) -> None:
        same = {"customersegment": "customerSegment", "order_id": "order_id"}

        result = diff(make_snapshot(), make_recrawled(same), include_runs=True)

        assert {change["type"] for change in result["changes"]} >= {"node_added", "node_removed"}

    def test_finds_removed_and_retyped_columns(self) -> None:
        result = diff(make_recrawled(), make_snapshot())

        assert result["columns"]["lab_db.ordertransactiontable"]["removed"] == ["conversionsource"]

    def test_tells_every_change_in_words(self) -> None:
        result = diff(make_snapshot(), make_recrawled())

        assert any("gained conversionsource (string)" in each["description"] for each in result["changes"])

    def test_takes_the_history_from_the_result_of_the_extract_task(self) -> None:
        history = {"lab_db.clickstream": [{"event_time": "t", "crawl_id": "c", "runs": []}]}
        extracted = {"snapshot": make_recrawled().to_dict(), "history": history}

        result = diff(make_snapshot(), make_recrawled(), after=extracted)

        assert result["history"]["lab_db.clickstream"] == history["lab_db.clickstream"]

    def test_makes_the_history_of_the_two_sides_where_none_is_known(self) -> None:
        entries = diff(make_snapshot(), make_recrawled())["history"]["lab_db.clickstream"]

        assert [entry["runs"] for entry in entries] == [
            [f"glue_crawler.{CRAWLER}/{LATER}"],
            [f"glue_crawler.{CRAWLER}/{CRAWL}"],
        ]

    @pytest.mark.parametrize("fail_on", ["any_change", "schema_change"])
    def test_fails_on_a_change_where_none_is_allowed(self, fail_on: str) -> None:
        with pytest.raises(SchemaChangedError, match="conversionsource"):
            diff(make_snapshot(), make_recrawled(), fail_on=fail_on)

    @pytest.mark.parametrize("fail_on", ["any_change", "schema_change"])
    def test_passes_where_nothing_changed(self, fail_on: str) -> None:
        assert diff(make_snapshot(), make_snapshot(), fail_on=fail_on)["changed"] is False

    def test_gates_on_compatibility(self) -> None:
        assert diff(make_snapshot(), make_recrawled(), compatibility="BACKWARD")["changed"] is True
        with pytest.raises(SchemaChangedError, match="BACKWARD compatible"):
            diff(make_recrawled(), make_snapshot(), compatibility="BACKWARD")

    @pytest.mark.parametrize(
        "given, argument",
        [
            ({"fail_on": "everything"}, "fail_on"),
            ({"compatibility": "SIDEWAYS"}, "compatibility"),
            ({"before": None}, "before"),
            ({"before": "2025-06-04T12:00:00Z"}, "before"),
            ({"after": None}, "after"),
            ({"after": None, "tables": "a.b"}, "domain_identifier"),
            ({"after": {"x": 1}}, "after"),
        ],
    )
    def test_names_a_bad_argument(self, given: dict[str, Any], argument: str) -> None:
        with pytest.raises(InvalidArgumentError) as caught:
            diff(make_snapshot(), make_snapshot(), **given)

        assert caught.value.argument == argument


class TestArguments:
    """What the constructors do."""

    def test_every_mode_of_compatibility_can_be_a_gate(self) -> None:
        for mode in MODES:
            assert diff(make_snapshot(), make_snapshot(), compatibility=mode)["changed"] is False

    @pytest.mark.parametrize("cls", [LineageExtractOperator, LineageVerifyOperator, LineageDiffOperator])
    def test_constructors_keep_templates_as_they_are(self, cls: type[BaseOperator]) -> None:
        fields: dict[str, Any] = dict.fromkeys(cls.template_fields, "{{ x }}")

        operator = cls(task_id="task", **fields)

        assert {name: getattr(operator, name) for name in fields} == fields

    @pytest.mark.parametrize("depth", [0, -1, "many", None])
    def test_depth_is_a_number_of_edges(self, depth: object) -> None:
        with pytest.raises(InvalidArgumentError, match="depth"):
            run(
                LineageExtractOperator,
                {"domain_identifier": "dzd-1", "tables": "a.b", "depth": depth, "aws_conn_id": None},
            )

    def test_tables_are_given_as_a_list_or_with_commas_between(self) -> None:
        one = LineageExtractOperator(task_id="one", tables="db.a, db.b,c", database="other")
        other = LineageExtractOperator(task_id="other", tables=["db.a", "db.b", "c"], database="other")

        assert one.table_names == other.table_names == ("db.a", "db.b", "other.c")


def test_a_crawl_fact_of_the_task_is_part_of_what_is_known() -> None:
    later = {**CRAWL_RESULT, "crawl_id": LATER, "started_at": "2025-06-04T10:30:00Z", "tables": None}
    snapshot = make_snapshot(
        crawls=(make_crawl_fact(), make_crawl_fact(crawl_id=LATER, started_at=STARTED + timedelta(hours=1)))
    )

    with pytest.raises(ExpectationViolatedError) as caught:
        verify(snapshot, crawl=later)

    assert reasons(caught) == [("crawled_by", "STALE_CRAWL")] * 2
