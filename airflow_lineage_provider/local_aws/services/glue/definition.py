"""
A crawler's definition: what CreateCrawler takes, with Glue's defaults, and what GetCrawler gives back.

.. seealso:: AWS Glue Web API Reference, ``CreateCrawler``, ``UpdateCrawler``, ``Crawler``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_lineage_provider.local_aws.engine.dynamodb_target import DynamoTarget
from airflow_lineage_provider.local_aws.engine.s3_target import S3Target

__all__ = ["EVENT_MODE", "NEW_FOLDERS_ONLY", "TARGET_KINDS", "CrawlerDefinition"]

TARGET_KINDS = (
    "S3Targets",
    "JdbcTargets",
    "MongoDBTargets",
    "DynamoDBTargets",
    "CatalogTargets",
    "DeltaTargets",
    "IcebergTargets",
    "HudiTargets",
)
NEW_FOLDERS_ONLY = "CRAWL_NEW_FOLDERS_ONLY"
EVENT_MODE = "CRAWL_EVENT_MODE"

_DEFAULT_DATABASE = "default"
_COMBINED = '{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}'
_PLAIN_MEMBERS = {
    "Role": "role",
    "DatabaseName": "database_name",
    "Description": "description",
    "TablePrefix": "table_prefix",
    "Configuration": "configuration",
    "CrawlerSecurityConfiguration": "security_configuration",
    "CatalogId": "catalog_id",
}
_POLICY_MEMBERS = {
    "SchemaChangePolicy": {"UpdateBehavior": "update_behavior", "DeleteBehavior": "delete_behavior"},
    "RecrawlPolicy": {"RecrawlBehavior": "recrawl_behavior"},
    "LineageConfiguration": {"CrawlerLineageSettings": "lineage_settings"},
}


@dataclass(frozen=True, slots=True)
class CrawlerDefinition:
    """
    What a crawler is told to do; the defaults are Glue's.

    ``schedule`` is the cron expression, empty for a crawler that runs on demand. ``role`` is kept as given.
    """

    name: str
    role: str = ""
    targets: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    database_name: str = ""
    description: str = ""
    classifiers: tuple[str, ...] = ()
    recrawl_behavior: str = "CRAWL_EVERYTHING"
    update_behavior: str = "UPDATE_IN_DATABASE"
    delete_behavior: str = "DEPRECATE_IN_DATABASE"
    lineage_settings: str = "DISABLE"
    use_lake_formation_credentials: bool = False
    lake_formation_account: str = ""
    table_prefix: str = ""
    configuration: str = ""
    security_configuration: str = ""
    catalog_id: str = ""
    schedule: str = ""

    def changed_by(self, request: Mapping[str, Any]) -> CrawlerDefinition:
        """Return the definition with what a request says; members it leaves out keep their value."""
        changes: dict[str, Any] = {
            attribute: request[member] for member, attribute in _PLAIN_MEMBERS.items() if member in request
        }
        for member, attributes in _POLICY_MEMBERS.items():
            policy = request.get(member, {})
            changes |= {attributes[key]: policy[key] for key in attributes if key in policy}
        lake_formation = request.get("LakeFormationConfiguration", {})
        if "UseLakeFormationCredentials" in lake_formation:
            changes["use_lake_formation_credentials"] = lake_formation["UseLakeFormationCredentials"]
        if "AccountId" in lake_formation:
            changes["lake_formation_account"] = lake_formation["AccountId"]
        if "Classifiers" in request:
            changes["classifiers"] = tuple(request["Classifiers"])
        if "Targets" in request:
            changes["targets"] = _normalised(request["Targets"])
        if "Schedule" in request:
            changes["schedule"] = request["Schedule"]
        return replace(self, **changes)._for_catalog_targets(request)

    def _for_catalog_targets(self, request: Mapping[str, Any]) -> CrawlerDefinition:
        """Return the definition with what catalog targets bring about, unless the request says it."""
        if not self.targets.get("CatalogTargets") or "Targets" not in request:
            return self
        policy = request.get("SchemaChangePolicy") or {}
        return replace(
            self,
            delete_behavior=policy.get("DeleteBehavior", "LOG"),
            configuration=self.configuration or _COMBINED,
        )

    @property
    def output_database(self) -> str:
        """The database the crawl writes to, in lower case as the catalog keeps it."""
        return (self.database_name or _DEFAULT_DATABASE).lower()

    @property
    def catalog_tables(self) -> dict[str, list[str]]:
        """The tables of the catalog targets by database, in lower case as the catalog keeps both."""
        tables: dict[str, list[str]] = {}
        for target in self.targets.get("CatalogTargets", ()):
            listed = tables.setdefault(target["DatabaseName"].lower(), [])
            listed += [name.lower() for name in target["Tables"]]
        return tables

    @property
    def role_name(self) -> str:
        """The role's name without path and ARN."""
        return self.role.rpartition("/")[2]

    @property
    def s3_targets(self) -> tuple[S3Target, ...]:
        """The S3 targets for the engine."""
        return tuple(
            S3Target(target["Path"], tuple(target.get("Exclusions") or ()), target.get("SampleSize"))
            for target in self.targets.get("S3Targets", ())
        )

    @property
    def dynamodb_targets(self) -> tuple[DynamoTarget, ...]:
        """The DynamoDB targets for the engine."""
        return tuple(
            DynamoTarget(target["Path"], scan_all=target.get("scanAll", True))
            for target in self.targets.get("DynamoDBTargets", ())
        )

    @property
    def connection_names(self) -> tuple[str, ...]:
        """The Glue connections that the targets use."""
        named = (target.get("ConnectionName") for targets in self.targets.values() for target in targets)
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def log_group(self) -> str:
        """The CloudWatch log group of the crawls; a security configuration gives the role one of its own."""
        if not self.security_configuration:
            return "/aws-glue/crawlers"
        path = re.sub(r"^arn:[^:]*:iam::\d*:role/", "", self.role)
        return f"/aws-glue/crawlers-role/{path}-{self.security_configuration}"

    @property
    def log_stream(self) -> str:
        """The CloudWatch log stream of the crawls: the crawler's name (a stream allows no ``:`` or ``*``)."""
        return re.sub(r"[:*]", "_", self.name)

    def describe(self) -> dict[str, Any]:
        """Return the members of GetCrawler's answer that the definition decides."""
        described: dict[str, Any] = {
            "Name": self.name,
            "Role": self.role,
            "Targets": {kind: list(self.targets.get(kind, ())) for kind in TARGET_KINDS},
            "DatabaseName": self.database_name,
            "Description": self.description,
            "Classifiers": list(self.classifiers),
            "RecrawlPolicy": {"RecrawlBehavior": self.recrawl_behavior},
            "SchemaChangePolicy": {
                "UpdateBehavior": self.update_behavior,
                "DeleteBehavior": self.delete_behavior,
            },
            "LineageConfiguration": {"CrawlerLineageSettings": self.lineage_settings},
            "TablePrefix": self.table_prefix,
            "LakeFormationConfiguration": {
                "UseLakeFormationCredentials": self.use_lake_formation_credentials,
                "AccountId": self.lake_formation_account,
            },
        }
        optional = {
            "Configuration": self.configuration,
            "CrawlerSecurityConfiguration": self.security_configuration,
            "CatalogId": self.catalog_id,
        }
        return described | {member: value for member, value in optional.items() if value}


def _normalised(targets: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the targets with every list there, and ``Exclusions`` in every S3 target."""
    lists = {kind: [dict(target) for target in targets.get(kind) or ()] for kind in TARGET_KINDS}
    for target in lists["S3Targets"]:
        target.setdefault("Exclusions", [])
    return lists
