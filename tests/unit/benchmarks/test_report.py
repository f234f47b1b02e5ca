from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.report import Report, environment, keep, kept_reports, table
from benchmarks.rows import Row

FASTER = Row("crawl: wall time", 0.5, 2.0, "s", "one thread", "warm")
ENVIRONMENT = {"date": "2026-01-02", "cores": "2"}


def report(*rows: Row, subject: str = "crawl") -> Report:
    return Report(subject, "What a crawl takes", ENVIRONMENT, rows)


def cells(*rows: Row) -> list[str]:
    return [cell.strip() for cell in table([report(*rows)]).splitlines()[-1].strip("|").split("|")]


class TestTable:
    def test_shows_each_figure_beside_its_peer(self) -> None:
        assert cells(FASTER) == ["crawl: wall time", "0.500", "2.00", "s", "4.00× better", "one thread; warm"]

    def test_says_where_the_peer_is_better(self) -> None:
        assert cells(Row("x", 3.0, 1.5, "s"))[4] == "2.00× worse"

    def test_says_where_both_are_the_same(self) -> None:
        assert cells(Row("x", 3.0, 3.001, "s"))[4] == "the same"

    def test_knows_figures_of_which_more_is_better(self) -> None:
        assert cells(Row("x", 3000, 1500, "events/s", better="more"))[1:5] == [
            "3,000",
            "1,500",
            "events/s",
            "2.00× better",
        ]

    def test_compares_nothing_without_a_peer(self) -> None:
        assert cells(Row("x", 1.0, None, "s"))[2:5] == ["–", "s", "–"]

    def test_has_one_heading_for_all_subjects(self) -> None:
        lines = table([report(FASTER), report(FASTER, subject="other")]).splitlines()

        assert len(lines) == 4
        assert len({len(line) for line in lines}) == 1


class TestKeep:
    def test_reads_back_what_it_kept(self, tmp_path: Path) -> None:
        kept = report(FASTER, Row("more", 1.0, None, "x", better="more"))

        keep(kept, tmp_path)

        assert kept_reports(tmp_path) == [kept]

    def test_replaces_one_subject_and_leaves_the_others(self, tmp_path: Path) -> None:
        other = report(FASTER, subject="lineage")
        keep(other, tmp_path)
        keep(report(FASTER), tmp_path)

        keep(report(Row("again", 1.0, 1.0, "s")), tmp_path)

        assert kept_reports(tmp_path) == [report(Row("again", 1.0, 1.0, "s")), other]
        page = (tmp_path / "README.md").read_text(encoding="utf-8")
        assert [line for line in page.splitlines() if line.startswith("## ")] == [
            "## crawl: What a crawl takes",
            "## lineage: What a crawl takes",
        ]
        assert "date 2026-01-02, cores 2" in page


class TestEnvironment:
    def test_names_versions_and_the_day_and_no_machine(self) -> None:
        known = environment(["pytest"])

        assert known["pytest"] == pytest.__version__
        assert set(known) == {
            "date",
            "system",
            "cores",
            "load before",
            "Python",
            "airflow-lineage-provider",
            "pytest",
        }
        assert int(known["cores"]) >= 1
        assert "/" not in json.dumps(known)
