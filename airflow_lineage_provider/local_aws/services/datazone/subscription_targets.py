"""
Subscription targets: where in an environment subscribed data is made available.

Every project has one over its own Glue database, so that an approved subscription to a Glue table leaves a
resource link there.
"""

from __future__ import annotations

import json
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assumptions import (
    DEFAULT_TARGET_NAME,
    SYSTEM_PRINCIPAL,
    TARGET_PROVIDERS,
)
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    ConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.paging import PageRequest
from airflow_lineage_provider.local_aws.services.datazone.record_order import record_key, record_order
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Project, Reply, Request
from airflow_lineage_provider.local_aws.services.datazone.subscription_records import SubscriptionTarget

__all__ = ["OPERATIONS", "add_default_target", "applies_to", "existing_target", "glue_database", "is_managed"]

_GLUE_TYPE = "GlueSubscriptionTargetType"
_GLUE_FORM = "GlueSubscriptionTargetConfigForm"
_GLUE_ASSETS = frozenset({"GlueTableAssetType", "GlueViewAssetType"})
_SETTINGS = (
    "name",
    "type",
    "subscriptionTargetConfig",
    "authorizedPrincipals",
    "manageAccessRole",
    "applicableAssetTypes",
    "provider",
    "subscriptionGrantCreationMode",
)
_FIXED = frozenset({"type"})
_SYSTEM_TYPES = "amazon.datazone."


def add_default_target(context: Context, domain: Domain, project: Project) -> None:
    """Give a new project a target over its Glue database."""
    catalog = context.catalog
    service_roles = f"arn:{catalog.partition}:iam::{catalog.account_id}:role/service-role"
    settings = {
        "name": DEFAULT_TARGET_NAME,
        "type": _GLUE_TYPE,
        "subscriptionTargetConfig": [
            {"formName": _GLUE_FORM, "content": json.dumps({"databaseName": project.database})}
        ],
        "authorizedPrincipals": [catalog.user_role(project.id, project.environment_id)],
        "manageAccessRole": f"{service_roles}/AmazonSageMakerManageAccess",
        "applicableAssetTypes": sorted(_GLUE_ASSETS),
        "provider": TARGET_PROVIDERS[domain.version],
        "subscriptionGrantCreationMode": "AUTOMATIC",
    }
    identifier = RUNTIME.new_id(f"subscription-target/{project.id}/{DEFAULT_TARGET_NAME}")
    domain.subscriptions.targets[identifier] = SubscriptionTarget(
        identifier, project.id, project.environment_id, settings, Stamp.of(SYSTEM_PRINCIPAL)
    )


def create_subscription_target(context: Context, request: Request) -> Reply:
    """Make a target; whether its Glue database exists is not checked."""
    domain = context.domain(request["domainIdentifier"])
    identifier = domain.tokens.once(
        "CreateSubscriptionTarget", request, lambda: _add(context, domain, request)
    )
    return _reply(domain, existing_target(domain, identifier))


def _add(context: Context, domain: Domain, request: Request) -> str:
    project = context.environment(domain, request["environmentIdentifier"])
    settings = {name: request[name] for name in _SETTINGS if name in request}
    settings.setdefault("provider", TARGET_PROVIDERS[domain.version])
    settings.setdefault("subscriptionGrantCreationMode", "AUTOMATIC")
    target = SubscriptionTarget(
        RUNTIME.new_id(f"subscription-target/{project.id}/{request['name']}"),
        project.id,
        project.environment_id,
        settings,
        Stamp.of(context.principal),
    )
    _require_usable(context, domain, target)
    domain.subscriptions.targets[target.id] = target
    return target.id


def get_subscription_target(context: Context, request: Request) -> Reply:
    """Describe a target."""
    domain = context.domain(request["domainIdentifier"])
    return _reply(domain, _target(context, domain, request))


def list_subscription_targets(context: Context, request: Request) -> Reply:
    """List the targets of an environment, oldest first unless the request says otherwise."""
    domain = context.domain(request["domainIdentifier"])
    project = context.environment(domain, request["environmentIdentifier"])
    page = PageRequest.of("ListSubscriptionTargets", request)
    targets = domain.subscriptions.targets.values()
    found = [each for each in targets if each.environment_id == project.environment_id]
    key = record_key(request)
    cut = page.cut(sorted(found, key=key), key, descending=record_order(request) == "DESCENDING")
    return cut.reply("items", [_reply(domain, each) for each in cut.items])


