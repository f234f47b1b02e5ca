"""Each of the project's own rules: one tree that keeps it and one that breaks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.check_docs import find_undocumented
from scripts.check_locks import find_addresses
from scripts.check_names import find_empty_names, find_undeclared
from scripts.check_sizes import MOST_LINES, count_code_lines, find_oversized

OPERATOR_WITH_BASE = """
class _Base:
    def __init__(self, *, depth=1, **kwargs): ...

class AOperator(_Base):
    def __init__(self, *, told, untold=None, **kwargs): ...
"""


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class TestSizes:
    @pytest.mark.parametrize("folder", MOST_LINES)
    def test_passes_a_module_that_is_just_short_enough(self, tmp_path: Path, folder: str) -> None:
        write(tmp_path, f"{folder}/a.py", "x = 1\n" * MOST_LINES[folder])

        assert list(find_oversized(tmp_path)) == []

    @pytest.mark.parametrize("folder", MOST_LINES)
    def test_names_a_module_that_is_too_long(self, tmp_path: Path, folder: str) -> None:
        most = MOST_LINES[folder]
        write(tmp_path, f"{folder}/a.py", "x = 1\n" * (most + 1))

        assert list(find_oversized(tmp_path)) == [
            f"{folder}/a.py: {most + 1} lines of code, at most {most}: split it by subject"
        ]

    def test_counts_neither_blank_lines_nor_comments_nor_docstrings(self) -> None:
        source = (
            '"""\nA module.\n"""\n\n# note\ndef f() -> None:\n    """Do it."""\n    g(\n        1,\n    )\n'
        )

        assert count_code_lines(source) == 4


class TestNames:
    @pytest.mark.parametrize("name", ["operators/datazone.py", "lineage/event_data.py"])
    def test_passes_a_name_that_says_something(self, tmp_path: Path, name: str) -> None:
        write(tmp_path, f"airflow_lineage_provider/{name}", "")

        assert list(find_empty_names(tmp_path)) == []

    @pytest.mark.parametrize("name", ["hooks/utils.py", "_helpers.py", "common/__init__.py"])
    def test_names_what_says_nothing(self, tmp_path: Path, name: str) -> None:
        write(tmp_path, f"airflow_lineage_provider/{name}", "")

        assert len(list(find_empty_names(tmp_path))) == 1

    def test_passes_a_module_that_declares_its_names(self, tmp_path: Path) -> None:
        write(tmp_path, "airflow_lineage_provider/a.py", '__all__ = ["f"]\ndef f(): ...\n')

        assert list(find_undeclared(tmp_path)) == []

    def test_names_a_module_that_declares_none(self, tmp_path: Path) -> None:
        write(tmp_path, "airflow_lineage_provider/a.py", "def f(): ...\n")

        assert list(find_undeclared(tmp_path)) == [
            "airflow_lineage_provider/a.py: no __all__, so nobody can tell what is public"
        ]

    def test_asks_nothing_of_private_modules(self, tmp_path: Path) -> None:
        write(tmp_path, "airflow_lineage_provider/_a.py", "def f(): ...\n")

        assert list(find_undeclared(tmp_path)) == []


class TestLocks:
    def test_passes_names_and_versions(self, tmp_path: Path) -> None:
        write(tmp_path, "constraints/a.txt", "boto3==1.43.117\ncffi==2.0 ; python_version < '3.12'\n")
        write(
            tmp_path,
            "ui/package-lock.json",
            json.dumps({"packages": {"node_modules/x": {"version": "1.0.0"}}}),
        )

        assert list(find_addresses(tmp_path)) == []

    @pytest.mark.parametrize(
        "line",
        [
            "--index-url https://example.org/simple",
            "boto3 @ https://example.org/boto3.whl",
            "boto3>=1",
            "# via x",
        ],
    )
    def test_names_a_line_that_is_no_pin(self, tmp_path: Path, line: str) -> None:
        write(tmp_path, "constraints/a.txt", f"{line}\n")

        assert list(find_addresses(tmp_path)) == [f"a.txt:1: {line!r} is not name==version"]

    def test_names_a_package_with_an_address(self, tmp_path: Path) -> None:
        packages = {"node_modules/x": {"version": "1.0.0", "resolved": "https://example.org/x.tgz"}}
        write(tmp_path, "ui/package-lock.json", json.dumps({"packages": packages}))

        assert len(list(find_addresses(tmp_path))) == 1


class TestDocs:
    def test_passes_an_operator_with_a_guide(self, tmp_path: Path) -> None:
        write(tmp_path, "airflow_lineage_provider/operators/a.py", "class AOperator: ...\n")
        write(tmp_path, "docs/howto/a.rst", ".. _howto/operator:AOperator:\n")

        assert list(find_undocumented(tmp_path)) == []

    def test_names_an_operator_without_one(self, tmp_path: Path) -> None:
        write(tmp_path, "airflow_lineage_provider/operators/a.py", "class AOperator: ...\n")

        assert list(find_undocumented(tmp_path)) == [
            (
                "airflow_lineage_provider/operators/a.py: "
                "AOperator has no section labelled howto/operator:AOperator"
            )
        ]

    def test_names_an_argument_that_its_page_does_not(self, tmp_path: Path) -> None:
        write(tmp_path, "airflow_lineage_provider/operators/a.py", OPERATOR_WITH_BASE)
        write(tmp_path, "docs/howto/a.rst", ".. _howto/operator:AOperator:\n\n``told`` and ``depth=3``.\n")
        write(tmp_path, "docs/howto/b.rst", "``untold``\n")

        assert list(find_undocumented(tmp_path)) == [
            (
                "airflow_lineage_provider/operators/a.py: AOperator's argument untold is not named on the "
                "page with howto/operator:AOperator"
            )
        ]

    def test_asks_nothing_of_private_classes_and_bases(self, tmp_path: Path) -> None:
        write(tmp_path, "airflow_lineage_provider/operators/a.py", "class _AOperator: ...\n")
        write(tmp_path, "airflow_lineage_provider/operators/base.py", "class BOperator: ...\n")

        assert list(find_undocumented(tmp_path)) == []
