"""What the installed distribution offers to Airflow and to a shell."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import airflow_lineage_provider
from airflow_lineage_provider.get_provider_info import get_provider_info

DISTRIBUTION = importlib.metadata.distribution("airflow-lineage-provider")


def entry_points(group: str) -> dict[str, importlib.metadata.EntryPoint]:
    return {entry.name: entry for entry in DISTRIBUTION.entry_points if entry.group == group}


class TestEntryPoints:
    def test_provider_info_is_what_airflow_loads(self) -> None:
        entry = entry_points("apache_airflow_provider")["provider_info"]

        assert entry.load() is get_provider_info

    def test_there_is_one_command(self) -> None:
        assert set(entry_points("console_scripts")) == {"airflow-lineage"}

    def test_command_says_what_it_can_do(self) -> None:
        command = [str(Path(sys.executable).with_name("airflow-lineage")), "--help"]

        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

        assert (done.returncode, "demo" in done.stdout) == (0, True)

    def test_version_is_the_packages(self) -> None:
        assert DISTRIBUTION.version == airflow_lineage_provider.__version__
