from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    ExpectationViolatedError,
    InvalidExpectationError,
    InvalidIdentifierError,
)
from airflow_lineage_provider.lineage.events import graph_from_events
from airflow_lineage_provider.lineage.expectations import (
    AllColumnsTraced,
    ColumnTracedTo,
    CrawledBy,
    Expectation,
    FreshWithin,
    HasDownstream,
    HasNoPath,
    HasOrigin,
    HasUpstream,
    NoOrphans,
    OnlyUpstreams,
    SchemaCompatible,
    evaluate,
)
from airflow_lineage_provider.lineage.graph import (
    Attributes,
    DatasetNode,
    Edge,
    Field,
    FieldEdge,
    LineageGraph,
    RunNode,
)
from airflow_lineage_provider.lineage.identifiers import DatasetId, FieldId, JobId, RunId
from airflow_lineage_provider.lineage.naming import glue_table
from tests.unit.lineage.builders import (
    ACCOUNT,
    CLICKS,
    CLICKS_SOURCE,
    CRAWL,
    CRAWLER,
    ENDED,
    NOW,
    ORDERS_SOURCE,
    REGION,
    STARTED,
    dataset,
    make_crawl_event,
    make_crawl_fact,
    make_estate,
    make_graph,
    make_import_fact,
    make_snapshot,
)

T = "lab_db.clickstream"
O = "lab_db.ordertransactiontable"  # noqa: E741
A, B, C = (dataset(name) for name in "abc")


def reasons(*expectations: Any, snapshot: Any = None, now: Any = NOW, **earlier: Any) -> Any:
    """Return the reason codes of what is broken."""
    found = evaluate(expectations, snapshot or make_snapshot(), now=now, earlier=earlier)
    return [str(each.reason) for each in found]


def broken(expectation: Any, snapshot: Any = None, now: Any = NOW) -> Any:
    """Return the one violation there must be."""
    (found,) = evaluate([expectation], snapshot or make_snapshot(), now=now)
    return found


def short(edges: Any, **more: Any) -> Any:
    """Return a snapshot of a graph given as text."""
    return make_snapshot(make_graph(edges, **more), roots=(), crawls=())


class TestEvaluate:
    def test_finds_nothing_where_all_holds(self) -> None:
        assert (
            reasons(
                HasOrigin(T, str(CLICKS_SOURCE)),
                HasOrigin(O, str(ORDERS_SOURCE)),
                HasUpstream(T, str(CLICKS_SOURCE)),
                HasDownstream(str(CLICKS_SOURCE), T),
                HasNoPath(str(ORDERS_SOURCE), T),
                OnlyUpstreams(T, [str(CLICKS_SOURCE)]),
                ColumnTracedTo(O, "customersegment", str(ORDERS_SOURCE), "customerSegment"),
                AllColumnsTraced(T),
                CrawledBy(T, CRAWLER, CRAWL),
                FreshWithin(T, max_age=timedelta(minutes=15), data_as_of=STARTED),
                SchemaCompatible(T, "FULL", "first"),
                NoOrphans(),
                first=make_snapshot(),
            )
            == []
        )

    def test_lists_violations_in_the_order_of_the_expectations(self) -> None:
        found = evaluate(
            [{"type": "crawled_by", "subject": T, "crawler_name": "Other"}, HasNoPath(str(CLICKS_SOURCE), T)],
            make_snapshot(),
            now=NOW,
        )

        assert [type(each.expectation) for each in found] == [CrawledBy, HasNoPath]

    def test_tells_all_of_a_violation(self) -> None:
        found = broken(HasOrigin(T, str(ORDERS_SOURCE)))

        assert found.to_dict() == {
            "expectation": {"type": "has_origin", "subject": T, "origin": str(ORDERS_SOURCE)},
            "subject": str(CLICKS),
            "expected": f"its data to start at {ORDERS_SOURCE}",
            "actual": f"it starts at {CLICKS_SOURCE}",
            "reason": "NO_PATH",
            "advice": "Compare the run's inputs and outputs in the raw event with what you expect.",
        }
        assert str(found).startswith(f"[NO_PATH] {CLICKS}: expected its data to start at ")

    def test_violations_are_what_the_error_takes(self) -> None:
        error = ExpectationViolatedError(violations=[broken(HasOrigin(T, str(ORDERS_SOURCE))).to_dict()])

        assert f"[NO_PATH] {CLICKS}" in str(error)

    def test_refuses_a_template_that_was_not_rendered(self) -> None:
        with pytest.raises(InvalidExpectationError, match="crawl_id still holds a template"):
            reasons(CrawledBy(T, CRAWLER, "{{ crawl }}"))

    def test_refuses_the_root_of_all_expectations(self) -> None:
        with pytest.raises(InvalidExpectationError, match="no check"):
            reasons(Expectation())

    def test_raises_for_a_shorthand_of_several_tables(self) -> None:
        elsewhere = DatasetNode(glue_table("lab_db", "clickstream", region="us-west-2", account=ACCOUNT))
        graph = LineageGraph([DatasetNode(CLICKS), elsewhere])

        with pytest.raises(InvalidIdentifierError, match="give the source identifier"):
            reasons(HasOrigin(T, str(CLICKS_SOURCE)), snapshot=make_snapshot(graph))

    @pytest.mark.parametrize(
        "expectation",
        [
            HasOrigin("nowhere.t", str(CLICKS_SOURCE)),
            HasUpstream("nowhere.t", str(CLICKS_SOURCE)),
            HasDownstream("nowhere.t", str(CLICKS_SOURCE)),
            OnlyUpstreams("nowhere.t", []),
            ColumnTracedTo("nowhere.t", "c", str(CLICKS_SOURCE), "c"),
            AllColumnsTraced("nowhere.t"),
            CrawledBy("nowhere.t", CRAWLER, CRAWL),
            FreshWithin("nowhere.t", data_as_of=STARTED),
            SchemaCompatible("nowhere.t", "FULL", "first"),
        ],
        ids=lambda each: each.type,
    )
    def test_finds_every_expectation_broken_whose_subject_is_missing(self, expectation: Any) -> None:
        (found,) = evaluate([expectation], make_snapshot(), now=NOW, earlier={"first": make_snapshot()})

        assert (found.reason, found.subject) == ("NODE_MISSING", "nowhere.t")


