"""
Keep pinned versions free of addresses: a lock must work with whatever package index its reader uses.

Constraints files hold lines of the form ``name==version``; ``package-lock.json`` has no ``resolved`` member.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_SKIPPED = {".git", "node_modules"}
_PIN = re.compile(r"[a-z0-9][a-z0-9._-]*==[0-9][^\s;@]*( ; .+)?")


def find_odd_pins(path: Path) -> Iterator[str]:
    """Yield one sentence per line of a constraints file that is not a plain pin."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not _PIN.fullmatch(line):
            yield f"{path.name}:{number}: {line!r} is not name==version"


def find_resolved(path: Path) -> Iterator[str]:
    """Yield one sentence per package of an npm lock that names where it was downloaded."""
    lock: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name, package in lock.get("packages", {}).items():
        if "resolved" in package:
            yield f"{path}: {name!r} has an address; write the lock with omit-lockfile-registry-resolved"


def find_addresses(root: Path) -> Iterator[str]:
    """Yield one sentence per finding in all locks below ``root``."""
    for path in sorted((root / "constraints").glob("*.txt")):
        yield from find_odd_pins(path)
    for path in sorted(root.rglob("package-lock.json")):
        if not any(part in _SKIPPED or part.startswith(".venv") for part in path.relative_to(root).parts):
            yield from find_resolved(path)


def main() -> int:
    """Print every finding; return 1 if there is one."""
    found = list(find_addresses(ROOT))
    print("\n".join(found) or "check_locks: no lock carries a download address")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
