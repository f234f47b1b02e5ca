"""
Events of the simulated services on the default bus of moto's EventBridge.

moto's own ``put_events`` leaves ``account`` out of what targets receive, ignores that a rule is disabled, and
breaks off at a target it cannot serve. Services send through :func:`send` instead, which uses moto's rules,
patterns and targets and delivers AWS's whole envelope. Delivery is best effort, as on AWS: a target that is
gone, or that moto cannot serve (Lambda functions, Step Functions …), is logged and left out.

Events that clients put themselves (PutEvents) still go moto's way.

.. seealso:: Amazon EventBridge User Guide, "AWS service event metadata".
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.events.models import Rule, events_backends
from moto.sns.models import sns_backends
from werkzeug.exceptions import HTTPException

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["send"]

_LOG = logging.getLogger(__name__)


def send(
    account_id: str,
    region: str,
    *,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str] = (),
) -> None:
    """
    Put one event on the default bus and deliver it to the targets of every enabled rule that matches.

    :param source: The service, such as ``aws.glue``.
    :param detail: Members of the event's ``detail``; must be JSON.
    :param resources: ARNs of what the event is about.
    """
    rules = list(events_backends[account_id][region].event_buses["default"].rules.values())
    if not rules:
        return
    event = {
        "version": "0",
        "id": RUNTIME.new_uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": account_id,
        "time": RUNTIME.now().timestamp(),
        "region": region,
        "resources": list(resources),
        "detail": json.loads(json.dumps(detail)),
    }
    for rule in rules:
        if _wants(rule, event):
            for target in list(rule.targets):
                _deliver(rule, target, event)


def _wants(rule: Rule, event: dict[str, Any]) -> bool:
    """Tell whether a rule takes an event; one without a pattern runs on a schedule and takes none."""
    pattern: Any = rule.event_pattern
    return rule.state != "DISABLED" and bool(pattern.get_pattern()) and bool(pattern.matches_event(event))


def _deliver(rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
    """Hand an event to one target, whole or as the target's input transformer words it."""
    transformed = "InputTransformer" in target
    handed = copy.deepcopy(event) | ({"ingestion-time": event["time"]} if transformed else {})
    arn = str(target["Arn"])
    try:
        if arn.split(":")[2] == "sns" and not transformed:
            _publish(arn, handed)
        else:
            single: Any = copy.copy(rule)
            single.targets = [target]
            single.send_to_targets(handed, transform_input=transformed)
    except (HTTPException, ServiceException, NotImplementedError, LookupError, OSError, ValueError) as error:
        _LOG.warning(
            "Event %s (%s) was not delivered to %s: %s", event["id"], event["detail-type"], arn, error
        )


def _publish(topic: str, event: dict[str, Any]) -> None:
    """Publish an event to an SNS topic, which moto's rules cannot do."""
    _, _, _, region, account, _ = topic.split(":")
    moment = datetime.fromtimestamp(event["time"], tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    backend: Any = sns_backends[account][region]
    backend.publish(arn=topic, message=json.dumps(event | {"time": moment}))