class TestHasOrigin:
    def test_fails_for_what_is_upstream_but_no_origin(self) -> None:
        found = broken(HasOrigin("test/c", "test/b"), short("a>b>c"))

        assert found.reason == "NOT_AN_ORIGIN"
        assert "test/a" in found.actual

    def test_fails_for_what_is_not_in_the_lineage(self) -> None:
        found = broken(HasOrigin(T, "s3://other/data"))

        assert found.reason == "NODE_MISSING"
        assert found.actual == f"s3://other/data is not in the lineage; it starts at {CLICKS_SOURCE}"

    def test_fails_where_nothing_is_upstream(self) -> None:
        assert broken(HasOrigin("test/a", "test/b"), short("a b")).actual == "nothing upstream of it"

    def test_fails_for_the_dataset_itself(self) -> None:
        assert reasons(HasOrigin("test/a", "test/a"), snapshot=short("a>b")) == ["NO_PATH"]

    def test_keeps_the_tables_of_one_crawl_apart(self) -> None:
        assert reasons(HasOrigin(O, str(CLICKS_SOURCE)), HasOrigin(T, str(ORDERS_SOURCE))) == [
            "NO_PATH",
            "NO_PATH",
        ]


class TestHasUpstreamAndDownstream:
    def test_hold_over_several_steps(self) -> None:
        assert (
            reasons(
                HasUpstream("test/c", "test/a"), HasDownstream("test/a", "test/c"), snapshot=short("a>r1>b>c")
            )
            == []
        )

    def test_fail_against_the_flow(self) -> None:
        snapshot = short("a>b")

        assert broken(HasUpstream("test/a", "test/b"), snapshot).actual == "nothing upstream of it"
        assert broken(HasDownstream("test/b", "test/a"), snapshot).actual == "nothing downstream of it"
        assert reasons(HasUpstream("test/a", "test/b"), snapshot=snapshot) == ["NO_PATH"]

    def test_say_what_is_there_instead(self) -> None:
        snapshot = short("a>b>c d")

        assert broken(HasUpstream("test/c", "test/d"), snapshot).actual == "it comes from test/a, test/b"
        assert broken(HasDownstream("test/a", "test/d"), snapshot).actual == "it goes to test/b, test/c"

    def test_list_the_first_few_of_many(self) -> None:
        sources = " ".join(f"s{index:02d}>t" for index in range(12))

        found = broken(HasUpstream("test/t", "test/x"), short(sources))

        assert found.actual.endswith("test/s09 and 2 more")


