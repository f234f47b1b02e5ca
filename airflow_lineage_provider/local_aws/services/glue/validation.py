"""What CreateCrawler and UpdateCrawler refuse, in the words of AWS where they are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.engine.configuration import CrawlerConfiguration
from airflow_lineage_provider.local_aws.engine.errors import InvalidConfigurationError
from airflow_lineage_provider.local_aws.services.glue.definition import (
    EVENT_MODE,
    NEW_FOLDERS_ONLY,
    TARGET_KINDS,
    CrawlerDefinition,
)
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.schedules import check_schedule
from airflow_lineage_provider.local_aws.services.glue.targets import TARGETS, Surroundings

__all__ = ["check_definition", "check_target_change"]

_ROLE = re.compile(r"^(arn:[a-z-]+:iam::\d{12}:role/)?[\w+=,.@/-]+$")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")
_MAX_NAME = 255
_EVENT_KINDS = ("S3Targets", "CatalogTargets")


def check_definition(definition: CrawlerDefinition, surroundings: Surroundings) -> None:
    """
    Check a crawler's definition.

    The role need not exist: the local stack does not assume it. A crawler without a database writes to
    ``default``, as the Developer Guide says; newer services are reported to refuse one.

    :raises InvalidInputError: If AWS would refuse it, or the local stack cannot do it.
    """
    if _CONTROL.search(definition.name):
        raise InvalidInputError("The name of a crawler must not contain control characters.")
    if len(definition.database_name) > _MAX_NAME or _CONTROL.search(definition.database_name):
        raise InvalidInputError(
            f"The database name {definition.database_name!r} is longer than {_MAX_NAME} characters "
            "or contains control characters."
        )
    if not _ROLE.match(definition.role):
        raise InvalidInputError(f"Role {definition.role} is not the name or the ARN of an IAM role.")
    missing = [name for name in definition.classifiers if not surroundings.classifier_exists(name)]
    if missing:
        raise InvalidInputError(f"Classifier with name {missing[0]} does not exist")
    if definition.catalog_id not in ("", surroundings.account_id):
        raise InvalidInputError(
            f"Catalog {definition.catalog_id} is not available in the local stack; "
            f"leave CatalogId out or use {surroundings.account_id}."
        )
    security = definition.security_configuration
    if security and not surroundings.security_configuration_exists(security):
        raise InvalidInputError(f"Security configuration {security} does not exist.")
    if definition.schedule:
        check_schedule(definition.schedule)
    try:
        CrawlerConfiguration.parse(definition.configuration)
    except InvalidConfigurationError as error:
        raise InvalidInputError(str(error)) from error
    _check_targets(definition, surroundings)
    _check_event_queues(definition, surroundings)
    _check_policies(definition)


def check_target_change(before: CrawlerDefinition, after: CrawlerDefinition) -> None:
    """
    Refuse other targets for a crawler that crawls new folders only.

    :raises InvalidInputError: If the targets change.
    """
    if before.recrawl_behavior == NEW_FOLDERS_ONLY and before.targets != after.targets:
        raise InvalidInputError(
            'The targets of a crawler whose RecrawlBehavior is "Crawl new folders only" cannot be changed.'
        )


def _check_targets(definition: CrawlerDefinition, surroundings: Surroundings) -> None:
    if not any(definition.targets.get(kind) for kind in TARGET_KINDS):
        raise InvalidInputError("A crawler must have at least one target.")
    for target in TARGETS:
        target.check(definition, surroundings)


def _check_event_queues(definition: CrawlerDefinition, surroundings: Surroundings) -> None:
    for target in _targets(definition):
        for member in ("EventQueueArn", "DlqEventQueueArn"):
            if target.get(member) and not surroundings.queue_exists(target[member]):
                raise InvalidInputError(
                    f"SQS queue {target[member]} does not exist or the role provided does not have access "
                    "to it."
                )


def _check_policies(definition: CrawlerDefinition) -> None:
    if definition.recrawl_behavior == EVENT_MODE:
        _check_event_mode(definition)
    elif definition.recrawl_behavior == NEW_FOLDERS_ONLY:
        _check_new_folders_only(definition)


def _check_event_mode(definition: CrawlerDefinition) -> None:
    if any(definition.targets.get(kind) for kind in TARGET_KINDS if kind not in _EVENT_KINDS):
        raise InvalidInputError("Only S3 targets are allowed for event based crawlers.")
    targets = _targets(definition)
    if len(targets) != 1:
        raise InvalidInputError("Only one target is allowed for event based crawlers.")
    if not targets[0].get("EventQueueArn"):
        raise InvalidInputError("Event queue ARN is required when event crawler is selected.")
    if targets[0].get("SampleSize") is not None:
        raise InvalidInputError("SampleSize is not supported for event based crawlers.")


def _check_new_folders_only(definition: CrawlerDefinition) -> None:
    if any(definition.targets.get(kind) for kind in TARGET_KINDS if kind != "S3Targets"):
        raise InvalidInputError(
            'RecrawlBehavior "Crawl new folders only" can only apply to Amazon S3 target.'
        )
    if (definition.update_behavior, definition.delete_behavior) != ("LOG", "LOG"):
        raise InvalidInputError(
            'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG '
            "DeleteBehavior value and LOG UpdateBehavior value."
        )


def _targets(definition: CrawlerDefinition) -> list[Mapping[str, Any]]:
    return [target for kind in TARGET_KINDS for target in definition.targets.get(kind, ())]
