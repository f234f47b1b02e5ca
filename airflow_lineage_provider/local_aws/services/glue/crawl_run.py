"""
One crawl at work: read the targets, wait, write the catalog, end.

It runs in two worker threads, one after the other: the first while the crawler is RUNNING, the second while
it is STOPPING. Both look whether their world is still there before they touch anything: a reset ends them.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from airflow_lineage_provider.local_aws.enforcement.crawl_access import CrawlAccess
from airflow_lineage_provider.local_aws.engine.changes import plan_changes
from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.definitions import Stamp
from airflow_lineage_provider.local_aws.engine.errors import (
    CrawlCancelledError,
    CrawlFaultError,
    UnfitForCrawlError,
)
from airflow_lineage_provider.local_aws.engine.folders import FolderContent
from airflow_lineage_provider.local_aws.engine.formats import BUILT_IN_FORMATS
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.plan import ChangePlan, ChangePolicy, Message
from airflow_lineage_provider.local_aws.engine.schema import columns_of
from airflow_lineage_provider.local_aws.engine.summary import changes_by_kind
from airflow_lineage_provider.local_aws.faults import FAULTS
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawl, Crawler
from airflow_lineage_provider.local_aws.services.glue.definition import EVENT_MODE, NEW_FOLDERS_ONLY
from airflow_lineage_provider.local_aws.services.glue.event_mode import EventReading, take_events
from airflow_lineage_provider.local_aws.services.glue.notices import (
    CrawlLog,
    failed_detail,
    send_state_change,
    started_detail,
    succeeded_detail,
)
from airflow_lineage_provider.local_aws.services.glue.targets import TARGETS, Reading
from airflow_lineage_provider.local_aws.services.glue.writing import apply_writes, log_text

__all__ = ["CrawlRun"]

_LOG = logging.getLogger(__name__)
_UNEXPECTED = "Internal Service Exception"


class CrawlRun:
    """
    The work of one crawl.

    :param backend: The region's backend; its lock is held whenever crawlers or the catalog change.
    :param crawler: The crawler, RUNNING already.
    :param crawl: The crawl's record, the newest of the crawler.
    """

    def __init__(self, backend: CatalogBackend, crawler: Crawler, crawl: Crawl) -> None:
        self._backend = backend
        self._lock = backend.lock
        self._generation = backend.generation
        self._epoch = RUNTIME.epoch
        self._crawler = crawler
        self._crawl = crawl
        self._definition = crawler.definition
        self._configuration = CrawlerConfiguration.parse(crawler.definition.configuration)
        self._folders: dict[str, FolderContent] = {}
        self._events: EventReading | None = None
        self._access = self._role_access() if RUNTIME.settings.enforce else None
        self._log = CrawlLog(backend.account_id, backend.region_name, crawl)

    def begin(self) -> None:
        """Announce the crawl and start working; the caller holds the lock."""
        self._log.write("BENCHMARK", f"Running Start Crawl for Crawler {self._definition.name}")
        self._send(started_detail(self._backend.account_id, self._crawl))
        self._crawler.stop = RUNTIME.run_worker(f"crawl-{self._definition.name}", self._run)

    def _run(self, stop: threading.Event) -> None:
        """Work while the crawler is RUNNING."""
        try:
            found = self._read(stop)
            elapsed = (RUNTIME.now() - self._crawl.started_at).total_seconds()
            if RUNTIME.wait(RUNTIME.settings.crawl_seconds - elapsed, stop):
                raise CrawlCancelledError
            with self._lock:
                self._write(found, stop)
                self._finish("COMPLETED")
        except CrawlCancelledError:
            self._finish("STOPPED")
        except UnfitForCrawlError as error:
            self._finish("FAILED", str(error))
        except Exception as error:  # noqa: BLE001 - the last line of defence of a worker
            _LOG.exception("Crawl %s of %s failed unexpectedly", self._crawl.crawl_id, self._definition.name)
            self._finish("FAILED", _UNEXPECTED, detail=f"{type(error).__name__}: {error}")

    def _read(self, stop: threading.Event) -> list[FoundTable] | None:
        """
        Read all targets; nothing is written yet, so a target that cannot be read leaves no trace.

        :return: ``None`` if there is nothing to look at, because no event says so.
        """
        fault = FAULTS.take("glue-worker", "RunCrawl")
        if fault is not None and fault.error_code is not None:
            raise CrawlFaultError(message=fault.message or f"{fault.error_code} set for glue-worker:RunCrawl")
        if self._definition.recrawl_behavior == EVENT_MODE:
            self._take_events()
        if self._events is not None and not self._events.changed:
            return None
        reading = Reading(
            backend=self._backend,
            definition=self._definition,
            configuration=self._configuration,
            cancelled=stop.is_set,
            known=self._known_folders(),
            changed=self._events.changed if self._events is not None else None,
            access=self._access,
            formats=(*self._backend.classifiers.formats(self._definition.classifiers), *BUILT_IN_FORMATS),
        )
        found: list[FoundTable] = []
        for target in TARGETS:
            content = target.read(reading)
            self._folders |= content.folders
            for message in content.messages:
                self._log.write(message.level, message.text)
            found += content.tables
        return found if RUNTIME.settings.choice_types else [table.without_choices() for table in found]

    def _take_events(self) -> None:
        """Take what the queue of a crawler in event mode holds, and say how the crawl goes about it."""
        self._events = take_events(self._crawler)
        if self._events is None:
            self._log.write("INFO", "Crawl is not running in S3 event mode")
            return
        self._log.write("INFO", "The crawl is running by consuming Amazon S3 events.")
        if self._events.strange:
            text = f"Ignored {self._events.strange} messages that are no Amazon S3 events"
            self._log.write("WARN", text)

    def _known_folders(self) -> Mapping[str, FolderContent] | None:
        """Return the folders that are not read again; ``None`` reads all."""
        folders = self._crawler.folders
        if self._events is not None:
            changed = self._events.changed
            return {place: content for place, content in folders.items() if place not in changed}
        return folders if self._definition.recrawl_behavior == NEW_FOLDERS_ONLY else None

    def _write(self, found: list[FoundTable] | None, stop: threading.Event) -> None:
        """Write to the catalog, all at once: the caller holds the lock, and who asks meanwhile waits."""
        if not self._is_current() or stop.is_set():
            raise CrawlCancelledError
        if found is None:
            return
        plans = {database: self._plan(found, database) for database in self._databases()}
        for database, plan in plans.items():
            self._check_writes(plan, database)
        for database, plan in plans.items():
            self._write_database(found, plan, database)
        self._crawl.tables = tuple(name for plan in plans.values() for name in plan.tables)
        self._crawl.changes = changes_by_kind(write for plan in plans.values() for write in plan.writes)
        kept = self._crawler.folders if self._definition.recrawl_behavior == NEW_FOLDERS_ONLY else {}
        self._crawler.folders = kept | self._folders
        self._crawler.crawled_as = self._definition

    def _databases(self) -> list[str]:
        """Return where to write: the output database, made if missing, or those of the catalog targets."""
        targets = self._definition.catalog_tables
        if targets:
            return [database for database in targets if database in self._backend.databases]
        database = self._definition.output_database
        if database not in self._backend.databases:
            if self._access is not None:
                self._access.check_new_database(database)
            self._backend.create_database(database, {"Name": database})
        return [database]

    def _write_database(self, found: list[FoundTable], plan: ChangePlan, database: str) -> None:
        self._log.write("BENCHMARK", f"Classification complete, writing results to database {database}")
        self._log.write("INFO", self._configured_text())
        messages = apply_writes(self._backend, database, plan.writes, created_by=self._created_by())
        self._log_results(_of_database(found, database), plan, database, messages)

    def _plan(self, found: list[FoundTable], database: str) -> ChangePlan:
        definition = self._definition
        incremental = definition.recrawl_behavior == NEW_FOLDERS_ONLY and self._crawler.folders
        policy = ChangePolicy(
            crawler_name=definition.name,
            table_prefix=definition.table_prefix,
            update_in_database=definition.update_behavior == "UPDATE_IN_DATABASE",
            delete_behavior=definition.delete_behavior,
            configuration=self._configuration,
            known_folders=frozenset(self._crawler.folders) if incremental else None,
        )
        stamp = Stamp(definition.name, self._crawl.crawl_id, now())
        targets = self._definition.catalog_tables.get(database)
        tables = self._backend.tables_of(database)
        entries = [table.entry() for table in tables if targets is None or table.name in targets]
        return plan_changes(_of_database(found, database), entries, policy, stamp, self._is_in_scope)

    def _is_in_scope(self, location: str) -> bool:
        """Tell whether a table's location lies in one of the targets."""
        return any(target.covers(self._backend, self._definition, location) for target in TARGETS)

    def _finish(self, state: str, message: str | None = None, *, detail: str | None = None) -> None:
        """Close the record; the crawler is STOPPING from now on, whatever the end was."""
        with self._lock:
            if not self._is_current():
                return
            if message is not None:
                self._log.write("ERROR", *filter(None, (message, detail)))
            if self._events is not None:
                self._events.settle(succeeded=state == "COMPLETED")
            self._crawl.end(state, now(), message)
            self._crawler.state = "STOPPING"
            self._announce_end(state)
            self._crawler.stop = RUNTIME.run_worker(f"crawler-{self._definition.name}-stopping", self._settle)

    def _settle(self, stop: threading.Event) -> None:
        """Let the crawler be STOPPING for its time, then READY."""
        RUNTIME.wait(RUNTIME.settings.stopping_seconds, stop)
        with self._lock:
            if self._is_current():
                self._log.write("BENCHMARK", "Crawler has finished running and is in state READY")
                self._crawler.state = "READY"
                self._crawler.stop = None

    def _announce_end(self, state: str) -> None:
        """Send the event of the end; a stopped crawl has none."""
        account, region = self._backend.account_id, self._backend.region_name
        if state == "COMPLETED":
            self._send(succeeded_detail(account, region, self._crawl))
        elif state == "FAILED":
            self._send(failed_detail(account, region, self._crawl))

    def _log_results(
        self, found: list[FoundTable], plan: ChangePlan, database: str, messages: Sequence[Message]
    ) -> None:
        for table in found:
            for name in columns_of(table.record)[1]:
                text = f"Ignored field {name} of {table.location}: it differs from another only in case"
                self._log.write("WARN", text)
        for message in (*plan.messages, *messages):
            self._log.write(message.level, message.text)
        self._log.write("INFO", *filter(None, (log_text(write, database) for write in plan.writes)))
        self._log.write("BENCHMARK", "Finished writing to Catalog")
        counts = Counter((write.subject, write.action) for write in plan.writes if write.action != "TOUCH")
        for subject in ("PARTITION", "TABLE"):
            actions = [f"{action}: {counts[subject, action]}" for action in ("ADD", "UPDATE", "DELETE")]
            shown = [text for text in actions if not text.endswith(": 0")]
            if shown:
                self._log.write("INFO", f"Run Summary For {subject}:", *shown)

    def _configured_text(self) -> str:
        definition = self._definition
        behaviors = {
            "UpdateBehavior": definition.update_behavior,
            "DeleteBehavior": definition.delete_behavior,
        }
        policy = json.dumps(behaviors, separators=(",", ":"))
        if not definition.configuration:
            return f"Crawler configured with SchemaChangePolicy {policy}."
        return (
            f"Crawler configured with Configuration\n {definition.configuration}\n and SchemaChangePolicy\n "
            f"{policy}\n . Note that values in the Configuration override values in the SchemaChangePolicy "
            "for S3 Targets."
        )

    def _check_writes(self, plan: ChangePlan, database: str) -> None:
        """Check the role's rights for all writes before the first: a crawl that lacks one writes nothing."""
        if self._access is None:
            return
        own = {
            table.name
            for table in self._backend.tables_of(database)
            if table.created_by == self._created_by()
        }
        for write in plan.writes:
            self._access.check_write(database, write, own_table=write.table in own)

    def _role_access(self) -> CrawlAccess:
        return CrawlAccess(
            account_id=self._backend.account_id,
            region=self._backend.region_name,
            role=self._definition.role,
            through_lake_formation=self._definition.use_lake_formation_credentials,
        )

    def _created_by(self) -> str:
        """Return who creates the tables: the crawler's role, assumed as ``AWS-Crawler``."""
        backend = self._backend
        role = self._definition.role_name
        return f"arn:{backend.partition}:sts::{backend.account_id}:assumed-role/{role}/AWS-Crawler"

    def _is_current(self) -> bool:
        """Tell whether no reset has happened since the crawl began; ask under the lock."""
        generation = getattr(self._backend, "generation", None)
        return self._epoch == RUNTIME.epoch and generation is self._generation

    def _send(self, detail: dict[str, str]) -> None:
        send_state_change(self._backend.account_id, self._backend.region_name, detail)


def _of_database(found: list[FoundTable], database: str) -> list[FoundTable]:
    """Return the tables that go to a database: all, but those of catalog targets only to their own."""
    return [table for table in found if table.catalog_table is None or table.catalog_table[0] == database]