class TestHasNoPath:
    def test_fails_with_the_path(self) -> None:
        found = broken(HasNoPath("test/a", "test/c"), short("a>r1>b>c"))

        assert found.reason == "FORBIDDEN_PATH"
        assert found.actual == "the path test/a → jobs.job/r1 → test/b → test/c"
        assert found.subject == "test/c"

    def test_fails_for_a_cycle(self) -> None:
        assert reasons(HasNoPath("test/a", "test/a"), snapshot=short("a>b>a")) == ["FORBIDDEN_PATH"]

    @pytest.mark.parametrize(
        "source, target", [("test/b", "test/a"), ("test/a", "nowhere/x"), ("nowhere/x", "test/a")]
    )
    def test_holds_where_there_is_none(self, source: Any, target: Any) -> None:
        assert reasons(HasNoPath(source, target), snapshot=short("a>b")) == []

    def test_fails_where_nothing_was_looked_at(self) -> None:
        assert reasons(HasNoPath("nowhere/x", "nowhere/y"), snapshot=short("a>b")) == ["NODE_MISSING"]

    @pytest.mark.parametrize("source, target", [("test/A", "test/b"), ("test/a", "test/b/")])
    def test_fails_for_a_name_that_is_nearly_there(self, source: Any, target: Any) -> None:
        assert reasons(HasNoPath(source, target), snapshot=short("a b")) == ["ID_MISMATCH"]


class TestOnlyUpstreams:
    def test_fails_for_any_other_at_any_distance(self) -> None:
        found = broken(OnlyUpstreams("test/c", ["test/b"]), short("a>r1>b>c"))

        assert (found.reason, found.actual) == ("UNEXPECTED_UPSTREAM", "also test/a")

    def test_may_allow_what_is_not_there(self) -> None:
        assert reasons(OnlyUpstreams("test/b", ["test/a", "test/x"]), snapshot=short("a>b")) == []

    def test_with_nothing_allowed_takes_an_origin(self) -> None:
        assert reasons(OnlyUpstreams("test/a", []), snapshot=short("a>b")) == []

    def test_names_one_that_is_nearly_allowed(self) -> None:
        found = broken(OnlyUpstreams("test/b", ["test/A"]), short("a>b c>b"))

        assert found.reason == "ID_MISMATCH"
        assert found.actual.startswith("also test/a, test/c; 'test/A' is asked for, 'test/a' is there")


def columns(*edges: Any, wide: Any = False) -> Any:
    """Return a snapshot with tables a, b, c of one column x each and edges between columns such as 'ax'."""
    return make_snapshot(
        LineageGraph(
            [DatasetNode(each, (Field("x", "int"),)) for each in (A, B, C)],
            [Edge(A, B), Edge(B, C)],
            [
                FieldEdge(FieldId(dataset(one[0]), one[1:]), FieldId(dataset(other[0]), other[1:]), wide)
                for one, other in edges
            ],
        ),
        roots=(),
    )


class TestColumnTracedTo:
    def test_holds_over_several_steps(self) -> None:
        snapshot = columns(("ax", "bx"), ("bx", "cx"))

        assert reasons(ColumnTracedTo("test/c", "x", "test/a", "x"), snapshot=snapshot) == []
        assert reasons(ColumnTracedTo("test/c", "x", "test/b", "x"), snapshot=snapshot) == []

    def test_holds_for_a_column_that_no_schema_lists(self) -> None:
        assert reasons(ColumnTracedTo("test/b", "y", "test/a", "z"), snapshot=columns(("az", "by"))) == []

    def test_fails_without_a_source(self) -> None:
        found = broken(ColumnTracedTo("test/b", "x", "test/a", "x"), columns())

        assert (found.reason, found.actual) == ("COLUMN_NOT_TRACED", "no source column")

    def test_fails_for_another_source(self) -> None:
        found = broken(ColumnTracedTo("test/b", "x", "test/a", "x"), columns(("ay", "bx")))

        assert (found.reason, found.actual) == ("COLUMN_NOT_TRACED", "it comes from 'y' of test/a")

    def test_fails_for_dataset_wide_influence(self) -> None:
        snapshot = columns(("ax", "bx"), wide=True)

        assert reasons(ColumnTracedTo("test/b", "x", "test/a", "x"), snapshot=snapshot) == [
            "COLUMN_NOT_TRACED"
        ]

    def test_fails_for_a_column_that_is_not_there(self) -> None:
        found = broken(ColumnTracedTo("test/b", "y", "test/a", "x"), columns())

        assert (found.reason, found.actual) == ("COLUMN_MISSING", "no such column; there are x")

    @pytest.mark.parametrize(
        "expectation",
        [
            pytest.param(ColumnTracedTo("test/b", "X", "test/a", "x"), id="column in another case"),
            pytest.param(ColumnTracedTo("test/b", "x", "test/a", "X"), id="source column in another case"),
            pytest.param(ColumnTracedTo("test/b", "x", "test/A", "x"), id="source in another case"),
        ],
    )
    def test_tells_of_a_name_in_another_case(self, expectation: Any) -> None:
        found = broken(expectation, columns(("ax", "bx")))

        assert found.reason == "ID_MISMATCH"
        assert "letter case" in found.actual


