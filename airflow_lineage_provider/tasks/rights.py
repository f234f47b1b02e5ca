"""
Which calls each operator and sensor may make, and the least IAM policy that allows them.

The tests run each class against the local AWS stack, as a user with its least policy, and compare its calls
with :data:`RIGHTS`. They do not cover what a deferred sensor of the catalog calls.

Resources are as narrow as AWS allows: DataZone and Lake Formation actions have no resource that a policy
could name, so they are allowed on ``*``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["RIGHTS", "Right", "least_policy"]


@dataclass(frozen=True, slots=True)
class Right:
    """
    One action that a class may call.

    ``when`` says on which argument or circumstance that depends; empty means always. ``resources`` are ARNs
    with names in braces; none means that AWS asks for no permission. ``changes`` tells that the action
    changes something.
    """

    action: str
    when: str = ""
    resources: tuple[str, ...] = ("*",)
    changes: bool = False


_NAMES = ("account", "bucket", "crawler", "database", "key", "partition", "queue", "region")
_CRAWLER = ("arn:{partition}:glue:{region}:{account}:crawler/{crawler}",)
_CRAWLERS = ("arn:{partition}:glue:{region}:{account}:crawler/*",)
_CATALOG = "arn:{partition}:glue:{region}:{account}:catalog"
_TABLES = (
    _CATALOG,
    "arn:{partition}:glue:{region}:{account}:database/{database}",
    "arn:{partition}:glue:{region}:{account}:table/{database}/*",
)
_CONNECTIONS = (_CATALOG, "arn:{partition}:glue:{region}:{account}:connection/*")
_QUEUE = ("arn:{partition}:sqs:{region}:{account}:{queue}",)
_SNAPSHOT = ("arn:{partition}:s3:::{bucket}/{key}",)

_ALIAS = "outlets has an AssetAlias and the crawl added or updated a table; optional"
_ALIAS_VERSIONS = "outlets has an AssetAlias and the crawl updated a table; optional"
_ALIAS_ACCOUNT = "outlets has an AssetAlias and no table tells its account, such as where all were deleted"
_DEFERRABLE = "deferrable"
_DEFERRED = "deferrable, while the crawl runs; without it nothing but the pace differs"
_SENSOR_DEFERRED = "deferrable, while no crawl counts yet"
_SENSOR_QUEUED = "event_queue_url is given and mode is not reschedule, while no crawl counts yet"
_QUEUED = "event_queue_url is given"
_OPENLINEAGE = "Airflow emits OpenLineage events and the crawl added or updated a table; optional"
_OPENLINEAGE_CONNECTION = "Airflow emits OpenLineage events and a table is behind a connection; optional"
_OPENLINEAGE_ACCOUNT = "Airflow emits OpenLineage events and the crawl only deleted tables"
_CATALOG_READ = "the lineage is read from the catalog"
_BY_NAME = "tables are given as database.table"
_BY_ASSET = "asset_identifiers or data_source_run is given"
_BY_RUN = "data_source_run is given"
_BY_RUN_ID = "data_source_run is an id without data_source_identifier"
_EVENTS = "include_events"
_NO_CRAWL = "crawl is not given and the lineage is read from the catalog"
_READ_FILE = "a snapshot is in S3"
_OF_SOURCE = "a data source is given"
_SOURCE_BY_NAME = "project_identifier and name are given"
_NO_PLACE = "neither connection_identifier nor environment_identifier is given"


def _reading(read: str, *, events: str, history: str) -> tuple[Right, ...]:
    """
    Return the rights to read lineage.

    :param read: When it is read from the catalog.
    :param events: When the raw events are read.
    :param history: When the crawls are looked up in Glue's history.
    """
    return (
        Right("datazone:GetLineageNode", read),
        Right("datazone:ListLineageNodeHistory", read),
        Right("datazone:GetLineageEvent", events),
        Right("datazone:ListLineageEvents", events),
        Right("glue:ListCrawls", history, _CRAWLERS),
        Right("sts:GetCallerIdentity", _BY_NAME, ()),
        Right("datazone:GetAsset", _BY_ASSET),
        Right("datazone:ListDataSourceRunActivities", _BY_RUN),
        Right("datazone:GetDataSource", _BY_RUN),
        Right("datazone:GetConnection", _BY_RUN),
        Right("datazone:GetDataSourceRun", _BY_RUN_ID),
    )


_ASSETS = (
    Right("glue:GetTable", _ALIAS, _TABLES),
    Right("glue:GetTableVersions", _ALIAS_VERSIONS, _TABLES),
    Right("sts:GetCallerIdentity", _ALIAS_ACCOUNT, ()),
)

RIGHTS: Mapping[str, tuple[Right, ...]] = MappingProxyType(
    {
        "GlueCrawlOperator": (
            Right("glue:GetCrawler", resources=_CRAWLER),
            Right("glue:ListCrawls", resources=_CRAWLER),
            Right("glue:StartCrawler", resources=_CRAWLER, changes=True),
            Right("glue:BatchGetCrawlers", _DEFERRABLE, _CRAWLER),
            Right("glue:GetCrawlerMetrics", _DEFERRED, _CRAWLER),
            Right("sqs:GetQueueAttributes", _QUEUED, _QUEUE),
            Right("sqs:ReceiveMessage", _QUEUED, _QUEUE),
            Right("sqs:DeleteMessage", _QUEUED, _QUEUE, changes=True),
            Right("glue:StopCrawler", "cancel_on_kill, when the task is killed", _CRAWLER, changes=True),
            *_ASSETS,
            Right("glue:GetTable", _OPENLINEAGE, _TABLES),
            Right("glue:GetConnection", _OPENLINEAGE_CONNECTION, _CONNECTIONS),
            Right("sts:GetCallerIdentity", _OPENLINEAGE_ACCOUNT, ()),
        ),
        "GlueCrawlSensor": (
            Right("glue:GetCrawler", resources=_CRAWLER),
            Right("glue:ListCrawls", resources=_CRAWLER),
            Right("glue:BatchGetCrawlers", _SENSOR_DEFERRED, _CRAWLER),
            Right("glue:GetCrawlerMetrics", _DEFERRED, _CRAWLER),
            Right("sqs:GetQueueAttributes", _SENSOR_QUEUED, _QUEUE),
            Right("sqs:ReceiveMessage", _SENSOR_QUEUED, _QUEUE),
            Right("sqs:DeleteMessage", _SENSOR_QUEUED, _QUEUE, changes=True),
            *_ASSETS,
        ),
        "DataZoneDataSourceRunOperator": (
            Right("datazone:GetDataSource"),
            Right("datazone:GetConnection"),
            Right("datazone:ListDataSourceRuns"),
            Right("datazone:StartDataSourceRun", changes=True),
            Right("datazone:GetDataSourceRun"),
            Right("datazone:ListDataSourceRunActivities"),
        ),
        "DataZoneDataSourceRunSensor": (
            Right("datazone:GetDataSource"),
            Right("datazone:GetConnection"),
            Right("datazone:ListDataSourceRuns", "run_identifier is not given"),
            Right("datazone:ListDataSourceRuns", "deferrable, while the run goes on"),
            Right("datazone:GetDataSourceRun"),
            Right("datazone:ListDataSourceRunActivities"),
        ),
        "DataZoneCreateDataSourceOperator": (
            Right("datazone:ListDataSources"),
            Right("datazone:GetDataSource"),
            Right("datazone:ListConnections", _NO_PLACE),
            Right("datazone:CreateDataSource", "there is no data source of that name", changes=True),
        ),
        "DataZoneDeleteDataSourceOperator": (
            Right("datazone:GetDataSource"),
            Right("datazone:ListDataSources", _SOURCE_BY_NAME),
            Right("datazone:DeleteDataSource", "it exists", changes=True),
        ),
        "DataZoneDeleteAssetsOperator": (
            Right("datazone:GetAsset"),
            Right("datazone:GetDataSource", _OF_SOURCE),
            Right("datazone:ListDataSources", _SOURCE_BY_NAME),
            Right("datazone:ListDataSourceRuns", _OF_SOURCE),
            Right("datazone:ListDataSourceRunActivities", _OF_SOURCE),
            Right("datazone:CreateListingChangeSet", "an asset is published", changes=True),
            Right("datazone:DeleteAsset", "it exists", changes=True),
        ),
        "DataZoneDeleteProjectOperator": (
            Right("datazone:GetProject"),
            Right("datazone:DeleteProject", "it exists", changes=True),
        ),
        "DataZonePostLineageEventOperator": (
            Right("datazone:PostLineageEvent", changes=True),
            Right("datazone:GetLineageEvent", "wait_for_completion, or the task is tried again"),
        ),
        "DataZoneLineageEventSensor": (Right("datazone:GetLineageEvent"),),
        "DataZoneLineageNodeSensor": (
            Right("datazone:GetLineageNode"),
            Right("datazone:QueryGraph", "upstream_identifier or crawl_id is given"),
        ),
        "DataZoneEnableLineageOperator": (
            Right("datazone:GetConnection"),
            Right("datazone:GetDataSource", "data_source_identifier is given"),
            Right("datazone:UpdateConnection", "lineage import is off", changes=True),
        ),
        "LakeFormationGrantPermissionsOperator": (
            Right("lakeformation:BatchGrantPermissions", changes=True),
        ),
        "LakeFormationRevokePermissionsOperator": (
            Right("lakeformation:BatchRevokePermissions", changes=True),
        ),
        "LineageExtractOperator": (
            *_reading("", events=_EVENTS, history=""),
            Right("s3:PutObject", "snapshot_path is in S3", _SNAPSHOT, changes=True),
        ),
        "LineageVerifyOperator": (
            *_reading(_CATALOG_READ, events=_CATALOG_READ, history=_NO_CRAWL),
            Right("s3:GetObject", _READ_FILE, _SNAPSHOT),
        ),
        "LineageDiffOperator": (
            *_reading(_CATALOG_READ, events=_CATALOG_READ, history=_CATALOG_READ),
            Right("s3:GetObject", _READ_FILE, _SNAPSHOT),
        ),
    }
)
"""What each class may call, by its name."""


def least_policy(rights: Iterable[Right], names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """
    Return the least IAM policy that allows some rights, as JSON.

    :param rights: What is to be allowed.
    :param names: What to put for the names in braces; a name that is not given stays in braces.
    """
    known = {name: f"{{{name}}}" for name in _NAMES} | dict(names or {})
    actions: dict[tuple[str, ...], set[str]] = {}
    for right in rights:
        if right.resources:
            resources = tuple(resource.format(**known) for resource in right.resources)
            actions.setdefault(resources, set()).add(right.action)
    statements = [
        {"Effect": "Allow", "Action": sorted(allowed), "Resource": list(resources)}
        for resources, allowed in actions.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}
