"""Errors of what tasks do in SageMaker Catalog besides importing."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "AssetsNotDeletedError",
    "CatalogError",
    "CatalogThingFailedError",
    "CatalogTimeoutError",
    "DataSourceDiffersError",
    "LineageEventFailedError",
]


class CatalogError(LineageError):
    """Something went wrong with a thing of SageMaker Catalog that is no import."""

    domain_id: str


class CatalogThingFailedError(CatalogError):
    """A data source, a project or the like ended in a state in which it cannot be used."""

    def __init__(self, *, thing: str, domain_id: str, state: str, message: str = "") -> None:
        super().__init__(thing=thing, domain_id=domain_id, state=state, message=message)
        self.state = state

    def __str__(self) -> str:
        """Name the thing, its state and the service's reason."""
        facts = self.__dict__
        said = facts["message"] or "The service gave no reason"
        return (
            f"{facts['thing']} of domain {self.domain_id!r} is {self.state}: {said.rstrip('.')}. "
            "Remove the cause (often a role or a database that is missing), delete the thing if it is of no "
            "use, then clear the task."
        )


class CatalogTimeoutError(CatalogError, TimeoutError):
    """A thing did not become what was waited for in time."""

    def __init__(self, *, thing: str, domain_id: str, state: str, wanted: str, waited_seconds: float) -> None:
        super().__init__(
            thing=thing, domain_id=domain_id, state=state, wanted=wanted, waited_seconds=waited_seconds
        )
        self.state = state

    def __str__(self) -> str:
        """Name the thing, what it is, what it should be, and how long was waited."""
        facts = self.__dict__
        return (
            f"{facts['thing']} of domain {self.domain_id!r} was still {self.state or 'unknown'}, not "
            f"{facts['wanted']}, after {facts['waited_seconds']:.0f} s. "
            "Raise timeout, or look at it in SageMaker Catalog."
        )


class DataSourceDiffersError(CatalogError):
    """
    There is a data source of that name, but set up in another way.

    ``differences`` holds one sentence per setting.
    """

    def __init__(self, *, domain_id: str, data_source_id: str, name: str, differences: Sequence[str]) -> None:
        super().__init__(
            domain_id=domain_id, data_source_id=data_source_id, name=name, differences=list(differences)
        )
        self.differences = list(differences)

    def __str__(self) -> str:
        """List what differs."""
        facts = self.__dict__
        listed = "\n".join(f"- {difference}" for difference in self.differences)
        return (
            f"Data source {facts['name']!r} ({facts['data_source_id']}) of domain {self.domain_id!r} exists, "
            f"and differs:\n{listed}\n"
            "Nothing was changed. Change it or the arguments, or pass if_different='adopt'."
        )


class AssetsNotDeletedError(CatalogError):
    """
    Some assets could not be deleted; the others are gone.

    ``problems`` holds one sentence per asset that is still there.
    """

    def __init__(self, *, domain_id: str, problems: Sequence[str], deleted: int) -> None:
        super().__init__(domain_id=domain_id, problems=list(problems), deleted=deleted)
        self.problems = list(problems)

    def __str__(self) -> str:
        """List every asset that is still there with the reason."""
        listed = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"{len(self.problems)} asset(s) of domain {self.domain_id!r} could not be deleted, "
            f"{self.__dict__['deleted']} are gone:\n{listed}\n"
            "Remove what is named (subscriptions keep an asset), then clear the task."
        )


class LineageEventFailedError(CatalogError):
    """The catalog accepted lineage events and could not process them."""

    def __init__(self, *, domain_id: str, event_ids: Sequence[str]) -> None:
        super().__init__(domain_id=domain_id, event_ids=list(event_ids))
        self.event_ids = list(event_ids)

    def __str__(self) -> str:
        """Name the events; the catalog gives no reason."""
        return (
            f"Lineage event(s) {', '.join(self.event_ids)} of domain {self.domain_id!r} ended in FAILED. The "
            "catalog gives no reason: check namespaces, names and facets of the event, which GetLineageEvent "
            "returns, then clear the task to post it again; AWS Support can look an event up by its id."
        )
