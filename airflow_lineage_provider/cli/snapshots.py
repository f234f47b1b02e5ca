"""``airflow-lineage show | diff | verify``: look at, compare and check snapshot files."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow_lineage_provider.exceptions import InvalidArgumentError, InvalidExpectationError
from airflow_lineage_provider.lineage import (
    Snapshot,
    describe,
    diff,
    evaluate,
    expectation_from_dict,
    resolve_dataset,
    tree,
)

__all__ = ["compare", "show", "verify"]


def show(snapshot_path: str, tables: list[str] | None) -> int:
    """
    Print the lineage of a snapshot's tables as trees.

    :param snapshot_path: The snapshot file.
    :param tables: Only these, as ``db.table`` or identifiers; ``None`` prints all the snapshot was taken for.
    :return: 0.
    """
    snapshot = _read_snapshot(snapshot_path)
    roots = [resolve_dataset(snapshot.graph, table) for table in tables] if tables else list(snapshot.roots)
    _write("\n\n".join(tree(snapshot, root) for root in roots))
    return 0


def compare(before_path: str, after_path: str, *, as_json: bool) -> int:
    """
    Print what changed between two snapshots.

    :return: 0 if nothing changed, 1 if something did.
    """
    found = diff(_read_snapshot(before_path).graph, _read_snapshot(after_path).graph)
    if as_json:
        _write(json.dumps(found.to_dict(), indent=2))
    else:
        _write("\n".join(describe(change) for change in found.changes) or "No changes.")
    return 1 if found.changes else 0


def verify(snapshot_path: str, expectations_path: str) -> int:
    """
    Check a snapshot against the expectations of a file.

    :return: 0 if all hold, 1 if one is broken.
    """
    snapshot = _read_snapshot(snapshot_path)
    expectations = [expectation_from_dict(item) for item in _read_expectations(expectations_path)]
    violations = evaluate(expectations, snapshot, now=datetime.now(tz=UTC))
    for violation in violations:
        _write(
            f"BROKEN [{violation.reason}] {violation.subject}: expected {violation.expected}, "
            f"found {violation.actual}. {violation.advice}"
        )
    _write(f"{len(expectations) - len(violations)} of {len(expectations)} expectations hold.")
    return 1 if violations else 0


def _read_snapshot(path: str) -> Snapshot:
    return Snapshot.from_json(_read(path, "snapshot"))


def _read_expectations(path: str) -> list[Any]:
    import yaml

    text = _read(path, "expectations").decode("utf-8", "replace")
    try:
        document = yaml.safe_load(text)  # JSON is YAML, too
    except yaml.YAMLError as error:
        raise InvalidExpectationError(problem=f"{path} is neither JSON nor YAML: {error}") from error
    if not isinstance(document, list):
        raise InvalidExpectationError(problem=f"{path} must hold a list of expectations")
    return document


def _read(path: str, argument: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidArgumentError(
            argument=argument, value=path, wanted=f"a readable file ({error.strerror})"
        ) from error


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