class TestAllColumnsTraced:
    def test_fails_for_one_column_without_source(self) -> None:
        event = make_crawl_event(columns={"a": "a"})
        graph = graph_from_events([event], caller_region=REGION, caller_account=ACCOUNT)
        wider = DatasetNode(CLICKS, (Field("a"), Field("day", "date")))
        graph = LineageGraph([*graph.nodes, wider], graph.edges, graph.field_edges)

        found = broken(AllColumnsTraced(T), make_snapshot(graph))

        assert found.reason == "COLUMN_NOT_TRACED"
        assert found.actual == "1 of 2; without a source: day"
        assert found.expected == "at least 100% of its columns to have a source column"

    @pytest.mark.parametrize("ratio, expected", [(0.5, []), (0.51, ["COLUMN_NOT_TRACED"]), (0, [])])
    def test_takes_a_share(self, ratio: Any, expected: Any) -> None:
        graph = LineageGraph(
            [DatasetNode(A), DatasetNode(B, (Field("x"), Field("y")))],
            [Edge(A, B)],
            [FieldEdge(FieldId(A, "x"), FieldId(B, "x"))],
        )

        assert reasons(AllColumnsTraced("test/b", ratio), snapshot=make_snapshot(graph)) == expected

    def test_does_not_count_a_source_within_the_dataset_or_dataset_wide_influence(self) -> None:
        assert reasons(AllColumnsTraced("test/b"), snapshot=columns(("by", "bx"))) == ["COLUMN_NOT_TRACED"]
        assert reasons(AllColumnsTraced("test/b"), snapshot=columns(("ax", "bx"), wide=True)) == [
            "COLUMN_NOT_TRACED"
        ]

    def test_fails_without_a_schema(self) -> None:
        assert reasons(AllColumnsTraced("test/b"), snapshot=short("a>b")) == ["NO_SCHEMA"]


def crawled(*crawls: Any, facts: Any = ()) -> Any:
    """Return a snapshot of one table after several crawls, given as (id, end)."""
    events = [make_crawl_event(crawl_id=crawl_id, time=time) for crawl_id, time in crawls]
    graph = graph_from_events(events, caller_region=REGION, caller_account=ACCOUNT)
    return make_snapshot(graph, crawls=facts)


