"""
Amazon S3 event notifications, and listing no more than what they say has changed (CRAWL_EVENT_MODE).

A folder in which an event happened is listed and read anew; everything else is as the crawl before saw it.

.. seealso:: Amazon S3 User Guide, "Event message structure"; AWS Glue Developer Guide, "Accelerating crawls
    using Amazon S3 event notifications".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO
from urllib.parse import unquote_plus

from airflow_lineage_provider.local_aws.engine.folders import FolderContent
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject

__all__ = ["ChangedFolders", "touched_folders"]


def touched_folders(body: str) -> frozenset[str] | None:
    """
    Return the folders in which a message says that objects came, changed or went, as ``s3://bucket/…/``.

    :param body: The body of a queue's message: S3's own JSON, also inside a notification of an SNS topic.
        The message S3 sends to try a new configuration touches nothing.
    :return: ``None`` if it is no message of S3.
    """
    message = _mapping(body)
    if isinstance(message.get("Message"), str) and "Records" not in message:
        message = _mapping(message["Message"])
    if message.get("Event") == "s3:TestEvent":
        return frozenset()
    records = message.get("Records")
    if not isinstance(records, list):
        return None
    try:
        return frozenset(_folder(record["s3"]) for record in records)
    except (KeyError, TypeError):
        return None


def _mapping(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _folder(s3: Mapping[str, Any]) -> str:
    key = unquote_plus(s3["object"]["key"])
    return f"s3://{s3['bucket']['name']}/{key[: key.rfind('/') + 1]}"


class ChangedFolders:
    """
    A store of objects of which only some folders are listed.

    :param reader: The store itself.
    :param known: The folders the crawl before saw, by location.
    :param changed: Locations of the folders that are listed; the others are as they are known.
    """

    def __init__(
        self, reader: ObjectReader, known: Mapping[str, FolderContent], changed: Iterable[str]
    ) -> None:
        self._reader = reader
        self._known = known
        self._changed = frozenset(changed)

    def list(self, bucket: str, prefix: str) -> list[StoredObject]:
        """List the objects that are known, and those that lie directly in changed folders."""
        found = [
            stored
            for location, content in self._known.items()
            if location not in self._changed
            for stored in (*(schema.stored for schema in content.files), *content.unread)
        ]
        root = f"s3://{bucket}/"
        for location in self._changed:
            if location.startswith(root):
                folder = location.removeprefix(root)
                listed = self._reader.list(bucket, folder)
                found += [stored for stored in listed if "/" not in stored.key[len(folder) :]]
        return sorted(stored for stored in found if stored.bucket == bucket and stored.key.startswith(prefix))

    def open(self, stored: StoredObject) -> BinaryIO:
        """Open an object."""
        return self._reader.open(stored)
