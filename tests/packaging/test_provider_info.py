"""Airflow finds the provider and reads the truth about it."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest

import airflow_lineage_provider
from airflow_lineage_provider.get_provider_info import get_provider_info

NAME = "airflow-lineage-provider"
PACKAGE = Path(airflow_lineage_provider.__file__).parent
KINDS = ("hooks", "operators", "sensors", "triggers")


def listed_modules(kind: str) -> set[str]:
    info: Any = get_provider_info()
    return {module for entry in info.get(kind, []) for module in entry["python-modules"]}


def defined_classes(kind: str) -> set[str]:
    """Names of the public classes of a kind that are defined in its folder, but for bases."""
    ending = kind.removesuffix("s").capitalize()
    return {
        node.name
        for path in (PACKAGE / kind).glob("*.py")
        if not path.stem.endswith("base")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.endswith(ending) and not node.name.startswith("_")
    }


def exported_classes(kind: str) -> set[str]:
    """Names of the public classes of a kind that the listed modules export."""
    ending = kind.removesuffix("s").capitalize()
    modules = [importlib.import_module(name) for name in listed_modules(kind)]
    return {name for module in modules for name in module.__all__ if name.endswith(ending)}


class TestProviderInfo:
    def test_fits_the_schema_airflow_checks_it_with(self) -> None:
        path = Path(airflow.__file__).with_name("provider_info.schema.json")
        schema = json.loads(path.read_text(encoding="utf-8"))

        jsonschema.validate(get_provider_info(), schema)

    def test_names_this_distribution(self) -> None:
        info = get_provider_info()

        assert info["package-name"] == importlib.metadata.metadata(NAME)["Name"]

    @pytest.mark.parametrize("kind", ["operators", "sensors", "triggers"])
    def test_lists_modules_that_export_every_class(self, kind: str) -> None:
        assert exported_classes(kind) == defined_classes(kind)

    @pytest.mark.parametrize("module", sorted(set().union(*map(listed_modules, KINDS))))
    def test_names_modules_that_can_be_imported(self, module: str) -> None:
        assert importlib.import_module(module).__name__ == module

    def test_every_integration_used_is_declared(self) -> None:
        info: Any = get_provider_info()
        declared = {entry["integration-name"] for entry in info["integrations"]}

        used = {entry["integration-name"] for kind in KINDS for entry in info.get(kind, [])}

        assert used == declared

    def test_is_read_without_importing_anything_else(self) -> None:
        program = (
            "import sys; before = set(sys.modules);"
            "import airflow_lineage_provider.get_provider_info as module; module.get_provider_info();"
            "print(*sorted(name for name in {*sys.modules} - before if 'airflow' in name or 'boto' in name))"
        )

        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert done.stdout.split() == [
            "airflow_lineage_provider",
            "airflow_lineage_provider.get_provider_info",
        ]


class TestAirflowCommand:
    def test_lists_the_provider(self) -> None:
        command = [str(Path(sys.executable).with_name("airflow")), "providers", "list", "--output", "json"]

        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

        found = json.loads(done.stdout[done.stdout.index("[{") :])
        versions = {entry["package_name"]: entry["version"] for entry in found}
        assert versions[NAME] == airflow_lineage_provider.__version__