class TestCrawledBy:
    two = (("old", "2025-06-04T09:00:00Z"), ("new", "2025-06-04T09:30:00Z"))

    def test_looks_at_the_newest_crawl(self) -> None:
        snapshot = crawled(*self.two)

        assert reasons(CrawledBy(T, CRAWLER, "new"), snapshot=snapshot) == []
        assert reasons(CrawledBy(T, CRAWLER, "old"), snapshot=snapshot) == ["WRONG_CRAWL"]

    def test_takes_any_crawl_of_the_crawler_where_none_is_named(self) -> None:
        assert reasons(CrawledBy(T, CRAWLER), snapshot=crawled(*self.two)) == []

    def test_says_which_crawl_made_it(self) -> None:
        found = broken(CrawledBy(T, CRAWLER, "mine"))

        assert found.reason == "WRONG_CRAWL"
        assert found.expected == f"crawl mine of {CRAWLER} to have made it"
        assert found.actual == f"the newest is crawl {CRAWL}, started 2025-06-04T09:30:00Z"

    def test_calls_a_crawl_stale_that_started_before_the_expected_one(self) -> None:
        facts = (
            make_crawl_fact(crawl_id="old", started_at=STARTED),
            make_crawl_fact(crawl_id="mine", started_at=STARTED + timedelta(minutes=5)),
        )
        snapshot = crawled(self.two[0], facts=facts)

        assert reasons(CrawledBy(T, CRAWLER, "mine"), snapshot=snapshot) == ["STALE_CRAWL"]

    def test_calls_a_crawl_wrong_that_started_after_the_expected_one(self) -> None:
        facts = (
            make_crawl_fact(crawl_id="new", started_at=STARTED + timedelta(minutes=5)),
            make_crawl_fact(crawl_id="mine", started_at=STARTED),
        )

        assert reasons(CrawledBy(T, CRAWLER, "mine"), snapshot=crawled(*self.two, facts=facts)) == [
            "WRONG_CRAWL"
        ]

    def test_fails_for_another_crawler_and_names_the_runs(self) -> None:
        found = broken(CrawledBy(T, "Other"))

        assert found.reason == "NOT_CRAWLED"
        assert found.actual == f"it was made by glue_crawler.{CRAWLER}/{CRAWL}"

    def test_fails_without_any_run(self) -> None:
        assert broken(CrawledBy("test/b", CRAWLER), short("a>b")).actual == "no run made it"

    def test_does_not_look_further_than_one_edge(self) -> None:
        events = [make_crawl_event()]
        graph = graph_from_events(events, caller_region=REGION, caller_account=ACCOUNT)
        graph = LineageGraph([*graph.nodes, DatasetNode(A)], [*graph.edges, Edge(CLICKS, A)])

        assert reasons(CrawledBy("test/a", CRAWLER), snapshot=make_snapshot(graph)) == ["NOT_CRAWLED"]

    def test_knows_a_crawl_by_the_job_whatever_its_namespace(self) -> None:
        job = RunId(JobId("elsewhere", CRAWLER), "crawl-1")
        graph = LineageGraph([DatasetNode(A), RunNode(job)], [Edge(job, A)])

        assert reasons(CrawledBy("test/a", CRAWLER, "crawl-1"), snapshot=make_snapshot(graph)) == []

    def test_knows_a_crawl_by_what_the_run_says_of_it(self) -> None:
        task = RunId(JobId("airflow", "dag.task"), "run-1")
        told = RunNode(task, Attributes({"crawler_name": CRAWLER, "crawl_id": "crawl-1"}))
        graph = LineageGraph([DatasetNode(A), told], [Edge(task, A)])

        assert reasons(CrawledBy("test/a", CRAWLER, "crawl-1"), snapshot=make_snapshot(graph)) == []


class TestFreshWithin:
    @pytest.mark.parametrize(
        "data_as_of, expected",
        [
            (STARTED - timedelta(seconds=1), []),
            (STARTED, []),
            (STARTED + timedelta(milliseconds=1), ["STALE_CRAWL"]),
            (ENDED, ["STALE_CRAWL"]),
        ],
    )
    def test_wants_the_crawl_to_have_started_after_the_data(self, data_as_of: Any, expected: Any) -> None:
        assert reasons(FreshWithin(T, data_as_of=data_as_of)) == expected

    @pytest.mark.parametrize("minutes, expected", [(10, []), (9, ["STALE_CRAWL"])])
    def test_measures_the_age_from_the_start(self, minutes: Any, expected: Any) -> None:
        assert reasons(FreshWithin(T, max_age=timedelta(minutes=minutes))) == expected

    def test_wants_both_bounds_kept(self) -> None:
        found = broken(FreshWithin(T, max_age=timedelta(hours=1), data_as_of=NOW))

        assert (
            found.expected
            == "its crawl to have started at or after 2025-06-04T09:40:00Z and at most PT1H ago"
        )
        assert found.actual == f"glue_crawler.{CRAWLER}/{CRAWL}, started 2025-06-04T09:30:00Z"

    @pytest.mark.parametrize(
        "bound", [{"max_age": timedelta(days=9)}, {"data_as_of": datetime(2020, 1, 1, tzinfo=UTC)}]
    )
    def test_fails_where_the_start_is_not_known(self, bound: Any) -> None:
        found = broken(FreshWithin(T, **bound), make_snapshot(crawls=()))

        assert found.reason == "STALE_CRAWL"
        assert found.actual.endswith("whose start is not known")

    def test_takes_the_start_from_the_run_where_the_history_says_nothing(self) -> None:
        run = RunId(JobId("spark", "job"), "r")
        told = RunNode(run, Attributes({"started_at": "2025-06-04T09:35:00Z"}))
        snapshot = make_snapshot(LineageGraph([DatasetNode(A), told], [Edge(run, A)]), crawls=())

        assert reasons(FreshWithin("test/a", max_age=timedelta(minutes=5)), snapshot=snapshot) == []
        assert reasons(FreshWithin("test/a", max_age=timedelta(minutes=4)), snapshot=snapshot) == [
            "STALE_CRAWL"
        ]

    def test_looks_at_crawls_before_other_runs(self) -> None:
        spark = RunId(JobId("spark", "job"), "r")
        estate = make_estate()
        later = RunNode(
            spark, Attributes({"started_at": "2025-06-04T09:39:00Z", "event_time": "2025-06-04T09:39:30Z"})
        )
        graph = LineageGraph([*estate.nodes, later], [*estate.edges, Edge(spark, CLICKS)])

        assert reasons(FreshWithin(T, max_age=timedelta(minutes=5)), snapshot=make_snapshot(graph)) == [
            "STALE_CRAWL"
        ]

    def test_fails_without_any_run(self) -> None:
        expectation = FreshWithin("test/b", max_age=timedelta(days=1))

        assert reasons(expectation, snapshot=short("a>b")) == ["NOT_CRAWLED"]


