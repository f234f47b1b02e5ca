from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidSnapshotError
from airflow_lineage_provider.lineage.codec import (
    dumps,
    format_duration,
    format_time,
    graph_from_dict,
    graph_to_dict,
    parse_duration,
    parse_time,
)
from airflow_lineage_provider.lineage.graph import FieldEdge, JobNode, LineageGraph
from airflow_lineage_provider.lineage.identifiers import FieldId, JobId
from tests.unit.lineage.builders import dataset, graphs, make_estate

aware = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.sampled_from([UTC, timezone(-timedelta(hours=9, minutes=30))]),
)


class TestTimes:
    @pytest.mark.parametrize(
        "text, expected",
        [
            ("2025-06-04T09:31:12Z", datetime(2025, 6, 4, 9, 31, 12, tzinfo=UTC)),
            ("2025-06-04t09:31:12z", datetime(2025, 6, 4, 9, 31, 12, tzinfo=UTC)),
            ("2025-06-04T09:31:12.5+00:00", datetime(2025, 6, 4, 9, 31, 12, 500_000, tzinfo=UTC)),
            ("2025-06-04T11:31:12.123+02:00", datetime(2025, 6, 4, 9, 31, 12, 123_000, tzinfo=UTC)),
            ("2025-06-04T09:31:12.123456789Z", datetime(2025, 6, 4, 9, 31, 12, 123_456, tzinfo=UTC)),
        ],
    )
    def test_are_read_in_utc(self, text: Any, expected: Any) -> None:
        found = parse_time(text)

        assert found == expected
        assert found.tzinfo is UTC

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2025-06-04",
            "2025-06-04T09:31:12",
            "2025-06-04T09:31Z",
            "2025-06-04 09:31:12Z",
            "20250604T093112Z",
            "2025-02-30T09:31:12Z",
            "2025-06-04T25:31:12Z",
            "2025-06-04T09:31:12+0200",
            "2025-06-04T09:31:12+99:00",
            "0001-01-01T00:00:00+23:00",
            "２０２５-06-04T09:31:12Z",
            "1749029472",
        ],
    )
    def test_without_offset_or_of_another_form_are_refused(self, text: Any) -> None:
        with pytest.raises(ValueError, match=r".+"):
            parse_time(text)

    @given(aware)
    def test_are_read_back_as_written(self, time: Any) -> None:
        assert parse_time(format_time(time)) == time

    @pytest.mark.parametrize(
        "microsecond, expected",
        [(0, "12Z"), (120_000, "12.120Z"), (123_456, "12.123456Z")],
    )
    def test_are_written_with_as_many_digits_as_needed(self, microsecond: Any, expected: Any) -> None:
        time = datetime(2025, 6, 4, 9, 31, 12, microsecond, tzinfo=UTC)

        assert format_time(time) == f"2025-06-04T09:31:{expected}"

    def test_without_offset_are_not_written(self) -> None:
        with pytest.raises(ValueError, match="no offset"):
            format_time(datetime(2025, 6, 4))


class TestDurations:
    @pytest.mark.parametrize(
        "value, expected",
        [
            ("PT15M", timedelta(minutes=15)),
            ("PT1H30M", timedelta(hours=1, minutes=30)),
            ("P1DT2H", timedelta(days=1, hours=2)),
            ("P2W", timedelta(weeks=2)),
            ("PT0.5S", timedelta(milliseconds=500)),
            ("900", timedelta(seconds=900)),
            ("0.25", timedelta(milliseconds=250)),
            (900, timedelta(seconds=900)),
            (1.5, timedelta(seconds=1.5)),
            (timedelta(hours=1), timedelta(hours=1)),
        ],
    )
    def test_are_read_from_seconds_and_iso_8601(self, value: Any, expected: Any) -> None:
        assert parse_duration(value) == expected

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "P",
            "PT",
            "P1DT",
            "P1Y",
            "P1M",
            "15 minutes",
            "-PT1S",
            "-5",
            -1,
            True,
            None,
            [],
            "PT1S ",
            "1e3",
        ],
    )
    def test_of_another_form_are_refused(self, value: Any) -> None:
        with pytest.raises(ValueError, match="no duration"):
            parse_duration(value)

    @pytest.mark.parametrize("value", [timedelta(seconds=-1), float("nan")])
    def test_that_are_negative_or_no_number_are_refused(self, value: Any) -> None:
        with pytest.raises(ValueError, match=r".+"):
            parse_duration(value)

    @pytest.mark.parametrize("value", [1e300, "9" * 30, "P999999999999D"])
    def test_that_are_too_long_are_refused(self, value: Any) -> None:
        with pytest.raises(ValueError, match="too long"):
            parse_duration(value)

    @given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=10_000)))
    def test_are_read_back_as_written(self, duration: Any) -> None:
        assert parse_duration(format_duration(duration)) == duration

    @pytest.mark.parametrize(
        "duration, expected",
        [
            (timedelta(), "PT0S"),
            (timedelta(minutes=15), "PT15M"),
            (timedelta(days=1), "P1D"),
            (timedelta(days=1, hours=2, seconds=3), "P1DT2H3S"),
            (timedelta(milliseconds=500), "PT0.5S"),
        ],
    )
    def test_are_written_short(self, duration: Any, expected: Any) -> None:
        assert format_duration(duration) == expected


