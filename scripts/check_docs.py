"""
Keep the guide complete: fail for a public operator or sensor, or an argument of one, that docs/howto lacks.

A page shows a class where it has the label ``howto/operator:<Class>`` (``howto/sensor:<Class>``). That page
has to name each of its arguments, its own and those of a base in the same folder, in literal quotes.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"operators": "operator", "sensors": "sensor"}
_LABEL = re.compile(r"^\.\. _(howto/\w+:\w+):$", re.MULTILINE)


def _pages(root: Path) -> dict[str, str]:
    """Return the text of the page that has a how-to label, by the label."""
    texts = [page.read_text(encoding="utf-8") for page in sorted((root / "docs" / "howto").rglob("*.rst"))]
    return {label: text for text in texts for label in _LABEL.findall(text)}


def _classes(folder: Path) -> dict[str, tuple[Path, ast.ClassDef]]:
    """Return the classes of a folder's modules and where they stand, by name."""
    return {
        node.name: (path, node)
        for path in sorted(folder.glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }


def _arguments(name: str, classes: Mapping[str, tuple[Path, ast.ClassDef]]) -> Iterator[str]:
    """Yield the keyword-only arguments of a class and of its bases in the same folder."""
    if name not in classes:
        return
    _, found = classes[name]
    for node in found.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            yield from (each.arg for each in node.args.kwonlyargs)
    for base in found.bases:
        if isinstance(base, ast.Name):
            yield from _arguments(base.id, classes)


def find_undocumented(root: Path) -> Iterator[str]:
    """Yield one sentence per class or argument without a guide; modules of bases end in ``base``."""
    pages = _pages(root)
    for folder, kind in KINDS.items():
        classes = _classes(root / "airflow_lineage_provider" / folder)
        for name, (path, _) in classes.items():
            if name.startswith("_") or not name.endswith(kind.capitalize()) or path.stem.endswith("base"):
                continue
            where, label = f"{path.relative_to(root)}: {name}", f"howto/{kind}:{name}"
            if label not in pages:
                yield f"{where} has no section labelled {label}"
                continue
            for argument in sorted(set(_arguments(name, classes))):
                if f"``{argument}``" not in pages[label] and f"``{argument}=" not in pages[label]:
                    yield f"{where}'s argument {argument} is not named on the page with {label}"


def main() -> int:
    """Print every finding; return 1 if there is one."""
    found = list(find_undocumented(ROOT))
    print("\n".join(found) or "check_docs: every operator and sensor has its guide with each argument")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
