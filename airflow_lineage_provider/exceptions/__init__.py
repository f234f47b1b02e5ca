"""
Every error of the package, under one root.

Facts are constructor arguments and attributes; the sentence is made in ``__str__``. Errors therefore
survive pickling between Airflow's processes, and a caller can decide by attribute instead of by text.

::

    LineageError
    ├── InvalidIdentifierError (ValueError)      a name or ARN that is none
    ├── InvalidArgumentError (ValueError)        an operator argument that cannot work
    ├── InvalidEventError (ValueError)           not an OpenLineage run event
    ├── InvalidExpectationError (ValueError)     not an expectation
    ├── InvalidSnapshotError (ValueError)        not a lineage snapshot
    ├── SnapshotNotFoundError (LookupError)      no lineage snapshot where one was expected
    ├── NodeNotFoundError (LookupError)          a dataset, job or run that the graph does not have
    ├── ExpectationViolatedError                 the catalog's lineage breaks an expectation
    ├── SchemaChangedError                       a gate on schema compatibility was not passed
    ├── AwsCallError                             AWS refused a call, mapped once in the hooks
    │   ├── PermissionDeniedError (PermissionError)
    │   ├── ResourceNotFoundError (LookupError)
    │   ├── RequestInvalidError (ValueError)
    │   ├── QuotaExceededError
    │   └── ThrottledError
    ├── CrawlError
    │   ├── CrawlFailedError                     the crawl ended FAILED
    │   ├── CrawlStoppedError                    somebody stopped the crawl
    │   ├── CrawlerBusyError                     a crawl is running that may not be used
    │   ├── CrawlerDeletedError (LookupError)    the crawler disappeared while a crawl was awaited
    │   ├── CrawlNotVisibleError                 a started crawl never showed up in the history
    │   ├── CrawlTimeoutError (TimeoutError)     the crawl did not end in time
    │   └── FreshCrawlTimeoutError (TimeoutError)  nobody's crawl came that is fresh enough
    ├── CatalogError
    │   ├── AssetsNotDeletedError                some assets could not be deleted
    │   ├── CatalogThingFailedError              a data source or project ended in a failed state
    │   ├── CatalogTimeoutError (TimeoutError)   something did not become what was waited for
    │   ├── DataSourceDiffersError               a data source of that name is set up in another way
    │   └── LineageEventFailedError              the catalog could not process an event
    ├── PermissionsNotGrantedError               Lake Formation refused some grants of a batch
    ├── PermissionsNotRevokedError               Lake Formation kept some grants of a batch
    └── ImportRunError
        ├── LineageImportOffError                lineage import is off on the connection
        ├── DataSourceNotReadyError              the data source cannot be run now
        ├── DataSourceRunFailedError             the run, an asset or the lineage import failed
        └── DataSourceRunTimeoutError (TimeoutError)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_lineage_provider.exceptions.catalog import (
    AssetsNotDeletedError,
    CatalogError,
    CatalogThingFailedError,
    CatalogTimeoutError,
    DataSourceDiffersError,
    LineageEventFailedError,
)
from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "AssetsNotDeletedError",
    "AwsCallError",
    "CatalogError",
    "CatalogThingFailedError",
    "CatalogTimeoutError",
    "CrawlError",
    "CrawlFailedError",
    "CrawlNotVisibleError",
    "CrawlStoppedError",
    "CrawlTimeoutError",
    "CrawlerBusyError",
    "CrawlerDeletedError",
    "DataSourceDiffersError",
    "DataSourceNotReadyError",
    "DataSourceRunFailedError",
    "DataSourceRunTimeoutError",
    "ExpectationViolatedError",
    "FreshCrawlTimeoutError",
    "ImportRunError",
    "InvalidArgumentError",
    "InvalidEventError",
    "InvalidExpectationError",
    "InvalidIdentifierError",
    "InvalidSnapshotError",
    "LineageError",
    "LineageEventFailedError",
    "LineageImportOffError",
    "NodeNotFoundError",
    "PermissionDeniedError",
    "PermissionsNotGrantedError",
    "PermissionsNotRevokedError",
    "QuotaExceededError",
    "RequestInvalidError",
    "ResourceNotFoundError",
    "SchemaChangedError",
    "SnapshotNotFoundError",
    "ThrottledError",
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


class AwsCallError(LineageError):
    """AWS refused a call."""

    advice = "See the AWS message; the request id helps AWS Support."

    def __init__(self, *, service: str, operation: str, code: str, message: str, subject: str = "") -> None:
        super().__init__(service=service, operation=operation, code=code, message=message, subject=subject)
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        self.subject = subject

    def __str__(self) -> str:
        """Name the call, the thing it was about, AWS's code and message, and the next step."""
        about = f" for {self.subject}" if self.subject else ""
        return f"{self.service}:{self.operation}{about} failed with {self.code}: {self.message} {self.advice}"


