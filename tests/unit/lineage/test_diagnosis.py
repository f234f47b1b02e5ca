from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.lineage.diagnosis import Cause, Reason, cause_in_import, id_mismatch
from airflow_lineage_provider.lineage.graph import Attributes, DatasetNode, Edge, LineageGraph
from airflow_lineage_provider.lineage.identifiers import DatasetId
from tests.unit.lineage.builders import CLICKS, ORDERS, dataset, make_estate, make_import_fact, make_snapshot

PINNED = {
    "EVENT_FAILED",
    "EVENT_NOT_PROCESSED",
    "NODE_MISSING",
    "ID_MISMATCH",
    "NO_ASSET",
    "LINEAGE_IMPORT_OFF",
    "OVER_250_TABLES",
    "OVER_300KB",
    "STALE_CRAWL",
}


def reason(subject: Any = "lab_db.clickstream", graph: Any = None, **facts: Any) -> Any:
    """Return the reason found in the import, ``None`` if there is none."""
    found = cause_in_import(make_snapshot(graph, **facts), subject)
    return found and str(found.reason)


class TestReasons:
    def test_hold_all_that_the_design_names(self) -> None:
        assert set(Reason) >= PINNED

    @pytest.mark.parametrize("each", list(Reason))
    def test_all_have_advice(self, each: Any) -> None:
        assert Cause(each, "").advice.endswith(".")


class TestCauseInImport:
    def test_is_none_where_nothing_is_known(self) -> None:
        assert reason() is None

    def test_is_the_switch_before_anything_else(self) -> None:
        assert (
            reason(lineage_import_on=False, imports=(make_import_fact(event_status="FAILED"),))
            == "LINEAGE_IMPORT_OFF"
        )

    def test_is_looked_for_in_the_last_import_of_the_table(self) -> None:
        failed, fine = make_import_fact(event_status="FAILED"), make_import_fact(run_id="second")

        assert reason(imports=(failed, fine)) is None
        assert reason(imports=(fine, failed)) == "EVENT_FAILED"

    def test_is_not_that_of_another_table(self) -> None:
        imports = (make_import_fact(), make_import_fact("other", event_status="FAILED"))

        assert reason(imports=imports) is None
        assert reason("lab_db.other", imports=imports) == "EVENT_FAILED"

    @pytest.mark.parametrize(
        "error",
        [
            "Event is larger than 300KB",
            "Size exceeds 300 KB",
            "must have length less than or equal to 300000",
        ],
    )
    def test_is_the_size_of_the_event(self, error: Any) -> None:
        assert reason(imports=(make_import_fact(event_status="FAILED", error=error),)) == "OVER_300KB"

    @pytest.mark.parametrize("status", ["FAILED", None])
    def test_is_the_number_of_tables_where_the_service_says_so(self, status: Any) -> None:
        fact = make_import_fact(event_status=status, error="Crawler run imported more than 250 tables")

        assert reason(imports=(fact,)) == "OVER_250_TABLES"

    @pytest.mark.parametrize("count, expected", [(249, None), (250, "OVER_250_TABLES")])
    def test_is_the_number_of_tables_where_a_run_has_as_many_and_no_event(
        self, count: Any, expected: Any
    ) -> None:
        imports = tuple(
            make_import_fact(f"t{index}", event_id=None, event_status=None) for index in range(count)
        )

        assert reason("lab_db.t0", imports=imports) == expected

    def test_is_not_a_limit_where_the_event_succeeded(self) -> None:
        assert reason(imports=(make_import_fact(error="250 tables, 300KB"),)) is None

    def test_is_the_asset_that_was_not_made(self) -> None:
        fact = make_import_fact(asset_id=None, event_id=None, event_status=None, error="No access")
        found = cause_in_import(make_snapshot(imports=(fact,)), "lab_db.clickstream")

        assert found == Cause(
            Reason.NO_ASSET, "data-source run b5n0example01x made no asset of the table: No access"
        )

    def test_names_an_event_without_id(self) -> None:
        fact = make_import_fact(event_id=None, event_status="FAILED")

        found = cause_in_import(make_snapshot(imports=(fact,)), "lab_db.clickstream")

        assert found is not None
        assert "of unknown id" in found.found


class TestTablesTheImportLeftOut:
    others = (make_import_fact("other"),)

    def test_have_no_asset(self) -> None:
        assert reason(str(CLICKS), LineageGraph([DatasetNode(CLICKS)]), imports=self.others) == "NO_ASSET"
        assert reason(str(CLICKS), LineageGraph(), imports=self.others) == "NO_ASSET"

    def test_may_have_an_asset_all_the_same(self) -> None:
        asset = DatasetId("amazon.datazone.asset", "c3y1")
        joined = LineageGraph([DatasetNode(CLICKS), DatasetNode(asset)], [Edge(CLICKS, asset)])
        named = LineageGraph([DatasetNode(CLICKS, (), Attributes({"asset_id": "c3y1"}))])

        assert reason(str(CLICKS), joined, imports=self.others) is None
        assert reason(str(CLICKS), named, imports=self.others) is None

    def test_may_have_lineage_of_another_source(self) -> None:
        assert reason(str(CLICKS), make_estate(), imports=self.others) is None

    def test_are_tables(self) -> None:
        assert reason("s3://b/k", imports=self.others) is None


class TestIdMismatch:
    def test_is_none_for_the_same_or_another_name(self) -> None:
        assert id_mismatch(str(CLICKS), [CLICKS]) is None
        assert id_mismatch(str(CLICKS), [ORDERS, dataset("a")]) is None
        assert id_mismatch("x", []) is None

    def test_holds_both_names(self) -> None:
        found = id_mismatch("s3://b/K/", [dataset("a"), DatasetId("s3://b", "k")])

        assert found == Cause(
            Reason.ID_MISMATCH,
            "'s3://b/K/' is asked for, 's3://b/k' is there; "
            "they differ in letter case and a slash at the end",
        )

    def test_knows_the_root_of_a_bucket(self) -> None:
        found = id_mismatch("s3://b", [DatasetId("s3://b", "/")])

        assert found is not None
        assert found.found.endswith("differ in a slash at the end")
