"""
What a crawler calls its tables and partition keys.

.. seealso:: AWS Glue Developer Guide, "How crawlers work" (names of tables).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import unquote

__all__ = [
    "MAX_TABLE_NAME",
    "folder_key",
    "hashed_table_name",
    "partition_keys",
    "partition_value",
    "table_name",
]

MAX_TABLE_NAME = 128
_FORBIDDEN = re.compile(r"[^a-z0-9_]")
_HIVE_STYLE = re.compile(r"^(?P<key>[^=]+)=(?P<value>.*)$", re.DOTALL)


def table_name(base: str, *, prefix: str = "") -> str:
    """
    Return the table name for the last component of a location, a bucket or a DynamoDB table.

    Lower case; whatever is no letter, digit or underscore becomes an underscore; the prefix goes in front
    without a separator; at most 128 characters.
    """
    return _FORBIDDEN.sub("_", (prefix + base).lower())[:MAX_TABLE_NAME]


def hashed_table_name(name: str, location: str, *, salt: str = "") -> str:
    """
    Return the name for a table whose plain name is taken: with ``_`` and 32 hexadecimal digits.

    What AWS hashes is unknown; the location is our choice, so that the name is the same in the next crawl.

    :param salt: Tells tables at one location apart.
    """
    digest = hashlib.md5((location + salt).encode(), usedforsecurity=False).hexdigest()
    return f"{name[: MAX_TABLE_NAME - len(digest) - 1]}_{digest}"


def folder_key(folder: str) -> str | None:
    """Return the key of a ``key=value`` folder, in lower case; ``None`` for another one."""
    match = _HIVE_STYLE.match(folder)
    return match["key"].lower() if match else None


def partition_keys(folders: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """
    Return the partition keys of a table from its partitions' folder names.

    :param folders: For every partition its folder names from the table's root down, all of one length.
    :return: The key of ``key=value`` folders, in lower case, where every branch has it; ``partition_N``
        elsewhere, counted by depth from 0.
    """
    keys: list[str] = []
    for depth, names in enumerate(zip(*folders, strict=True)):
        found = {folder_key(name) for name in names}
        key = found.pop() if len(found) == 1 else None
        keys.append(key if key and key not in keys else f"partition_{depth}")
    return tuple(keys)


def partition_value(folder: str, key: str) -> str:
    """Return the value a folder stands for: URL-decoded, without ``key=`` where the folder carries it."""
    match = _HIVE_STYLE.match(folder)
    value = match["value"] if match and match["key"].lower() == key else folder
    return unquote(value)
