from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.report import RESULTS, keep, kept_reports, table
from benchmarks.subjects import load_subject, subject_names


class TestMain:
    def test_lists_every_subject_with_what_it_measures(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--list"]) == 0

        listed = capsys.readouterr().out.splitlines()
        assert listed == [f"{name}\t{load_subject(name).TITLE}" for name in subject_names()]

    @pytest.mark.parametrize(
        "arguments, problem",
        [
            pytest.param(["nothing"], "unknown subject 'nothing'; known: ", id="an unknown subject"),
            pytest.param(["--scale", "0"], "0 is not above 0", id="no load"),
            pytest.param(["--scale", "2"], "2 is not above 0 and at most 1", id="more than the full load"),
        ],
    )
    def test_refuses_what_it_cannot_measure(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], problem: str
    ) -> None:
        with pytest.raises(SystemExit) as raised:
            main(arguments, results=tmp_path)

        assert raised.value.code == 2
        assert problem in capsys.readouterr().err

    def test_prints_a_small_run_and_keeps_nothing_of_it(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        assert main(["crawl", "--scale", "0.001"], results=tmp_path) == 0

        assert "JSON objects, 2 partitions: wall time" in capsys.readouterr().out
        assert list(tmp_path.iterdir()) == []

    def test_writes_the_page_of_the_kept_figures_again(self, tmp_path: Path) -> None:
        for kept in kept_reports():
            keep(kept, tmp_path)
        page = tmp_path / "README.md"
        written = page.read_text(encoding="utf-8")
        page.write_text("both sides of a merge", encoding="utf-8")

        assert main(["--page"], results=tmp_path) == 0

        assert page.read_text(encoding="utf-8") == written


class TestResults:
    def test_are_those_of_subjects_that_exist(self) -> None:
        assert {kept.subject for kept in kept_reports()} <= set(subject_names())

    def test_stand_on_the_page_as_they_stand_in_the_files(self) -> None:
        page = (RESULTS / "README.md").read_text(encoding="utf-8")

        assert all(table([kept]) in page for kept in kept_reports())

    def test_name_what_they_were_measured_with(self) -> None:
        for path in RESULTS.glob("*.json"):
            known = json.loads(path.read_text(encoding="utf-8"))["environment"]
            assert {"date", "cores", "Python", *load_subject(path.stem).LIBRARIES} <= set(known)