class TestSchemaCompatible:
    def schemas(self, before: Any, after: Any, mode: Any = "BACKWARD") -> Any:
        """Compare two schemas of one table, given as types by name."""
        one, other = (
            make_snapshot(LineageGraph([DatasetNode(CLICKS, tuple(Field(*each) for each in fields.items()))]))
            for fields in (before, after)
        )
        return evaluate([SchemaCompatible(T, mode, "first")], other, now=NOW, earlier={"first": one})

    def test_holds_for_an_added_column(self) -> None:
        assert self.schemas({"a": "int"}, {"a": "int", "b": "int"}) == ()

    def test_fails_for_a_removed_column(self) -> None:
        (found,) = self.schemas({"a": "int", "b": "int"}, {"a": "int"})

        assert found.reason == "SCHEMA_INCOMPATIBLE"
        assert found.actual == "'first' differs: column 'b' was removed"

    def test_heeds_the_mode(self) -> None:
        assert self.schemas({"a": "int", "b": "int"}, {"a": "int"}, "FORWARD") == ()
        assert self.schemas({"a": "int"}, {"a": "bigint"}, "FULL")[0].reason == "SCHEMA_INCOMPATIBLE"

    @pytest.mark.parametrize("before, after", [({}, {"a": "int"}), ({"a": "int"}, {})])
    def test_fails_without_a_schema(self, before: Any, after: Any) -> None:
        assert self.schemas(before, after)[0].reason == "NO_SCHEMA"

    def test_fails_where_the_table_was_not_there_before(self) -> None:
        earlier = make_snapshot(LineageGraph())

        assert reasons(SchemaCompatible(T, "FULL", "first"), first=earlier) == ["NODE_MISSING"]

    def test_refuses_an_earlier_snapshot_that_was_not_given(self) -> None:
        with pytest.raises(
            InvalidExpectationError, match="no earlier snapshot 'second' was given; there are first"
        ):
            reasons(SchemaCompatible(T, "FULL", "second"), first=make_snapshot())


class TestNoOrphans:
    def test_finds_every_dataset_that_stands_alone(self) -> None:
        found = evaluate([NoOrphans()], short("a>b c d"), now=NOW)

        assert [(each.subject, each.reason) for each in found] == [("test/c", "ORPHAN"), ("test/d", "ORPHAN")]

    def test_does_not_count_a_tables_own_catalog_entries(self) -> None:
        asset = DatasetId("amazon.datazone.asset", "c3y1")
        listing = DatasetId("amazon.datazone.listing", "l1")
        graph = LineageGraph(
            map(DatasetNode, (CLICKS, asset, listing)), [Edge(CLICKS, asset), Edge(asset, listing)]
        )

        found = evaluate([NoOrphans()], make_snapshot(graph), now=NOW)

        assert [each.subject for each in found] == [str(CLICKS)]

    def test_finds_an_asset_of_no_table(self) -> None:
        graph = LineageGraph([DatasetNode(DatasetId("amazon.datazone.asset", "c3y1"))])

        assert reasons(NoOrphans(), snapshot=make_snapshot(graph)) == ["ORPHAN"]