class TestGraphs:
    @given(graphs())
    def test_are_read_back_as_written(self, graph: Any) -> None:
        text = dumps(graph_to_dict(graph))

        assert graph_from_dict(json.loads(text)) == graph
        assert dumps(graph_to_dict(graph_from_dict(json.loads(text)))) == text

    def test_keep_the_spelling_of_names(self) -> None:
        graph = LineageGraph([JobNode(JobId("xyz.analytics", "transform"))])

        again = graph_from_dict(graph_to_dict(graph))

        assert again.jobs[0].id.namespace == "xyz.analytics"

    def test_mark_dataset_wide_influence(self) -> None:
        graph = make_estate()
        ends = FieldId(graph.datasets[0].id, "a"), FieldId(graph.datasets[0].id, "b")
        graph = LineageGraph(
            graph.nodes, graph.edges, [FieldEdge(*ends, dataset_wide=True), FieldEdge(*ends)]
        )

        written = graph_to_dict(graph)["fieldEdges"]

        assert [each.get("datasetWide") for each in written] == [None, True]

    @pytest.mark.parametrize(
        "change, path",
        [
            pytest.param(lambda d: d.pop("nodes"), "$.nodes", id="no nodes"),
            pytest.param(lambda d: d.update(edges={}), "$.edges", id="edges are an object"),
            pytest.param(lambda d: d["nodes"].insert(0, 1), "$.nodes[0]", id="node is a number"),
            pytest.param(lambda d: d["nodes"][0].update(type="listing"), "$.nodes[0]", id="unknown kind"),
            pytest.param(lambda d: d["nodes"][0].update(id=""), "$.nodes[0]", id="empty identifier"),
            pytest.param(lambda d: d["nodes"][0].pop("name"), "$.nodes[0].name", id="no name"),
            pytest.param(
                lambda d: d["nodes"][0].pop("attributes"), "$.nodes[0].attributes", id="no attributes"
            ),
            pytest.param(
                lambda d: d["nodes"][0].update(attributes={"a": float("nan")}),
                "$.nodes[0].attributes",
                id="attribute without JSON form",
            ),
            pytest.param(
                lambda d: d["nodes"][1]["fields"][0].update(name=""),
                "$.nodes[1].fields[0].name",
                id="bare field",
            ),
            pytest.param(
                lambda d: d["nodes"][1]["fields"][0].update(type=1),
                "$.nodes[1].fields[0].type",
                id="typed by number",
            ),
            pytest.param(lambda d: d["nodes"][-1].update(runId="other"), "$.nodes[5].id", id="another run"),
            pytest.param(lambda d: d["nodes"][-1].update(runId=""), "$.nodes[5]", id="empty run"),
            pytest.param(lambda d: d["nodes"].pop(0), "$", id="edge to nowhere"),
            pytest.param(lambda d: d["edges"][0].pop("source"), "$.edges[0].source", id="edge from nowhere"),
            pytest.param(
                lambda d: d["fieldEdges"][0]["target"].update(field=""),
                "$.fieldEdges[0].target",
                id="no field",
            ),
        ],
    )
    def test_that_are_none_are_refused_with_the_place(self, change: Any, path: Any) -> None:
        document = copy.deepcopy(graph_to_dict(make_estate()))
        change(document)

        with pytest.raises(InvalidSnapshotError) as caught:
            graph_from_dict(document)
        assert caught.value.path == path

    def test_that_are_no_object_are_refused(self) -> None:
        with pytest.raises(InvalidSnapshotError, match="must be an object"):
            graph_from_dict([])

    def test_name_their_place_in_a_larger_document(self) -> None:
        with pytest.raises(InvalidSnapshotError, match=r"\$\.graph\.nodes"):
            graph_from_dict({}, path="$.graph")


def test_text_keeps_characters_as_they_are() -> None:
    assert dumps({"name": str(dataset("ä→"))}) == '{\n  "name": "test/ä→"\n}'
