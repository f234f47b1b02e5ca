from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "find_python.sh"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The only folder on the search path: what a shell script needs, and no Python."""
    for name in ("sh", "cat"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def add_program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!{shutil.which('sh')}\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def find_python(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(folder / "sh"), str(SCRIPT)],
        env={"PATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_takes_python3_when_it_is_in_range(programs: Path) -> None:
    add_program(programs, "python3", f'exec {sys.executable} "$@"')
    add_program(programs, "python3.13", "exit 1")

    assert find_python(programs).stdout.strip() == sys.executable


def test_passes_over_a_shim_that_does_not_start(programs: Path) -> None:
    add_program(programs, "python3", "exit 127")
    add_program(programs, "python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    add_program(programs, "python3.12", f'exec {sys.executable} "$@"')

    found = find_python(programs)

    assert (found.returncode, found.stdout.strip(), found.stderr) == (0, sys.executable, "")


def test_says_what_to_do_when_there_is_none(programs: Path) -> None:
    found = find_python(programs)

    assert found.returncode == 1
    assert "apt-get install python3" in found.stderr
    assert "make PYTHON=" in found.stderr


def test_uses_the_one_it_is_told(programs: Path) -> None:
    assert find_python(programs, PYTHON=sys.executable).stdout.strip() == sys.executable


def test_says_that_the_one_it_is_told_does_not_do(programs: Path) -> None:
    found = find_python(programs, PYTHON="/nowhere/python3.9")

    assert found.returncode == 1
    assert "PYTHON=/nowhere/python3.9 does not start or is not Python 3.11, 3.12 or 3.13" in found.stderr
