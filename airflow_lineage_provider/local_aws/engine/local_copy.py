"""
Metadata of a table copied from a reader into a temporary folder, for libraries that open folders.

The libraries of Delta Lake and Hudi bring stores of their own and cannot be given ours. Copying the metadata
(a log, a timeline: never data) keeps the engine free of network and credentials, and gives the library a
state that no writer changes while it reads.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.reader import ObjectReader, StoredObject

__all__ = ["local_copy"]


@contextmanager
def local_copy(
    reader: ObjectReader, objects: Iterable[StoredObject], folder: str, cancelled: Callable[[], bool]
) -> Iterator[Path]:
    """
    Yield a temporary folder that holds some objects of a folder, and remove it at the end.

    :param objects: What to copy; keys with ``.`` or ``..`` as a component are left out.
    :param folder: Key of the folder in the bucket, with a slash at its end, empty for a bucket's root.
    :raises CrawlCancelledError: If ``cancelled`` said yes; it is asked before every object.
    :raises SourceMissingError: If an object is gone by now.
    """
    with tempfile.TemporaryDirectory(prefix="crawl-") as root:
        for stored in objects:
            if cancelled():
                raise CrawlCancelledError
            names = stored.key.removeprefix(folder).split("/")
            if {"", ".", ".."}.intersection(names):
                continue
            copy = Path(root, *names)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with reader.open(stored) as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target)
        yield Path(root).resolve()
