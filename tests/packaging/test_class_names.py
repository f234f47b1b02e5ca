"""No class takes a name that the Amazon provider exports: a DAG can import both without an alias."""

from __future__ import annotations

import ast
from pathlib import Path

import airflow.providers.amazon.aws as amazon
import pytest

import airflow_lineage_provider

OURS = Path(airflow_lineage_provider.__file__).parent
THEIRS = Path(next(iter(amazon.__path__)))
KINDS = ("hooks", "links", "operators", "sensors", "triggers")


def class_names(folder: Path) -> set[str]:
    return {
        node.name
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


@pytest.mark.parametrize("kind", [kind for kind in KINDS if (OURS / kind).is_dir()])
def test_takes_no_name_of_the_amazon_provider(kind: str) -> None:
    theirs = set().union(*(class_names(THEIRS / each) for each in KINDS))
    ours = class_names(OURS / kind)

    assert ours & theirs == set()


def test_finds_the_names_of_the_amazon_provider() -> None:
    assert "GlueCrawlerOperator" in class_names(THEIRS / "operators")
