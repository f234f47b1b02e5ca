"""
The crawlers of one account and region: what the API's operations do to them.

Every method is one operation and raises Glue's own errors; the caller holds no lock.

.. seealso:: AWS Glue Web API Reference, "Crawlers and classifiers API".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.enforcement.crawl_access import (
    AccessRefusedError,
    CrawlAccess,
    may_be_assumed,
)
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.crawl_run import CrawlRun
from airflow_lineage_provider.local_aws.services.glue.crawlers import Crawl, Crawler
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.event_queue import EventQueue
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    CrawlerNotRunningError,
    CrawlerStoppingError,
    InvalidInputError,
    ResourceNumberLimitExceededError,
    already_started,
    cannot_delete_running,
    cannot_update_running,
    crawler_entry_missing,
    crawler_missing,
    too_many_running,
)
from airflow_lineage_provider.local_aws.services.glue.history import matching
from airflow_lineage_provider.local_aws.services.glue.paging import page
from airflow_lineage_provider.local_aws.services.glue.sources import DynamoTables, S3Objects
from airflow_lineage_provider.local_aws.services.glue.targets import Surroundings
from airflow_lineage_provider.local_aws.services.glue.timetable import Timetable
from airflow_lineage_provider.local_aws.services.glue.validation import check_definition, check_target_change

__all__ = ["MAX_CRAWLERS", "MAX_NAMES", "CrawlerStore", "check_names"]

MAX_CRAWLERS = 1000
MAX_NAMES = 100
_MAX_CRAWLS_PAGE = 100
_DEFAULT_CRAWLS_PAGE = 20


def check_names(names: Sequence[str]) -> None:
    """
    Refuse more names than one call may ask for.

    :raises InvalidInputError: If there are more than :data:`MAX_NAMES`.
    """
    if len(names) > MAX_NAMES:
        raise InvalidInputError(f"At most {MAX_NAMES} crawler names are allowed, not {len(names)}.")


class CrawlerStore:
    """
    The crawlers of one backend.

    :param backend: The region's backend, whose lock guards everything here.
    """

    def __init__(self, backend: CatalogBackend) -> None:
        self._backend = backend
        self._crawlers: dict[str, Crawler] = {}
        self._timetable = Timetable(backend, self._begin)

    def create(self, request: Mapping[str, Any]) -> None:
        """Create a crawler."""
        definition = CrawlerDefinition(request["Name"]).changed_by(request)
        with self._backend.lock:
            if definition.name in self._crawlers:
                raise AlreadyExistsError(f"{definition.name} already exists")
            if len(self._crawlers) >= MAX_CRAWLERS:
                raise ResourceNumberLimitExceededError(
                    "The number of crawlers has exceeded the limit. "
                    f"Your account is limited to {MAX_CRAWLERS} crawlers."
                )
            check_definition(definition, self._surroundings())
            self._check_role(definition)
            at = now()
            crawler = Crawler(definition, created_at=at, updated_at=at, scheduled=bool(definition.schedule))
            self._crawlers[definition.name] = crawler
            self._timetable.arrange(crawler)
            if request.get("Tags"):
                self._backend.tag_resource(self.arn(definition.name), request["Tags"])

    def update(self, request: Mapping[str, Any]) -> None:
        """Change a crawler; what the request leaves out stays."""
        with self._backend.lock:
            crawler = self._existing(request["Name"])
            if crawler.state != "READY":
                raise cannot_update_running()
            definition = crawler.definition.changed_by(request)
            check_target_change(crawler.definition, definition)
            check_definition(definition, self._surroundings())
            self._check_role(definition)
            self._redefine(crawler, definition)

    def delete(self, name: str) -> None:
        """Delete a crawler and its history."""
        with self._backend.lock:
            crawler = self._existing(name)
            if crawler.state != "READY":
                raise cannot_delete_running(name)
            self._timetable.check_settled(crawler)
            crawler.scheduled = False
            self._timetable.forget(name)
            del self._crawlers[name]
            self._backend.tagger.delete_all_tags_for_resource(self.arn(name))

    def start(self, name: str) -> None:
        """Start a crawl."""
        with self._backend.lock:
            self._begin(self._existing(name))

    def stop(self, name: str) -> None:
        """Ask the running crawl to stop."""
        with self._backend.lock:
            crawler = self._existing(name)
            if crawler.state == "READY":
                raise CrawlerNotRunningError(f"Crawler with name {name} isn't running")
            if crawler.state == "STOPPING":
                raise CrawlerStoppingError(f"Crawler with name {name} is stopping")
            crawler.state = "STOPPING"
            if crawler.stop is not None:
                crawler.stop.set()

    def describe(self, name: str) -> dict[str, Any]:
        """Return one crawler."""
        with self._backend.lock:
            return self._entry(name).describe(now())

    def describe_page(self, limit: int, token: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of crawlers, by name."""
        with self._backend.lock:
            names, following = self._names_page(sorted(self._crawlers), limit, token, "GetCrawlers")
            return [self._crawlers[name].describe(now()) for name in names], following

    def describe_named(self, names: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the crawlers of the given names, and the names there is no crawler for."""
        wanted = list(dict.fromkeys(names))
        with self._backend.lock:
            found = [self._crawlers[name].describe(now()) for name in wanted if name in self._crawlers]
            return found, [name for name in wanted if name not in self._crawlers]

    def names_page(
        self, limit: int, token: str | None, tags: Mapping[str, str]
    ) -> tuple[list[str], str | None]:
        """Return a page of the names of the crawlers that have all the given tags."""
        with self._backend.lock:
            names = [name for name in sorted(self._crawlers) if self._has_tags(name, tags)]
            return self._names_page(names, min(limit, MAX_NAMES), token, "ListCrawlers")

    def metrics_page(
        self, names: Sequence[str], limit: int, token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of metrics: of the given crawlers that exist, or of all."""
        with self._backend.lock:
            wanted = [name for name in sorted(self._crawlers) if not names or name in names]
            chosen, following = self._names_page(wanted, limit, token, "GetCrawlerMetrics")
            return [self._crawlers[name].describe_metrics(now()) for name in chosen], following

    def crawls_page(
        self, name: str, filters: Sequence[Mapping[str, str]], limit: int | None, token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of a crawler's history, newest first."""
        with self._backend.lock:
            crawls = matching(self._entry(name).history(now()), filters)
            chosen, following = page(
                crawls,
                key=lambda crawl: crawl.crawl_id,
                limit=min(limit or _DEFAULT_CRAWLS_PAGE, _MAX_CRAWLS_PAGE),
                token=token,
                scope=f"ListCrawls/{name}",
            )
            return [crawl.describe() for crawl in chosen], following

    def start_schedule(self, name: str) -> None:
        """Switch a schedule on."""
        with self._backend.lock:
            self._timetable.start(self._existing(name))

    def stop_schedule(self, name: str) -> None:
        """Switch a schedule off."""
        with self._backend.lock:
            self._timetable.stop(self._existing(name))

    def update_schedule(self, name: str, expression: str | None) -> None:
        """Change a schedule; an empty expression removes it, ``None`` leaves it."""
        with self._backend.lock:
            crawler = self._existing(name)
            request = {} if expression is None else {"Schedule": expression}
            definition = crawler.definition.changed_by(request)
            self._timetable.check_settled(crawler)
            check_definition(definition, self._surroundings())
            self._redefine(crawler, definition)

    def find_crawl(self, name: str, crawl_id: str) -> Crawl | None:
        """Return one crawl; ``None`` if crawler or crawl are not there."""
        with self._backend.lock:
            crawler = self._crawlers.get(name)
            crawls: Iterable[Crawl] = crawler.crawls if crawler is not None else ()
            return next((crawl for crawl in crawls if crawl.crawl_id == crawl_id), None)

    def is_crawler_arn(self, arn: str) -> bool:
        """Tell whether an ARN is the form of a crawler's in this account and region."""
        return arn.startswith(self.arn(""))

    def check_arn(self, arn: str) -> None:
        """Raise Glue's error if a crawler's ARN names no crawler."""
        name = arn.removeprefix(self.arn(""))
        if name not in self._crawlers:
            raise crawler_missing(name)

    def stop_all(self) -> None:
        """Ask all work to end, before a reset."""
        for crawler in self._crawlers.values():
            if crawler.stop is not None:
                crawler.stop.set()

    def arn(self, name: str) -> str:
        """Return the ARN of a crawler."""
        backend = self._backend
        return f"arn:{backend.partition}:glue:{backend.region_name}:{backend.account_id}:crawler/{name}"

    def _begin(self, crawler: Crawler) -> None:
        """Start a crawl, whoever wants it; the caller holds the lock."""
        name, limit = crawler.definition.name, RUNTIME.settings.max_running_crawlers
        if crawler.state != "READY":
            raise already_started(name)
        if sum(other.state == "RUNNING" for other in self._crawlers.values()) >= limit:
            raise too_many_running(limit)
        crawl = Crawl(
            crawl_id=RUNTIME.new_uuid(),
            crawler_name=name,
            log_group=crawler.definition.log_group,
            log_stream=crawler.definition.log_stream,
            started_at=now(),
        )
        crawler.crawls.append(crawl)
        crawler.state = "RUNNING"
        CrawlRun(self._backend, crawler, crawl).begin()

    def _redefine(self, crawler: Crawler, definition: CrawlerDefinition) -> None:
        """Give a crawler another definition; a schedule that changed counts from now on."""
        changed = definition.schedule != crawler.definition.schedule
        crawler.redefine(definition, now())
        if changed:
            self._timetable.arrange(crawler)

    def _existing(self, name: str) -> Crawler:
        if name not in self._crawlers:
            raise crawler_missing(name)
        return self._crawlers[name]

    def _entry(self, name: str) -> Crawler:
        if name not in self._crawlers:
            raise crawler_entry_missing(name)
        return self._crawlers[name]

    def _has_tags(self, name: str, tags: Mapping[str, str]) -> bool:
        held = self._backend.get_tags(self.arn(name)) if tags else {}
        return all(held.get(key) == value for key, value in tags.items())

    def _names_page(
        self, names: Sequence[str], limit: int, token: str | None, scope: str
    ) -> tuple[list[str], str | None]:
        return page(names, key=str, limit=limit, token=token, scope=scope)

    def _check_role(self, definition: CrawlerDefinition) -> None:
        """
        Check that Glue may assume the role.

        Where rights are enforced the role must exist, too, and be allowed to see its targets.
        """
        account, region = self._backend.account_id, self._backend.region_name
        trusted, enforced = may_be_assumed(account, region, definition.role), RUNTIME.settings.enforce
        if trusted is False or (enforced and not trusted):
            raise InvalidInputError(
                "Service is unable to assume provided role. Please verify role's TrustPolicy."
            )
        if not enforced:
            return
        try:
            access = CrawlAccess(account, region, definition.role)
            for target in definition.dynamodb_targets:
                access.check_items("DescribeTable", target.table)
            for name in definition.connection_names:
                access.check_connection(name)
        except AccessRefusedError as error:
            raise InvalidInputError(error.message) from error

    def _surroundings(self) -> Surroundings:
        account, region = self._backend.account_id, self._backend.region_name
        return Surroundings(
            account_id=account,
            bucket_exists=S3Objects(account, region).bucket_exists,
            dynamodb_table_exists=DynamoTables(account, region).exists,
            find_connection=self._backend.connection_store.find,
            classifier_exists=self._backend.classifiers.__contains__,
            queue_exists=lambda arn: EventQueue(arn).exists(),
            security_configuration_exists=self._backend.security_configurations.__contains__,
            catalog_table=self._backend.find_entry,
        )
