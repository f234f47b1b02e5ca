"""
Keep names telling: fail for a module or folder whose name says nothing, and for a missing ``__all__``.

A public module is one of the package whose name, and whose folders' names, do not begin with an underscore.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "airflow_lineage_provider"
FOLDERS = (PACKAGE, "benchmarks", "dags", "scripts", "tests")
EMPTY_NAMES = frozenset(
    {"common", "data", "handle", "helper", "helpers", "info", "manager", "misc", "process", "util", "utils"}
)
DATA_FOLDER = ("tests", "data")
"""Recorded answers for tests; STYLE gives this folder its name."""


def find_empty_names(root: Path) -> Iterator[str]:
    """Yield one sentence per module or folder whose name says nothing about what is in it."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            is_python = path.suffix == ".py" or path.is_dir()
            name = path.stem.removeprefix("test_").strip("_")
            relative = path.relative_to(root)
            if is_python and name in EMPTY_NAMES and relative.parts[:2] != DATA_FOLDER:
                yield f"{relative}: the name {name!r} says nothing; name what it does"


def _declares_names(tree: ast.Module) -> bool:
    """Tell whether a module lists its public names in ``__all__``."""
    return any(
        isinstance(target, ast.Name) and target.id == "__all__"
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def _defines_public_names(tree: ast.Module) -> bool:
    """Tell whether a module defines a class or a function that others may use."""
    return any(
        isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        for node in tree.body
    )


def find_undeclared(root: Path) -> Iterator[str]:
    """Yield one sentence per public module of the package that has no ``__all__``."""
    for path in sorted((root / PACKAGE).rglob("*.py")):
        relative = path.relative_to(root)
        private = any(part.startswith("_") and part != "__init__.py" for part in relative.parts)
        if private:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if _defines_public_names(tree) and not _declares_names(tree):
            yield f"{relative}: no __all__, so nobody can tell what is public"


def main() -> int:
    """Print every finding; return 1 if there is one."""
    found = [*find_empty_names(ROOT), *find_undeclared(ROOT)]
    print(
        "\n".join(found) or "check_names: every name says what it stands for, every public module has __all__"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