def update_subscription_target(context: Context, request: Request) -> Reply:
    """Change a target; its type stays."""
    domain = context.domain(request["domainIdentifier"])
    target = _target(context, domain, request)
    changes = {name: request[name] for name in _SETTINGS if name in request and name not in _FIXED}
    before, target.settings = target.settings, {**target.settings, **changes}
    try:
        _require_usable(context, domain, target)
    except (ConflictError, ValidationError):
        target.settings = before
        raise
    target.stamp.touch(context.principal)
    return _reply(domain, target)


def delete_subscription_target(context: Context, request: Request) -> Reply:
    """Delete a target that has no grants."""
    domain = context.domain(request["domainIdentifier"])
    target = _target(context, domain, request)
    grants = [each.id for each in domain.subscriptions.grants.values() if each.target_id == target.id]
    if grants:
        raise ConflictError(f"Subscription target {target.id} has subscription grants: {', '.join(grants)}")
    del domain.subscriptions.targets[target.id]
    return {}


def existing_target(domain: Domain, identifier: str) -> SubscriptionTarget:
    """
    Return a target.

    :raises ResourceNotFoundError: If there is none with this id.
    """
    found = domain.subscriptions.targets.get(identifier)
    if found is None:
        raise ResourceNotFoundError(f"Subscription target {identifier} does not exist in domain {domain.id}")
    return found


def applies_to(target: SubscriptionTarget, asset_type: str) -> bool:
    """Tell whether a target takes assets of a type; types of the system may be named without their prefix."""
    names = target.settings["applicableAssetTypes"]
    return asset_type in names or asset_type.removeprefix(_SYSTEM_TYPES) in names


def is_managed(target: SubscriptionTarget, asset_type: str) -> bool:
    """Tell whether the service itself makes assets of a type available, which it does with Glue tables."""
    return target.settings["type"] == _GLUE_TYPE and asset_type.removeprefix(_SYSTEM_TYPES) in _GLUE_ASSETS


def glue_database(target: SubscriptionTarget) -> str | None:
    """Return the Glue database of a target, ``None`` if its configuration names none."""
    for form in target.settings["subscriptionTargetConfig"]:
        if form["formName"] == _GLUE_FORM:
            try:
                content: dict[str, Any] = json.loads(form["content"])
            except ValueError:
                return None
            database = content.get("databaseName") if isinstance(content, dict) else None
            return database if isinstance(database, str) else None
    return None


def _target(context: Context, domain: Domain, request: Request) -> SubscriptionTarget:
    project = context.environment(domain, request["environmentIdentifier"])
    found = existing_target(domain, request["identifier"])
    if found.environment_id != project.environment_id:
        raise ResourceNotFoundError(
            f"Subscription target {found.id} does not exist in environment {project.environment_id}"
        )
    return found


def _require_usable(context: Context, domain: Domain, target: SubscriptionTarget) -> None:
    account = context.catalog.account_id
    for principal in target.settings["authorizedPrincipals"]:
        parts = principal.split(":")
        if len(parts) > 4 and parts[4] != account:
            raise ValidationError(
                "Authorized principal is not in the same account as the environment account"
            )
    if target.settings["type"] != _GLUE_TYPE:
        return
    database = glue_database(target)
    if database is None:
        raise ValidationError(f"A target of type {_GLUE_TYPE} needs {_GLUE_FORM} with a databaseName")
    for other in domain.subscriptions.targets.values():
        if (
            other.id != target.id
            and other.environment_id == target.environment_id
            and glue_database(other) == database
        ):
            raise ConflictError(
                f"Subscription target {other.id} of the environment makes data available in {database}"
            )


def _reply(domain: Domain, target: SubscriptionTarget) -> Reply:
    return {
        "id": target.id,
        "domainId": domain.id,
        "projectId": target.project_id,
        "environmentId": target.environment_id,
        **target.settings,
        **target.stamp.members(),
    }


OPERATIONS: dict[str, Operation] = {
    "CreateSubscriptionTarget": create_subscription_target,
    "GetSubscriptionTarget": get_subscription_target,
    "ListSubscriptionTargets": list_subscription_targets,
    "UpdateSubscriptionTarget": update_subscription_target,
    "DeleteSubscriptionTarget": delete_subscription_target,
}
