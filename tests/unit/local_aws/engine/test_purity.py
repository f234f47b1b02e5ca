from __future__ import annotations

import ast
from pathlib import Path

import pytest

from airflow_lineage_provider.local_aws import engine

FOREIGN = {"moto", "boto3", "botocore", "airflow", "requests"}
MODULES = sorted(Path(engine.__path__[0]).rglob("*.py"))


class TestEngine:
    @pytest.mark.parametrize("path", MODULES, ids=lambda path: "/".join(path.parts[-2:]))
    def test_imports_neither_moto_nor_aws_nor_airflow(self, path: Path) -> None:
        imported = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])

        assert not imported & FOREIGN
