from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider import lineage

ROOT = Path(__file__).resolve().parents[3]
MODULES = [each.name for each in pkgutil.iter_modules(lineage.__path__)]


class TestPublicNames:
    @pytest.mark.parametrize("name", lineage.__all__)
    def test_can_be_had_from_the_package(self, name: Any) -> None:
        assert getattr(lineage, name) is not None

    def test_are_listed(self) -> None:
        assert dir(lineage) == sorted(lineage.__all__)

    def test_that_do_not_exist_raise(self) -> None:
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = lineage.nothing

    @pytest.mark.parametrize("module", MODULES)
    def test_of_every_module_exist_and_are_sorted(self, module: Any) -> None:
        loaded = importlib.import_module(f"airflow_lineage_provider.lineage.{module}")

        assert all(hasattr(loaded, name) for name in loaded.__all__)
        assert loaded.__all__ == sorted(
            loaded.__all__, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
        )

    def test_are_never_called_like_a_module(self) -> None:
        assert not set(lineage.__all__) & set(MODULES)


def test_the_core_loads_nothing_but_the_standard_library() -> None:
    program = (
        "import importlib, sys\n"
        f"for name in {MODULES}: importlib.import_module('airflow_lineage_provider.lineage.' + name)\n"
        "known = sys.stdlib_module_names | {'airflow_lineage_provider', '__main__'}\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} - known))"
    )

    found = subprocess.run(
        [sys.executable, "-S", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )

    assert found.stdout.strip() == "[]"
