"""Errors of lineage that is not as it was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "ExpectationViolatedError",
    "NodeNotFoundError",
    "SchemaChangedError",
]


class NodeNotFoundError(LineageError, LookupError):
    """A node that the graph, or the catalog, does not have."""

    def __init__(self, *, node: str, place: str = "the graph") -> None:
        super().__init__(node=node, place=place)
        self.node = node
        self.place = place

    def __str__(self) -> str:
        """Name the node and where it was looked for."""
        return (
            f"There is no node {self.node!r} in {self.place}. "
            "Compare it with the nodes' source identifiers: names are case-sensitive."
        )


class ExpectationViolatedError(LineageError):
    """
    The lineage breaks at least one expectation.

    ``violations`` holds one mapping per violation with the members ``expectation``, ``subject``,
    ``expected``, ``actual``, ``reason`` and ``advice``.
    """

    def __init__(self, *, violations: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(violations=list(violations))
        self.violations = list(violations)

    def __str__(self) -> str:
        """List every violation with its reason and what to do."""
        lines = [f"The lineage breaks {len(self.violations)} expectation(s):"]
        for violation in self.violations:
            lines.append(
                f"- [{violation['reason']}] {violation['subject']}: expected {violation['expected']}, "
                f"found {violation['actual']}. {violation['advice']}"
            )
        return "\n".join(lines)


class SchemaChangedError(LineageError):
    """A schema or the lineage changed in a way the gate does not allow."""

    def __init__(self, *, changes: Sequence[str], allowed: str) -> None:
        super().__init__(changes=list(changes), allowed=allowed)
        self.changes = list(changes)
        self.allowed = allowed

    def __str__(self) -> str:
        """List the changes and what was allowed."""
        listed = "\n".join(f"- {change}" for change in self.changes)
        return (
            f"{len(self.changes)} change(s) where {self.allowed}:\n{listed}\n"
            "Restore the schema, or widen the gate if the change is wanted."
        )
