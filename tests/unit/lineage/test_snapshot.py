from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from airflow_lineage_provider.exceptions import InvalidSnapshotError
from airflow_lineage_provider.lineage.snapshot import Snapshot
from tests.unit.lineage.builders import (
    CRAWL,
    graphs,
    make_crawl_fact,
    make_import_fact,
    make_payload,
    make_snapshot,
)

FULL = make_snapshot(
    crawls=(
        make_crawl_fact(data_as_of=datetime(2025, 6, 4, 9, 29, 59, 5000, tzinfo=UTC)),
        make_crawl_fact(crawl_id="running", state="RUNNING", ended_at=None),
    ),
    imports=(
        make_import_fact(),
        make_import_fact("t", asset_id=None, event_id=None, event_status=None, error="No access"),
    ),
    lineage_import_on=True,
    events={"b": make_payload(), "a": make_payload()},
)


class TestSnapshot:
    @pytest.mark.parametrize("snapshot", [FULL, make_snapshot(), make_snapshot(lineage_import_on=False)])
    def test_is_read_back_as_written(self, snapshot: Any) -> None:
        assert Snapshot.from_json(snapshot.to_json()) == snapshot
        assert Snapshot.from_dict(snapshot.to_dict()) == snapshot

    @given(graphs())
    def test_keeps_any_graph(self, graph: Any) -> None:
        assert Snapshot.from_json(make_snapshot(graph).to_json()).graph == graph

    def test_gives_the_same_text_for_the_same_content(self) -> None:
        backwards = make_snapshot(events=dict(reversed(list(FULL.events.items()))))
        forwards = make_snapshot(events=FULL.events)

        assert backwards.to_json() == forwards.to_json()

    def test_writes_members_in_camel_case(self) -> None:
        written = FULL.to_dict()

        assert list(written) == [
            "formatVersion",
            "takenAt",
            "domainId",
            "roots",
            "lineageImportOn",
            "crawls",
            "imports",
            "graph",
            "events",
        ]
        assert written["takenAt"] == "2025-06-04T09:40:00Z"
        assert written["crawls"][0]["dataAsOf"] == "2025-06-04T09:29:59.005Z"
        assert written["imports"][1]["tableIdentifier"].endswith(":table/lab_db/t")

    def test_finds_a_crawl(self) -> None:
        assert FULL.crawl(CRAWL) == FULL.crawls[0]
        assert FULL.crawl("other") is None

    def test_can_be_hashed(self) -> None:
        assert hash(FULL) == hash(Snapshot.from_json(FULL.to_json()))

    @pytest.mark.parametrize(
        "change, path",
        [
            pytest.param({"formatVersion": 2}, "$.formatVersion", id="of another version"),
            pytest.param({"takenAt": "now"}, "$.takenAt", id="time is none"),
            pytest.param({"takenAt": None}, "$.takenAt", id="no time"),
            pytest.param({"domainId": None}, "$.domainId", id="no domain"),
            pytest.param({"roots": "x"}, "$.roots", id="roots are a text"),
            pytest.param({"roots": [1]}, "$.roots", id="root is a number"),
            pytest.param({"roots": [""]}, "$.roots", id="root is empty"),
            pytest.param({"lineageImportOn": "yes"}, "$.lineageImportOn", id="switch is a text"),
            pytest.param({"crawls": [{}]}, "$.crawls[0].crawlId", id="crawl without id"),
            pytest.param({"imports": [1]}, "$.imports[0]", id="import is a number"),
            pytest.param(
                {"imports": [make_import_fact().to_dict() | {"assetId": 5}]},
                "$.imports[0].assetId",
                id="asset",
            ),
            pytest.param({"graph": None}, "$.graph", id="no graph"),
            pytest.param({"events": {"a": 1}}, "$.events.a", id="event is a number"),
        ],
    )
    def test_that_is_none_is_refused_with_the_place(self, change: Any, path: Any) -> None:
        with pytest.raises(InvalidSnapshotError) as caught:
            Snapshot.from_dict(FULL.to_dict() | change)
        assert caught.value.path == path

    @pytest.mark.parametrize("text", ["", "{", b"\xff", "[" * 100_000])
    def test_that_is_no_json_is_refused(self, text: Any) -> None:
        with pytest.raises(InvalidSnapshotError, match="is not JSON"):
            Snapshot.from_json(text)

    def test_that_is_no_object_is_refused(self) -> None:
        with pytest.raises(InvalidSnapshotError, match="must be an object"):
            Snapshot.from_json(json.dumps([]))
