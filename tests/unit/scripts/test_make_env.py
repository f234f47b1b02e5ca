from __future__ import annotations

import base64
import stat
from pathlib import Path

from scripts.make_env import main, make_env


def test_writes_a_file_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / ".env"

    assert main(path) == 0

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "AIRFLOW_FERNET_KEY=" in path.read_text(encoding="utf-8")


def test_leaves_a_file_alone_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("MINE=1", encoding="utf-8")

    assert main(path) == 0

    assert path.read_text(encoding="utf-8") == "MINE=1"


def test_fernet_key_is_one(tmp_path: Path) -> None:
    line = next(line for line in make_env().splitlines() if line.startswith("AIRFLOW_FERNET_KEY="))

    assert len(base64.urlsafe_b64decode(line.partition("=")[2])) == 32
