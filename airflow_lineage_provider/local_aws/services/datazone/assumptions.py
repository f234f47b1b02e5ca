"""
Every choice this service makes where AWS publishes nothing, in one place.

What AWS documents, or what its public service model states, is written where it is used. What stands here is
*not known*: it is a choice, so that the rest of the service has one place to change when a real domain shows
otherwise. Where a choice is an algorithm rather than a value, it is described here and the module that
carries it out is named. The texts of errors, too, are ours, but for the few that are known (in
``validation``, ``assets``, ``form_types`` and ``subscription_targets``). Numbers in parentheses are sections
of the notes this service was written from.

Requests
    * A domain that does not exist gives ResourceNotFoundException where the operation lists it, else
      AccessDeniedException (``context``).
    * A client token is remembered as long as its domain: the same token with the same request gives the same
      answer, with another request ConflictException (``tokens``). Profiles of users and groups need none.
    * Who calls is authenticated where that is enforced: an unknown key is UnauthorizedException, a call that
      no policy allows AccessDeniedException (``responses``).
    * Where rates hold, a bucket of one second's calls fills at the published rate; the text is
      "Rate exceeded" (``throttling``). A day of a quota is any 24 hours (``quotas``).
    * Lists are sorted by name where things have names; runs, revisions and events come newest first.

Catalog
    * Domains are AVAILABLE at once. Names of projects, of a project's connections and of a project's data
      sources are unique (``projects``, ``connections``, ``data_sources``).
    * A project can be deleted without ``skipDeletionCheck`` unless it owns assets (``projects``); its Glue
      database outlives it. A connection that a data source uses cannot be deleted (``connections``).
    * UpdateConnection keeps the properties it is not given; CreateAssetRevision keeps forms of other names,
      description and terms (``connections``, ``assets``).
    * A V2 domain refuses an environment for a data source and wants a connection, a V1 domain takes either
      (``data_sources``).
    * A data source that is DISABLED, not READY, or has a run that has not ended cannot be run:
      ConflictException (``run_engine``). A scheduled moment that finds it so, or its quota used up, passes
      without a run (``source_timetable``).
    * The failed states of a data source are reached on demand only (``worker_faults``); a failed creation or
      update is healed by the next update (``source_states``).
    * What a data source has granted to its project is taken back when the last data source of the project
      that names the database is deleted (``source_states``).
    * ``catalogName`` is the ``CatalogId`` a database was created with; the account's number and
      AwsDataCatalog mean the default catalog. In an ARN the catalog stands before the database, with a slash
      in between (``existing_sources``, ``table_import``).
    * Filters of a data source: a table is imported when any INCLUDE matches it (or there is none) and no
      EXCLUDE does (``table_filter``). A table that is gone keeps its asset and has no activity. Resource
      links are not imported (``table_import``).
    * A later run replaces what describes the table and leaves what people wrote: name, summary, read-me,
      descriptions of columns, further forms (``glue_forms``).
    * A table whose asset was made by hand, or by another data source, is SKIPPED_ALREADY_IMPORTED; if that
      data source is gone, the next one of the project takes the asset over (``table_import``).
    * A run fails when no database of its filters exists or all tables failed; it is PARTIALLY_SUCCEEDED when
      some did (``table_import``). SKIPPED_NO_ACCESS needs enforced rights, or is asked for like
      SKIPPED_ARCHIVED, for no operation archives an asset, and PUBLISHING_FAILED (``worker_faults``).
    * Form types and asset types that projects make keep revision 1 and are ENABLED unless they say otherwise
      (``custom_types``).
    * A name met for the first time, as a member of a project or in CreateUserProfile, gets a profile; the
      creator of a project is its owner, and a project keeps one (``people``, ``memberships``).
    * A project has one environment, of the one blueprint that its domain has: DefaultDataLake in V1 and
      LakehouseDatabase in V2 (``environments``). Only an empty domain unit is deleted (``domain_units``).
    * The lineage job of a Redshift or Snowflake connection keeps its id when it is switched off and on. It
      never runs, since there is no warehouse to ask (``lineage_jobs``).
    * Nothing measures the quality of data: time series are what is posted (``time_series``).

Publishing and subscribing
    * Publishing a revision that is published changes nothing; publishing an older one is ConflictException. A
      listing keeps its id through UNPUBLISH and PUBLISH; each publication is a revision of it (``listings``,
      ``publishing``).
    * A listing's node leaves the graph when nothing is published under it and nobody has access to it any
      more (``publishing``). A new revision of a published asset is not published by itself, but by the run
      of a data source with ``publishOnImport``.
    * Nobody's request is approved by itself. One request of a subscriber for a listing can be PENDING; one
      whose subscriber has a subscription renews that when it is accepted. Owners need not subscribe
      (``subscription_requests``).
    * Every project has a subscription target over its own Glue database, and its subscriptions are granted
      there by themselves (``subscription_targets``, ``subscription_grants``).
    * A granted Glue table is a resource link of the table's name, followed by the listing's id if that is
      taken; the link's ARN is its lineage node. Anything else granted is a node of its own
      (``grant_fulfilment``, :func:`subscribed_node`).
    * What was granted is gone when it is REVOKED, and so is the grant; revoking a subscription with
      ``retainPermissions`` leaves both (``grant_fulfilment``, ``subscriptions``).
    * What is subscribed to, or granted to somebody, cannot be deleted (``publishing``).

Events
    * ``typeName`` of what an event is about is what it is called in the API, and "EntityType";
      ``metadata.id`` of a run's event is the run's id. A partly successful run tells "Data Source Run
      Succeeded". The first publication of an asset is "Asset Added To Catalog", every further one "New Asset
      Version Available" (``announcements``, ``publishing``).

Crawler lineage
    * ``lineageSummary`` of a run is absent when the connection's switch is off, and IN_PROGRESS from the
      moment the run is RUNNING when it is on (``run_engine``).
    * One COMPLETE event per crawled table and crawl; none for a table whose crawl has been reported already,
      whose activity then has no ``lineageSummary`` (``crawl_import``). All tables of a crawl share its run.
      The event's form is in ``crawl_events``.
    * Tables of databases have lineage, as the newer of AWS's two guides says: the server is that of the Glue
      connection the table names, read when the event is made (``crawl_import``). MongoDB and DocumentDB are
      ``mongodb://host:port`` and ``database.collection`` (5.2, 3.1).
    * A table whose crawl is not in the history, did not complete or was too large, and one whose source
      cannot be identified, has no event: its activity says ``eventStatus`` FAILED and why
      (``crawl_import``).

Lineage
    * Refused at once: what is no OpenLineage RunEvent. FAILED later: an event that makes an identity longer
      than can be asked for, and one that gives two nodes the same identity, or a node that of another kind of
      node (``event_mapping``, ``event_processing``).
    * Identities are compared exactly: case and slashes count (``lineage_nodes``). A symlink that starts with
      the ARN of a Glue account counts in every run (3.3); a view of Redshift is told by the facet
      ``datasetType``; an address of Redshift that is no endpoint of AWS, such as Airflow's
      ``redshift://cluster.region``, stays as it is (3.4; the lineage core's ``naming``).
    * A table of AWS is called by the last part of its ARN, other datasets by their OpenLineage name, jobs and
      job runs by the job's name (``event_mapping``).
    * A version of a node is (node, event time in milliseconds). Events of the same node and time are united:
      edges add up, a facet replaces the facet of the same name, columns of ``columnLineage`` add up. So
      posting an event twice changes nothing, and one event may be split into several (``lineage_nodes``).
    * A late event takes its place in history; DeleteLineageEvent undoes what only that event said.
    * A version of a job run shows all inputs and outputs its run has had until then; a dataset refers to the
      newest version of a job run, a job run to the dataset versions its events made (``lineage_reading``).
    * An asset is linked to its table outside of events, as soon as both exist; importing an asset does not
      make a node of its table. A table's version refers to the first version of the asset made at or after
      it, else to the newest; an asset's version to the newest version of the table made at or before it, else
      to the oldest (``lineage_reading``). Listings are linked to their assets alike, and what was granted to
      its listing; a deleted asset leaves the graph. A revision that a changed schema made is a version of the
      asset's node, the stage AWS speaks of (``catalog_stages``).
    * GetLineageNode without a time gives the newest version, with a time the newest at or before it.
    * QueryGraph: the root first, then breadth first; forms only when they are asked for by name; filters
      select what is returned, not what is walked; an unknown root gives no items (``graph_query``). The pages
      of one query go on with one walk, whatever is posted meanwhile (``graph_walk``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = [
    "COLUMN_LINEAGE_FORM",
    "CRAWLER_JOB_NAMESPACE",
    "CRAWLER_PRODUCER",
    "DEFAULT_DOMAIN_VERSION",
    "DEFAULT_PAGE_SIZE",
    "DEFAULT_PATH_LENGTH",
    "DEFAULT_SORT_ORDER",
    "DEFAULT_TARGET_NAME",
    "EXTRA_ENUM_VALUES",
    "FACETS_FORM",
    "JOB_FORM",
    "LINEAGE_FORMS",
    "LINEAGE_FORM_REVISION",
    "MAX_CRAWLED_TABLES",
    "MAX_NODE_IDENTIFIER_LENGTH",
    "REQUESTED_SHARE",
    "RUN_FORM",
    "SCHEMA_FORM",
    "SYSTEM_PRINCIPAL",
    "TARGET_PROVIDERS",
    "LineageForm",
    "project_database",
    "settling_seconds",
    "subscribed_node",
    "version_key",
]

# --- requests ----------------------------------------------------------------------------------------------

DEFAULT_PAGE_SIZE: Final = 50
"""Items of a page when ``maxResults`` is not given (1.1)."""

DEFAULT_SORT_ORDER: Final = "DESCENDING"
"""Order of ListLineageNodeHistory and ListLineageEvents (6.3)."""

EXTRA_ENUM_VALUES: Final[dict[str, frozenset[str]]] = {
    "ConnectionType": frozenset({"LAKEHOUSE", "WORKFLOWS_SERVERLESS"}),
}
"""Values the service uses although its public model does not list them (9.1)."""

# --- domains, projects, data sources -----------------------------------------------------------------------

DEFAULT_DOMAIN_VERSION: Final = "V2"
"""A domain is one of SageMaker Unified Studio unless CreateDomain says otherwise."""

SYSTEM_PRINCIPAL: Final = "SYSTEM"
"""Who creates what the service makes by itself, assets of a data source above all (9.7)."""

REQUESTED_SHARE: Final = 0.1
"""Which part of the duration of a run, or of an event, is spent in REQUESTED (7.2, 9.4)."""


def settling_seconds() -> float:
    """Return how long CREATING, UPDATING and DELETING last, in seconds: never longer than an import (9.3)."""
    return min(0.3, RUNTIME.settings.import_seconds)


def project_database(project_id: str) -> str:
    """Return the name of the Glue database that a project gets unless a parameter names one."""
    return f"glue_db_{project_id}"


# --- subscriptions -----------------------------------------------------------------------------------------

DEFAULT_TARGET_NAME: Final = "project.default_lakehouse"
"""The subscription target that every project has; called like the connection over the same database."""

TARGET_PROVIDERS: Final = {"V1": "Amazon DataZone", "V2": "Amazon SageMaker"}
"""Provider of a subscription target that names none, by version of its domain."""


def subscribed_node(grant_id: str, asset_id: str) -> str:
    """
    Return the source identifier of what a grant made available, if that is no Glue table (2.4).

    A granted Glue table is known by the ARN of the resource link in the subscriber's database.
    """
    return f"amazon.datazone.subscriptionGrant/{grant_id}/{asset_id}"


# --- crawler lineage ---------------------------------------------------------------------------------------

MAX_CRAWLED_TABLES: Final = 250
"""The largest number of tables a crawl may have brought for its lineage to be imported (5.2)."""

CRAWLER_JOB_NAMESPACE: Final = "glue_crawler"
"""Namespace of the job of a crawl; its name is the crawler's (5.3)."""

