"""Errors of imports: data-source runs."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "DataSourceNotReadyError",
    "DataSourceRunFailedError",
    "DataSourceRunTimeoutError",
    "ImportRunError",
    "LineageImportOffError",
]


class ImportRunError(LineageError):
    """Something went wrong with an import (a data-source run)."""


class LineageImportOffError(ImportRunError):
    """Lineage import is switched off on the data source's connection."""

    def __init__(self, *, domain_id: str, data_source_id: str, connection_id: str) -> None:
        super().__init__(domain_id=domain_id, data_source_id=data_source_id, connection_id=connection_id)
        self.domain_id = domain_id
        self.data_source_id = data_source_id
        self.connection_id = connection_id

    def __str__(self) -> str:
        """Name the connection and how to switch the import on."""
        return (
            f"Lineage import is off on connection {self.connection_id!r} of data source "
            f"{self.data_source_id!r} (domain {self.domain_id!r}). Switch it on with "
            "DataZoneEnableLineageOperator or tick 'Import data lineage' on the connection, "
            "or pass require_lineage=False."
        )


class DataSourceNotReadyError(ImportRunError):
    """The data source is in a state, or set up in a way, that allows no run."""

    def __init__(self, *, domain_id: str, data_source_id: str, state: str, message: str = "") -> None:
        super().__init__(domain_id=domain_id, data_source_id=data_source_id, state=state, message=message)
        self.domain_id = domain_id
        self.data_source_id = data_source_id
        self.state = state
        self.message = message

    def __str__(self) -> str:
        """Name the data source and its state."""
        said = f" {self.message}" if self.message else ""
        return (
            f"Data source {self.data_source_id!r} of domain {self.domain_id!r} is {self.state} and cannot be "
            f"run.{said} Bring it to READY and ENABLED, then clear the task."
        )


class DataSourceRunFailedError(ImportRunError):
    """
    The run, one of its assets or its lineage import failed.

    ``problems`` holds one sentence per failed asset, event or status.
    """

    def __init__(
        self,
        *,
        domain_id: str,
        data_source_id: str,
        run_id: str,
        status: str,
        lineage_status: str | None,
        problems: Sequence[str],
    ) -> None:
        super().__init__(
            domain_id=domain_id,
            data_source_id=data_source_id,
            run_id=run_id,
            status=status,
            lineage_status=lineage_status,
            problems=list(problems),
        )
        self.domain_id = domain_id
        self.data_source_id = data_source_id
        self.run_id = run_id
        self.status = status
        self.lineage_status = lineage_status
        self.problems = list(problems)

    def __str__(self) -> str:
        """Name the run, both states and every problem."""
        listed = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"Run {self.run_id} of data source {self.data_source_id!r} (domain {self.domain_id!r}) is "
            f"{self.status}, its lineage import {self.lineage_status or 'absent'}:\n{listed}\n"
            "Fix what is named, then clear the task to import again."
        )


class DataSourceRunTimeoutError(ImportRunError, TimeoutError):
    """The run or its lineage import did not end in time."""

    def __init__(
        self,
        *,
        domain_id: str,
        data_source_id: str,
        run_id: str,
        status: str,
        lineage_status: str | None,
        waited_seconds: float,
    ) -> None:
        super().__init__(
            domain_id=domain_id,
            data_source_id=data_source_id,
            run_id=run_id,
            status=status,
            lineage_status=lineage_status,
            waited_seconds=waited_seconds,
        )
        self.domain_id = domain_id
        self.data_source_id = data_source_id
        self.run_id = run_id
        self.status = status
        self.lineage_status = lineage_status
        self.waited_seconds = waited_seconds

    def __str__(self) -> str:
        """Name the run, both states and how long was waited."""
        if not self.run_id:
            return (
                f"No run of data source {self.data_source_id!r} (domain {self.domain_id!r}) that is fresh "
                f"enough was seen within {self.waited_seconds:.0f} s. Run the data source, or raise timeout."
            )
        return (
            f"Run {self.run_id} of data source {self.data_source_id!r} (domain {self.domain_id!r}) was still "
            f"{self.status} (lineage import: {self.lineage_status or 'absent'}) after "
            f"{self.waited_seconds:.0f} s. Raise timeout, or look at the run in SageMaker Catalog."
        )
