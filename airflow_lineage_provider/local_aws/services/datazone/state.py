"""What the service remembers: domains and all that lives in one. Plain records; the rules stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.clock import Appointment
from airflow_lineage_provider.local_aws.services.datazone.assumptions import SYSTEM_PRINCIPAL
from airflow_lineage_provider.local_aws.services.datazone.event_log import EventLog
from airflow_lineage_provider.local_aws.services.datazone.glossary_records import Glossaries
from airflow_lineage_provider.local_aws.services.datazone.graph_walk import Walks
from airflow_lineage_provider.local_aws.services.datazone.lineage_nodes import LineageGraph
from airflow_lineage_provider.local_aws.services.datazone.people_records import Member, People
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.subscription_records import SubscriptionBook
from airflow_lineage_provider.local_aws.services.datazone.tokens import ClientTokens
from airflow_lineage_provider.local_aws.services.datazone.type_records import CustomTypes

__all__ = [
    "Activity",
    "Asset",
    "AssetFilter",
    "AssetRevision",
    "AssetShelf",
    "Connection",
    "DataPoint",
    "DataSource",
    "DataSourceRun",
    "Domain",
    "DomainUnit",
    "Form",
    "Listing",
    "ListingRevision",
    "Project",
    "ProjectProfile",
    "Reply",
    "Request",
]

Request = Mapping[str, Any]
"""The members of an operation's input, checked against the service model."""

Reply = dict[str, Any]
"""The members of an operation's output; ``None`` means absent."""


@dataclass(slots=True)
class ProjectProfile:
    """What projects can be made from; ``settings`` are the members CreateProjectProfile took."""

    id: str
    name: str
    settings: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    created_by: str
    unit_id: str
    status: str = "ENABLED"


@dataclass(slots=True)
class Project:
    """
    A project.

    :param environment_id: The environment that its connections belong to.
    :param database: Its Glue database.
    :param unit_id: The domain unit it stands in.
    :param members: Users and groups with their designations.
    """

    id: str
    name: str
    description: str | None
    profile_id: str
    environment_id: str
    database: str
    settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    created_by: str
    unit_id: str
    status: str = "ACTIVE"
    deployment: str = "IN_PROGRESS"
    members: dict[Member, str] = field(default_factory=dict)


@dataclass(slots=True)
class DomainUnit:
    """A unit of a domain; ``parent_id`` is ``None`` for the root."""

    id: str
    name: str
    parent_id: str | None
    description: str | None
    stamp: Stamp


@dataclass(slots=True)
class Connection:
    """
    A connection.

    :param kind: Its member of the ``props`` union, such as ``lakehouseProperties``.
    :param props: What stands under that member.
    :param lineage_sync: Of a warehouse: whether, when and by which job its lineage is collected.
    """

    id: str
    name: str
    type: str
    kind: str
    props: dict[str, Any]
    scope: str
    project_id: str | None
    environment_id: str | None
    description: str | None = None
    configurations: list[Any] | None = None
    location: dict[str, Any] = field(default_factory=dict)
    trusted_propagation: bool | None = None
    lineage_sync: dict[str, Any] = field(default_factory=dict)

    @property
    def imports_lineage(self) -> bool:
        """Tell whether Glue lineage import is switched on."""
        return bool(self.props.get("glueLineageSyncEnabled"))


@dataclass(slots=True)
class DataSource:
    """
    A data source; ``settings`` are the members as CreateDataSource and UpdateDataSource took them.

    :param run_ids: Its runs, oldest first.
    :param error: Why it is in a FAILED state.
    :param granted: The databases whose tables the project's role may read for its sake.
    :param appointment: Its next scheduled run.
    """

    id: str
    project_id: str
    connection_id: str
    environment_id: str | None
    settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    status: str = "CREATING"
    run_ids: list[str] = field(default_factory=list)
    error: dict[str, str] | None = None
    granted: set[str] = field(default_factory=set)
    appointment: Appointment | None = None

    @property
    def name(self) -> str:
        """Return the name."""
        return str(self.settings["name"])


@dataclass(slots=True)
class Activity:
    """
    What a run did with one table.

    :param event_id: The lineage event made for the table in this run.
    :param lineage_error: Why there is none although there should be.
    """

    database: str
    table: str
    status: str
    created_at: datetime
    updated_at: datetime
    asset_id: str | None = None
    description: str | None = None
    error: dict[str, str] | None = None
    event_id: str | None = None
    lineage_error: str | None = None


@dataclass(slots=True)
class DataSourceRun:
    """
    One run of a data source.

    :param number: 1 for the first run of its data source, and so on.
    """

    id: str
    number: int
    data_source_id: str
    project_id: str
    snapshot: str
    created_at: datetime
    updated_at: datetime
    type: str = "PRIORITIZED"
    status: str = "REQUESTED"
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    statistics: dict[str, int] | None = None
    error: dict[str, str] | None = None
    lineage_status: str | None = None
    activities: list[Activity] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        """Tell whether the run itself is over; its lineage import may go on."""
        return self.status not in ("REQUESTED", "RUNNING")


