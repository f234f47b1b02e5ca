"""Errors of what was given: an argument, an identifier, an event, a snapshot."""

from __future__ import annotations

from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "InvalidArgumentError",
    "InvalidEventError",
    "InvalidExpectationError",
    "InvalidIdentifierError",
    "InvalidSnapshotError",
    "SnapshotNotFoundError",
]


class InvalidIdentifierError(LineageError, ValueError):
    """A text that is no identifier of the kind asked for."""

    def __init__(self, *, text: str, wanted: str) -> None:
        super().__init__(text=text, wanted=wanted)
        self.text = text
        self.wanted = wanted

    def __str__(self) -> str:
        """Say what was given and what was wanted."""
        return f"{self.text!r} is not {self.wanted}."


class InvalidArgumentError(LineageError, ValueError):
    """An argument that cannot work, found before anything was called."""

    def __init__(self, *, argument: str, value: object, wanted: str) -> None:
        super().__init__(argument=argument, value=value, wanted=wanted)
        self.argument = argument
        self.value = value
        self.wanted = wanted

    def __str__(self) -> str:
        """Name the argument, its value and what it must be."""
        return f"Argument {self.argument!r} is {self.value!r}; it must be {self.wanted}."


class InvalidEventError(LineageError, ValueError):
    """A payload that is not an OpenLineage run event."""

    def __init__(self, *, path: str, problem: str) -> None:
        super().__init__(path=path, problem=problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        """Name the member (JSON path) and what is wrong with it; never the event itself."""
        return f"Not an OpenLineage run event: {self.path} {self.problem}."


class InvalidExpectationError(LineageError, ValueError):
    """A mapping that describes no expectation."""

    def __init__(self, *, problem: str, given: object = None) -> None:
        super().__init__(problem=problem, given=given)
        self.problem = problem
        self.given = given

    def __str__(self) -> str:
        """Say what is wrong and show what was given."""
        return f"Not an expectation: {self.problem} (given: {self.given!r})."


class InvalidSnapshotError(LineageError, ValueError):
    """A document that is not a lineage snapshot."""

    def __init__(self, *, path: str, problem: str) -> None:
        super().__init__(path=path, problem=problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        """Name the member (JSON path) and what is wrong with it."""
        return f"Not a lineage snapshot: {self.path} {self.problem}."


class SnapshotNotFoundError(LineageError, LookupError):
    """There is no lineage snapshot where one was expected."""

    def __init__(self, *, path: str) -> None:
        super().__init__(path=path)
        self.path = path

    def __str__(self) -> str:
        """Name the path."""
        return (
            f"There is no lineage snapshot at {self.path!r}. "
            "Write one with LineageExtractOperator(snapshot_path=…), where every worker can read it."
        )