class TestCauses:
    """What is behind a broken expectation comes before its own reason."""

    stale = CrawledBy(T, CRAWLER, "mine")

    @pytest.mark.parametrize(
        "facts, reason",
        [
            pytest.param({"lineage_import_on": False}, "LINEAGE_IMPORT_OFF", id="import is off"),
            pytest.param(
                {"imports": (make_import_fact(event_status="FAILED", error="Mapping failed"),)},
                "EVENT_FAILED",
                id="event failed",
            ),
            pytest.param(
                {"imports": (make_import_fact(event_status="PROCESSING"),)},
                "EVENT_NOT_PROCESSED",
                id="processing",
            ),
            pytest.param(
                {"imports": (make_import_fact(event_status="REQUESTED"),)},
                "EVENT_NOT_PROCESSED",
                id="requested",
            ),
            pytest.param(
                {"imports": (make_import_fact(asset_id=None, event_id=None, event_status=None),)},
                "NO_ASSET",
                id="asset",
            ),
            pytest.param({"imports": (make_import_fact(),)}, "WRONG_CRAWL", id="all went well"),
            pytest.param({"lineage_import_on": True}, "WRONG_CRAWL", id="import is on"),
        ],
    )
    def test_are_looked_for_in_the_import(self, facts: Any, reason: Any) -> None:
        assert reasons(self.stale, snapshot=make_snapshot(**facts)) == [reason]

    def test_are_told_besides_what_was_found(self) -> None:
        found = broken(self.stale, make_snapshot(lineage_import_on=False))

        assert found.actual == (
            f"the newest is crawl {CRAWL}, started 2025-06-04T09:30:00Z; "
            "lineage import is off on the data source's connection"
        )
        assert "DataZoneEnableLineageOperator" in found.advice

    def test_do_not_break_what_holds(self) -> None:
        snapshot = make_snapshot(lineage_import_on=False, imports=(make_import_fact(event_status="FAILED"),))

        assert reasons(CrawledBy(T, CRAWLER, CRAWL), snapshot=snapshot) == []

    def test_explain_a_subject_that_is_missing(self) -> None:
        snapshot = make_snapshot(
            LineageGraph(), imports=(make_import_fact(event_status="FAILED", error="Broken"),)
        )

        for text in (T, str(CLICKS), f"{CLICKS.namespace}/{CLICKS.name}"):
            found = broken(HasOrigin(text, str(CLICKS_SOURCE)), snapshot)
            assert found.reason == "EVENT_FAILED"
            assert found.actual.endswith("is FAILED: Broken")

    @pytest.mark.parametrize(
        "text, words",
        [
            ("lab_db.Clickstream", "letter case"),
            (f"{CLICKS.source_identifier}/", "a slash at the end"),
            (str(CLICKS).replace(ACCOUNT, "999999999999"), "account or region"),
            (str(CLICKS).replace(REGION, "eu-west-1"), "account or region"),
            (str(CLICKS).replace(":table/", "/table/").upper(), "letter case and '/' against ':'"),
            (str(CLICKS).replace(REGION, "eu-west-1").upper(), "account or region and letter case"),
            (
                str(CLICKS).replace(REGION, "eu-west-1").replace(":table/", "/table/").upper() + "/",
                "account or region and letter case and a slash at the end and '/' against ':'",
            ),
        ],
    )
    def test_are_a_name_that_differs_a_little(self, text: Any, words: Any) -> None:
        found = broken(AllColumnsTraced(text))

        assert found.reason == "ID_MISMATCH"
        assert found.actual == f"{text!r} is asked for, {str(CLICKS)!r} is there; they differ in {words}"

    def test_are_the_name_of_the_other_end(self) -> None:
        found = broken(HasOrigin(T, f"{CLICKS_SOURCE}/"))

        assert found.reason == "ID_MISMATCH"
        assert repr(f"{CLICKS_SOURCE}/") in found.actual
        assert repr(str(CLICKS_SOURCE)) in found.actual

    def test_are_a_near_name_upstream_before_an_exact_one_elsewhere(self) -> None:
        assert reasons(HasUpstream("test/b", "test/A"), snapshot=short("a>b A")) == ["ID_MISMATCH"]

    def test_are_no_near_name_where_the_exact_one_is_on_the_other_side(self) -> None:
        split = f"{CLICKS.namespace}/{CLICKS.name}"

        assert reasons(HasUpstream(str(CLICKS_SOURCE), split)) == ["NO_PATH"]
