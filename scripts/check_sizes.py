"""
Keep modules readable: fail for a Python module with more than 400 lines of code, a test module with 500.

Blank lines, comments and docstrings do not count; they are what makes a module readable.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = {"airflow_lineage_provider": 400, "benchmarks": 400, "dags": 400, "scripts": 400, "tests": 500}

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _docstring_lines(source: str) -> set[int]:
    """Return the numbers of the lines that belong to docstrings."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            lines.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return lines


def count_code_lines(source: str) -> int:
    """Count the lines of a module that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - _docstring_lines(source))


def find_oversized(root: Path) -> Iterator[str]:
    """Yield one sentence per module that is too long."""
    for folder, most in MOST_LINES.items():
        for path in sorted((root / folder).rglob("*.py")):
            count = count_code_lines(path.read_text(encoding="utf-8"))
            if count > most:
                name = path.relative_to(root)
                yield f"{name}: {count} lines of code, at most {most}: split it by subject"


def main() -> int:
    """Print every module that is too long; return 1 if there is one."""
    found = list(find_oversized(ROOT))
    print("\n".join(found) or "check_sizes: no module has too many lines of code")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
