"""
What a call needs: the IAM actions it is checked for, and the resources they are about.

Resources are worked out for Glue, S3, DynamoDB, SQS and for passing a role to a crawler; DataZone and Lake
Formation actions have no resource (AWS checks them on ``*``). For calls of other services the resource is not
known, and any resource a policy names fits.

.. seealso:: AWS Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

__all__ = ["Asked", "Need", "needs_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A call as far as its needs depend on it.

    ``document`` is its JSON body, ``path`` as sent, ``host`` the ``Host`` header.
    """

    service: str
    operation: str
    region: str
    partition: str
    account_id: str
    path: str = "/"
    host: str = ""
    document: Mapping[str, Any] | None = None

    def arn(self, service: str, rest: str) -> str:
        """Return an ARN of the caller's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{rest}"


@dataclass(frozen=True, slots=True)
class Need:
    """One action on one resource; ``None`` is a resource that is not known."""

    action: str
    resource: str | None


_S3_ACTIONS = {
    "ListBuckets": "ListAllMyBuckets",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
}
_UNRESTRICTED = ("sts:GetCallerIdentity", "sts:GetSessionToken")
_CRAWLER_MEMBERS = {
    "CreateCrawler": "Name",
    "UpdateCrawler": "Name",
    "DeleteCrawler": "Name",
    "StartCrawler": "Name",
    "StopCrawler": "Name",
    "GetCrawler": "Name",
    "ListCrawls": "CrawlerName",
    "StartCrawlerSchedule": "CrawlerName",
    "StopCrawlerSchedule": "CrawlerName",
    "UpdateCrawlerSchedule": "CrawlerName",
}
_CRAWLER_LISTS = {"BatchGetCrawlers": "CrawlerNames", "GetCrawlerMetrics": "CrawlerNameList"}
_CATALOG_OPERATION = re.compile(r"Database|Table|Partition|UserDefinedFunction")


def needs_of(asked: Asked) -> tuple[Need, ...]:
    """Return what a call needs; nothing for calls that AWS lets everybody make."""
    action = f"{asked.service}:{asked.operation}"
    if action in _UNRESTRICTED:
        return ()
    find = _FINDERS.get(asked.service)
    return find(asked) if find is not None else (Need(action, None),)


def _glue(asked: Asked) -> tuple[Need, ...]:
    action, document = f"glue:{asked.operation}", asked.document or {}
    if asked.operation in _CRAWLER_MEMBERS:
        name = document.get(_CRAWLER_MEMBERS[asked.operation], "")
        needs = [Need(action, asked.arn("glue", f"crawler/{name}"))]
        role = document.get("Role") if asked.operation in ("CreateCrawler", "UpdateCrawler") else None
        return (*needs, *([Need("iam:PassRole", _role_arn(asked, str(role)))] if role else []))
    if asked.operation in _CRAWLER_LISTS and document.get(_CRAWLER_LISTS[asked.operation]):
        names = document[_CRAWLER_LISTS[asked.operation]]
        return tuple(Need(action, asked.arn("glue", f"crawler/{name}")) for name in names)
    if _CATALOG_OPERATION.search(asked.operation):
        return tuple(Need(action, asked.arn("glue", rest)) for rest in _catalog_parts(asked))
    if "Connection" in asked.operation:
        named = document.get("ConnectionInput") or document
        name = _first(named, "Name", "ConnectionName")
        parts = ["catalog", *([f"connection/{name}"] if name else [])]
        return tuple(Need(action, asked.arn("glue", rest)) for rest in parts)
    return (Need(action, "*"),)


def _catalog_parts(asked: Asked) -> list[str]:
    """Return what of the catalog a call touches: AWS wants rights on the table and on all above it."""
    document = asked.document or {}
    database = _first(document, "DatabaseName") or (document.get("DatabaseInput") or {}).get("Name")
    if database is None and "Database" in asked.operation:
        database = document.get("Name")
    table = _first(document, "TableName") or (document.get("TableInput") or {}).get("Name")
    if table is None and asked.operation in ("GetTable", "DeleteTable"):
        table = document.get("Name")
    if table is None and asked.operation in ("GetTables", "SearchTables"):
        table = "*"
    parts = ["catalog"]
    if database:
        parts.append(f"database/{str(database).lower()}")
        if table:
            parts.append(f"table/{str(database).lower()}/{str(table).lower()}")
    return parts


def _role_arn(asked: Asked, role: str) -> str:
    if role.startswith("arn:"):
        return role
    return f"arn:{asked.partition}:iam::{asked.account_id}:role/{role}"


def _s3(asked: Asked) -> tuple[Need, ...]:
    action = f"s3:{_S3_ACTIONS.get(asked.operation, asked.operation)}"
    host = asked.host.partition(":")[0]
    path = unquote(asked.path).lstrip("/")
    if ".s3." in host or host.endswith(".s3.amazonaws.com"):
        path = f"{host.partition('.s3.')[0]}/{path}"
    bucket, _, key = path.partition("/")
    if not bucket:
        return (Need(action, "*"),)
    rest = f"{bucket}/{key}" if key else bucket
    needs = [Need(action, f"arn:{asked.partition}:s3:::{rest}")]
    if asked.operation == "DeleteObjects":
        needs = [Need(action, f"arn:{asked.partition}:s3:::{bucket}/*")]
    return tuple(needs)


def _dynamodb(asked: Asked) -> tuple[Need, ...]:
    document = asked.document or {}
    action, name = f"dynamodb:{asked.operation}", document.get("TableName")
    if name is None:
        return (Need(action, None),)
    arn = str(name) if str(name).startswith("arn:") else asked.arn("dynamodb", f"table/{name}")
    return (Need(action, arn),)


def _sqs(asked: Asked) -> tuple[Need, ...]:
    document = asked.document or {}
    url, name = document.get("QueueUrl"), document.get("QueueName")
    queue = str(url).rpartition("/")[2] if url else name
    return (Need(f"sqs:{asked.operation}", asked.arn("sqs", str(queue)) if queue else None),)


def _without_resource(asked: Asked) -> tuple[Need, ...]:
    return (Need(f"{asked.service}:{asked.operation}", "*"),)


def _first(document: Mapping[str, Any], *members: str) -> Any:
    return next((document[member] for member in members if document.get(member)), None)


_FINDERS: Mapping[str, Callable[[Asked], tuple[Need, ...]]] = {
    "datazone": _without_resource,
    "dynamodb": _dynamodb,
    "glue": _glue,
    "lakeformation": _without_resource,
    "s3": _s3,
    "sqs": _sqs,
}
