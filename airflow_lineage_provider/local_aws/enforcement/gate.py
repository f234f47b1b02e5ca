"""Calls of callers without rights are refused, as IAM does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.utilities.utils import get_partition

from airflow_lineage_provider.local_aws.enforcement.needs import Asked, needs_of
from airflow_lineage_provider.local_aws.enforcement.principals import caller
from airflow_lineage_provider.local_aws.wire import Call, ErrorReply, error_reply, protocol

__all__ = ["refusal"]

_DEFAULT_REGION = "us-east-1"


def refusal(call: Call, *, headers: Mapping[str, str], path: str, body: bytes) -> ErrorReply | None:
    """
    Return the error for a call that its caller may not make.

    :param headers: The request's headers, names in lower case.
    :param path: The path as sent.
    :param body: The body; needed for the services whose calls name their resource there.
    :return: ``None`` if the call is allowed.
    """
    region = call.region or _DEFAULT_REGION
    token = headers.get("x-amz-security-token")
    principal = caller(DEFAULT_ACCOUNT_ID, region, call.access_key, token)
    if principal is None:
        return _unknown_key(call)
    if call.operation is None:
        return None
    asked = Asked(
        service=call.service,
        operation=call.operation,
        region=region,
        partition=get_partition(region),
        account_id=DEFAULT_ACCOUNT_ID,
        path=path,
        host=headers.get("host", ""),
        document=_document(body),
    )
    for need in needs_of(asked):
        text = principal.refusal(need.action, need.resource)
        if text is not None:
            return _access_denied(call, text)
    return None


def _document(body: bytes) -> Mapping[str, Any] | None:
    try:
        document = json.loads(body) if body[:1] == b"{" else None
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _access_denied(call: Call, text: str) -> ErrorReply:
    kind = protocol(call.service)
    if kind == "json":
        return error_reply(call.service, "AccessDeniedException", text, 400)
    code = "AccessDeniedException" if kind == "rest-json" else "AccessDenied"
    return error_reply(call.service, code, text, 403)


def _unknown_key(call: Call) -> ErrorReply:
    """Word what AWS answers to an access key that is nobody's."""
    if call.service == "s3":
        text = "The AWS Access Key Id you provided does not exist in our records."
        return error_reply(call.service, "InvalidAccessKeyId", text, 403)
    text = "The security token included in the request is invalid."
    if protocol(call.service) in ("query", "ec2"):
        return error_reply(call.service, "InvalidClientTokenId", text, 403)
    status = 403 if protocol(call.service) == "rest-json" else 400
    return error_reply(call.service, "UnrecognizedClientException", text, status)