@dataclass(frozen=True, slots=True)
class Form:
    """A metadata form of an asset; ``content`` is JSON text."""

    name: str
    type_name: str
    type_revision: str
    content: str


@dataclass(frozen=True, slots=True)
class AssetRevision:
    """One revision of an asset."""

    number: int
    name: str
    description: str | None
    glossary_terms: tuple[str, ...]
    forms: tuple[Form, ...]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class ListingRevision:
    """
    One publication of an asset.

    :param asset_revision: Number of the asset's revision that was published.
    """

    number: int
    asset_revision: int
    created_at: datetime
    created_by: str


@dataclass(slots=True)
class Listing:
    """
    The entry of an asset in the catalog, with everything that was published under it, oldest first.

    ``status`` is CREATING, ACTIVE or INACTIVE.
    """

    id: str
    asset_id: str
    revisions: list[ListingRevision]
    updated_at: datetime
    updated_by: str
    status: str = "CREATING"

    @property
    def newest(self) -> ListingRevision:
        """Return the newest publication."""
        return self.revisions[-1]


@dataclass(frozen=True, slots=True)
class DataPoint:
    """A form that was measured at a time; ``content`` is JSON text."""

    id: str
    form_name: str
    type_name: str
    type_revision: str
    at: datetime
    content: str


@dataclass(slots=True)
class AssetFilter:
    """
    A restriction of what a subscriber sees of an asset.

    :param configuration: ``columnConfiguration`` or ``rowConfiguration``.
    """

    id: str
    asset_id: str
    name: str
    description: str | None
    configuration: Mapping[str, Any]
    created_at: datetime


@dataclass(slots=True)
class Asset:
    """
    An asset of the inventory.

    :param source_identifier: Of its AssetCommonDetailsForm, the value that links it to a lineage node.
    :param data_source_id: The data source that made it; ``None`` if a person did.
    """

    id: str
    project_id: str
    type_identifier: str
    type_revision: str
    external_identifier: str | None
    revisions: list[AssetRevision]
    source_identifier: str | None = None
    data_source_id: str | None = None
    listing: Listing | None = None

    @property
    def newest(self) -> AssetRevision:
        """Return the newest revision."""
        return self.revisions[-1]


@dataclass(slots=True)
class AssetShelf:
    """The assets of a domain, by id, by external identifier and by source identifier."""

    by_id: dict[str, Asset] = field(default_factory=dict)
    by_external: dict[str, str] = field(default_factory=dict)
    by_source: dict[str, set[str]] = field(default_factory=dict)
    by_project: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Domain:
    """A domain with everything in it; ``settings`` are the members of CreateDomain that are given back."""

    id: str
    name: str
    arn: str
    version: str
    root_unit_id: str
    settings: dict[str, Any]
    tags: dict[str, str]
    created_at: datetime
    updated_at: datetime
    status: str = "AVAILABLE"
    tokens: ClientTokens = field(default_factory=ClientTokens)
    units: dict[str, DomainUnit] = field(default_factory=dict)
    blueprint_configurations: dict[str, tuple[dict[str, Any], Stamp]] = field(default_factory=dict)
    profiles: dict[str, ProjectProfile] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    lineage_jobs: dict[str, str] = field(default_factory=dict)
    """By job: the connection it belongs to."""
    data_sources: dict[str, DataSource] = field(default_factory=dict)
    runs: dict[str, DataSourceRun] = field(default_factory=dict)
    farewells: dict[str, Reply] = field(default_factory=dict)
    """By data source: the answer to the call that deleted it."""
    assets: AssetShelf = field(default_factory=AssetShelf)
    asset_filters: dict[str, dict[str, AssetFilter]] = field(default_factory=dict)
    """By asset and by id."""
    data_points: dict[tuple[str, str], list[DataPoint]] = field(default_factory=dict)
    """By kind and id of what was measured, oldest first."""
    listings: dict[str, Listing] = field(default_factory=dict)
    types: CustomTypes = field(default_factory=CustomTypes)
    people: People = field(default_factory=People)
    glossaries: Glossaries = field(default_factory=Glossaries)
    subscriptions: SubscriptionBook = field(default_factory=SubscriptionBook)
    events: EventLog = field(default_factory=EventLog)
    lineage: LineageGraph = field(default_factory=LineageGraph)
    walks: Walks = field(default_factory=Walks)
    reported_crawls: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By table ARN: the crawl last reported as lineage, and the id of the event that did."""
    created_by: str = SYSTEM_PRINCIPAL
