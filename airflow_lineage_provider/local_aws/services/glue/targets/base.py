"""
What a kind of crawler target is: how it is checked, how it is read, and what of the catalog it answers for.

One module per kind; :data:`~airflow_lineage_provider.local_aws.services.glue.targets.TARGETS` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from airflow_lineage_provider.local_aws.enforcement.crawl_access import CrawlAccess
from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.errors import SourceMissingError
from airflow_lineage_provider.local_aws.engine.folders import FolderContent
from airflow_lineage_provider.local_aws.engine.formats import BUILT_IN_FORMATS, FileFormat
from airflow_lineage_provider.local_aws.engine.found import FoundTable
from airflow_lineage_provider.local_aws.engine.plan import CatalogEntry, Message
from airflow_lineage_provider.local_aws.engine.reader import ItemReader, ObjectReader
from airflow_lineage_provider.local_aws.engine.s3_events import ChangedFolders
from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.connections import Connection
from airflow_lineage_provider.local_aws.services.glue.credentials import secret_arn, secret_id_of
from airflow_lineage_provider.local_aws.services.glue.definition import CrawlerDefinition
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.guarded import GuardedItems, GuardedObjects
from airflow_lineage_provider.local_aws.services.glue.sources import DynamoTables, S3Objects

__all__ = ["Reading", "Surroundings", "Target", "TargetContent"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What the account has: asked for each name a definition mentions.

    ``catalog_table`` takes a database and a table.
    """

    account_id: str
    bucket_exists: Callable[[str], bool]
    dynamodb_table_exists: Callable[[str], bool]
    classifier_exists: Callable[[str], bool]
    queue_exists: Callable[[str], bool]
    security_configuration_exists: Callable[[str], bool]
    find_connection: Callable[[str], Connection | None]
    catalog_table: Callable[[str, str], CatalogEntry | None]

    def connection(self, name: str) -> Connection:
        """
        Return a connection that a target uses.

        :raises InvalidInputError: If there is none of that name.
        """
        found = self.find_connection(name)
        if found is None:
            raise InvalidInputError(f"Unable to retrieve connection {name}: Connection {name} not found.")
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What a crawl gives a target to read with.

    ``known`` are the folders of earlier crawls, by location, that count as read, else ``None``. ``changed``
    are the only folders that are listed (CRAWL_EVENT_MODE); ``None`` lists all. ``formats`` are the
    classifiers of files in the order they are asked, custom ones first. ``cancelled`` is asked between reads.
    Targets are read without the backend's lock.
    """

    backend: CatalogBackend
    definition: CrawlerDefinition
    configuration: CrawlerConfiguration
    cancelled: Callable[[], bool]
    known: Mapping[str, FolderContent] | None = None
    changed: frozenset[str] | None = None
    formats: Sequence[FileFormat] = BUILT_IN_FORMATS
    access: CrawlAccess | None = None

    @property
    def objects(self) -> ObjectReader:
        """The objects of S3, as the crawler's role may read them where ``access`` is given."""
        objects: ObjectReader = S3Objects(self.backend.account_id, self.backend.region_name)
        if self.access is not None:
            objects = GuardedObjects(objects, self.access)
        return objects if self.changed is None else ChangedFolders(objects, self.known or {}, self.changed)

    def connection(self, name: str) -> Connection:
        """
        Return a connection that a target uses, if the crawler's role may read it and its secret.

        :raises SourceMissingError: If there is none of that name any more.
        :raises AccessRefusedError: If the role may not.
        """
        found = self.backend.connection_store.find(name)
        if found is None:
            text = f"Unable to retrieve connection {name}: Connection {name} not found."
            raise SourceMissingError(message=text)
        if self.access is not None:
            self.access.check_connection(name)
            secret = secret_id_of(found.definition)
            if secret:
                arn = secret_arn(self.backend.account_id, self.backend.region_name, secret)
                self.access.check("secretsmanager:GetSecretValue", arn)
        return found

    @property
    def items(self) -> ItemReader:
        """The tables of DynamoDB, as the crawler's role may read them where ``access`` is given."""
        items = DynamoTables(self.backend.account_id, self.backend.region_name)
        return items if self.access is None else GuardedItems(items, self.access)


@dataclass(frozen=True, slots=True)
class TargetContent:
    """
    What a kind of target was found to hold.

    ``folders`` are the S3 folders that were read, by location; ``messages`` are for the crawl's log.
    """

    tables: tuple[FoundTable, ...] = ()
    folders: Mapping[str, FolderContent] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()


class Target(Protocol):
    """One kind of crawler target."""

    @property
    def member(self) -> str:
        """The member of ``CrawlerTargets`` that lists targets of this kind."""

    def check(self, definition: CrawlerDefinition, surroundings: Surroundings) -> None:
        """
        Check the definition's targets of this kind.

        :raises InvalidInputError: If AWS would refuse one.
        """

    def read(self, reading: Reading) -> TargetContent:
        """
        Read the definition's targets of this kind.

        :raises UnfitForCrawlError: If one cannot be read; the crawl fails then and writes nothing.
        :raises CrawlCancelledError: If ``reading.cancelled`` said yes.
        """

    def covers(self, backend: CatalogBackend, definition: CrawlerDefinition, location: str) -> bool:
        """Tell whether a table's location lies in one of the definition's targets of this kind."""
