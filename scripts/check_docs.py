"""
Keep the guide complete: fail for a public operator or sensor that no page of docs/howto shows.

A page shows a class where it has the label ``howto/operator:<Class>`` (``howto/sensor:<Class>``).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"operators": "operator", "sensors": "sensor"}
_LABEL = re.compile(r"^\.\. _(howto/\w+:\w+):$", re.MULTILINE)


def _labels(root: Path) -> set[str]:
    """Return every how-to label of the documentation."""
    pages = sorted((root / "docs" / "howto").rglob("*.rst"))
    return {label for page in pages for label in _LABEL.findall(page.read_text(encoding="utf-8"))}


def _classes(path: Path, ending: str) -> Iterator[str]:
    """Yield the public classes of a module whose names end as their kind's do."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name.endswith(ending) and not node.name.startswith("_"):
            yield node.name


def find_undocumented(root: Path) -> Iterator[str]:
    """Yield one sentence per class without a guide; bases stand in modules that end in ``base``."""
    labels = _labels(root)
    for folder, kind in KINDS.items():
        for path in sorted((root / "airflow_lineage_provider" / folder).glob("*.py")):
            if path.stem.endswith("base"):
                continue
            for name in _classes(path, kind.capitalize()):
                if f"howto/{kind}:{name}" not in labels:
                    yield f"{path.relative_to(root)}: {name} has no section labelled howto/{kind}:{name}"


def main() -> int:
    """Print every finding; return 1 if there is one."""
    found = list(find_undocumented(ROOT))
    print("\n".join(found) or "check_docs: every operator and sensor has its guide")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
