"""The commands the documentation names are there, and ``make`` alone lists them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", MAKEFILE, re.MULTILINE))
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.rst"), ROOT / ".ci" / "run"]


def make(*words: str) -> str:
    return subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_lists_its_commands_when_given_none() -> None:
    assert make() == make("help")


def test_lists_every_command_a_user_may_run() -> None:
    listed = set(re.findall(r"^  ([a-z0-9-]+) ", make("help"), re.MULTILINE))

    assert listed == TARGETS - {"run-airflow2"}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_has_every_command_the_documentation_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^\s*\$ |^)make ((?:[a-z][a-z0-9-]*))", text, re.MULTILINE))

    assert named - TARGETS == set()