class PermissionDeniedError(AwsCallError, PermissionError):
    """The caller may not do that."""

    advice = "Grant the action to the role of the Airflow connection, then clear the task."

    def __str__(self) -> str:
        """Use the text of the call error; ``PermissionError`` would print an errno."""
        return AwsCallError.__str__(self)


class ResourceNotFoundError(AwsCallError, LookupError):
    """The named thing does not exist in this account and region."""

    advice = "Check the name, the region and the account of the Airflow connection."


class RequestInvalidError(AwsCallError, ValueError):
    """AWS could not make sense of an argument."""

    advice = "Correct the argument; a template that was not rendered is a common cause."


class QuotaExceededError(AwsCallError):
    """A service quota is used up."""

    advice = "Wait for the quota to renew or ask AWS for a higher one."


class ThrottledError(AwsCallError):
    """The call was throttled for longer than we were willing to retry."""

    advice = "Poll less often (waiter_delay) or spread the tasks out."


class CrawlError(LineageError):
    """Something went wrong with a crawl."""


class CrawlFailedError(CrawlError):
    """The crawl ended in FAILED."""

    def __init__(
        self, *, crawler_name: str, crawl_id: str, message: str, log_url: str = "", state: str = "FAILED"
    ) -> None:
        super().__init__(
            crawler_name=crawler_name, crawl_id=crawl_id, message=message, log_url=log_url, state=state
        )
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.message = message
        self.log_url = log_url
        self.state = state

    def __str__(self) -> str:
        """Name crawler and crawl, give Glue's message and the log."""
        log = f" Log: {self.log_url}" if self.log_url else ""
        said = self.message or "Glue gave no message."
        return (
            f"Crawl {self.crawl_id} of {self.crawler_name!r} ended in {self.state}: {said} "
            "Fix the cause (often the crawler's role or its Lake Formation grants), then clear the task."
            f"{log}"
        )


class CrawlStoppedError(CrawlError):
    """Somebody stopped the crawl."""

    def __init__(self, *, crawler_name: str, crawl_id: str, message: str = "", log_url: str = "") -> None:
        super().__init__(crawler_name=crawler_name, crawl_id=crawl_id, message=message, log_url=log_url)
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.message = message
        self.log_url = log_url

    def __str__(self) -> str:
        """Name crawler and crawl and say that a person or a program stopped it."""
        log = f" Log: {self.log_url}" if self.log_url else ""
        return (
            f"Crawl {self.crawl_id} of {self.crawler_name!r} was stopped (StopCrawler) before it finished. "
            f"Find out who stopped it (CloudTrail), then clear the task to crawl again.{log}"
        )


class CrawlerBusyError(CrawlError):
    """A crawl is running that this task may not use."""

    def __init__(self, *, crawler_name: str, crawl_id: str, started_at: str, data_as_of: str) -> None:
        super().__init__(
            crawler_name=crawler_name, crawl_id=crawl_id, started_at=started_at, data_as_of=data_as_of
        )
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.started_at = started_at
        self.data_as_of = data_as_of

    def __str__(self) -> str:
        """Name the crawl in the way, when it started and what was wanted."""
        return (
            f"Crawler {self.crawler_name!r} is running crawl {self.crawl_id!r}, started {self.started_at}, "
            f"and if_running is 'fail' (data as of {self.data_as_of}). "
            "Use if_running='join_if_fresh' to join it or wait for its end."
        )