CRAWLER_PRODUCER: Final = "https://github.com/OpenLineage/OpenLineage/tree/1.9.1/integration/glue"
"""Producer of the generated events (5.3)."""

# --- lineage -----------------------------------------------------------------------------------------------

DEFAULT_PATH_LENGTH: Final = 1
"""Hops QueryGraph walks when ``maxPathLength`` is not given (8)."""

MAX_NODE_IDENTIFIER_LENGTH: Final = 2086
"""Longer source identifiers cannot be asked for, so an event that makes one FAILs (7.3)."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def version_key(moment: datetime) -> int:
    """Return what tells versions of a node apart: whole milliseconds since 1970, cut off (6.3)."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


LINEAGE_FORM_REVISION: Final = "1"


@dataclass(frozen=True, slots=True)
class LineageForm:
    """A form on a lineage node (2.3); ``type_name`` is what GetFormType takes."""

    name: str
    description: str

    @property
    def type_name(self) -> str:
        """Return the form's type."""
        return f"amazon.datazone.{self.name}Type"


SCHEMA_FORM: Final = LineageForm("LineageSchemaForm", "Columns of a dataset, from the schema facet.")
COLUMN_LINEAGE_FORM: Final = LineageForm(
    "LineageColumnLineageForm", "Where each column of a dataset comes from, from the columnLineage facet."
)
FACETS_FORM: Final = LineageForm(
    "LineageOpenLineageFacetsForm", "All other facets of a dataset, as they were posted."
)
JOB_FORM: Final = LineageForm(
    "LineageJobForm", "The job of a run: namespace, name, type, query, other facets."
)
RUN_FORM: Final = LineageForm("LineageJobRunForm", "A run: id, state, start, end, facets.")

LINEAGE_FORMS: Final = (SCHEMA_FORM, COLUMN_LINEAGE_FORM, FACETS_FORM, JOB_FORM, RUN_FORM)
"""Names invented here; content keys follow the OpenLineage facets."""