class CrawlerDeletedError(CrawlError, LookupError):
    """The crawler was deleted, renamed or made anew while a crawl of it was awaited."""

    def __init__(self, *, crawler_name: str, crawl_id: str) -> None:
        super().__init__(crawler_name=crawler_name, crawl_id=crawl_id)
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id

    def __str__(self) -> str:
        """Name the crawler and the crawl whose verdict is lost."""
        return (
            f"Crawler {self.crawler_name!r} was deleted or renamed while crawl {self.crawl_id} was awaited; "
            "what became of the crawl cannot be known. Bring the crawler back or correct crawler_name, then "
            "clear the task."
        )


class CrawlNotVisibleError(CrawlError):
    """StartCrawler was accepted, but no new crawl appeared in the history."""

    def __init__(self, *, crawler_name: str, newest_crawl_id: str, waited_seconds: float) -> None:
        super().__init__(
            crawler_name=crawler_name, newest_crawl_id=newest_crawl_id, waited_seconds=waited_seconds
        )
        self.crawler_name = crawler_name
        self.newest_crawl_id = newest_crawl_id
        self.waited_seconds = waited_seconds

    def __str__(self) -> str:
        """Name the crawler and what was last seen of it."""
        return (
            f"Crawler {self.crawler_name!r} was started, but ListCrawls showed no new crawl for "
            f"{self.waited_seconds:.0f} s (newest known: {self.newest_crawl_id or 'none'}). "
            "Clear the task: it joins the crawl if it has appeared by then."
        )


class CrawlTimeoutError(CrawlError, TimeoutError):
    """The crawl did not end in time."""

    def __init__(self, *, crawler_name: str, crawl_id: str, state: str, waited_seconds: float) -> None:
        super().__init__(
            crawler_name=crawler_name, crawl_id=crawl_id, state=state, waited_seconds=waited_seconds
        )
        self.crawler_name = crawler_name
        self.crawl_id = crawl_id
        self.state = state
        self.waited_seconds = waited_seconds

    def __str__(self) -> str:
        """Name the crawl, its state and how long was waited."""
        which = f"Crawl {self.crawl_id}" if self.crawl_id else "A fresh crawl"
        return (
            f"{which} of {self.crawler_name!r} was still {self.state} after {self.waited_seconds:.0f} s. "
            "Raise timeout, or look at the crawl in the Glue console."
        )


class FreshCrawlTimeoutError(CrawlError, TimeoutError):
    """No crawl that started late enough ended in time, whoever should have started it."""

    def __init__(self, *, crawler_name: str, data_as_of: str, seen: str, waited_seconds: float) -> None:
        super().__init__(
            crawler_name=crawler_name, data_as_of=data_as_of, seen=seen, waited_seconds=waited_seconds
        )
        self.crawler_name = crawler_name
        self.data_as_of = data_as_of
        self.seen = seen
        self.waited_seconds = waited_seconds

    def __str__(self) -> str:
        """Name the crawler, what was wanted of it, and what was seen last."""
        return (
            f"No crawl of {self.crawler_name!r} that started at or after {self.data_as_of} completed within "
            f"{self.waited_seconds:.0f} s (last seen: {self.seen}). See who starts the crawler (its "
            "schedule, a trigger, another DAG), or raise timeout."
        )


class PermissionsNotGrantedError(LineageError):
    """
    Lake Formation refused some grants of a batch; the others were made.

    ``problems`` holds one sentence per refused grant.
    """

    def __init__(self, *, problems: Sequence[str], granted: int) -> None:
        super().__init__(problems=list(problems), granted=granted)
        self.problems = list(problems)
        self.granted = granted

    def __str__(self) -> str:
        """List every refused grant with Lake Formation's reason."""
        listed = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"{len(self.problems)} grant(s) were refused by Lake Formation, {self.granted} made:\n{listed}\n"
            "Correct what is named, then clear the task: grants that were made are not made twice."
        )


class PermissionsNotRevokedError(LineageError):
    """
    Lake Formation kept some grants of a batch; the others are gone.

    ``problems`` holds one sentence per grant that is still there.
    """

    def __init__(self, *, problems: Sequence[str], revoked: int) -> None:
        super().__init__(problems=list(problems), revoked=revoked)
        self.problems = list(problems)
        self.revoked = revoked

    def __str__(self) -> str:
        """List every grant that is still there with Lake Formation's reason."""
        listed = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"{len(self.problems)} grant(s) were not revoked by Lake Formation, {self.revoked} are gone:\n"
            f"{listed}\nCorrect what is named, then clear the task: what is gone is not revoked twice."
        )


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
