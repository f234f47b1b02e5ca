"""
AWS clients for the shared poller: as small and as cheap as a client of boto3's own can be.

A client is made from data files, and most of what they say is of no use to a poller: Glue's has three
hundred operations, of which it calls four. Reading that holds the interpreter's lock while the event loop
waits, and what is read stays in memory. So a poller's client reads an excerpt (:data:`EXCERPTS`), which has
the format and the place in the search path that botocore provides for models of one's own. Everything else
(endpoints, credentials, signing, proxies, certificates) is botocore's and as the connection wants it.

Where there is no excerpt, or botocore has a newer version of the API, the whole model is read.
"""

from __future__ import annotations

import gzip
import json
import platform
from pathlib import Path
from typing import Any

import boto3
import botocore
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader

__all__ = ["EXCERPTS", "PlainFileLoader", "lean_config", "read_excerpts"]

_CONNECTIONS = 20

EXCERPTS = Path(__file__).parent / "excerpts"
"""Folder of models with nothing but what a poller sends and reads, laid out as botocore lays out its own."""


class PlainFileLoader(JSONFileLoader):
    """Read botocore's data files into plain dictionaries, in half the time and two thirds of the objects."""

    def load_file(self, file_path: str) -> Any:
        """
        Return the content of a file, or ``None`` if there is no such file.

        :param file_path: Its path without ``.json`` or ``.json.gz``.
        """
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return json.loads(plain.read_bytes())
        return json.loads(gzip.decompress(packed.read_bytes())) if packed.is_file() else None


def read_excerpts(session: boto3.session.Session) -> None:
    """Make the clients of a session from excerpts, where there are any; call it before the first client."""
    loader = session._session.get_component("data_loader")
    loader.file_loader = PlainFileLoader()
    paths = loader.search_paths
    # Models of the user's own come first: what AWS_DATA_PATH says still counts.
    place = paths.index(Loader.BUILTIN_DATA_PATH) if Loader.BUILTIN_DATA_PATH in paths else len(paths)
    paths.insert(place, str(EXCERPTS))


def lean_config(config: Config) -> Config:
    """
    Return options of a client that sends every request once and names itself in the same words every time.

    It keeps a connection for each call that a poller has under way; botocore would keep ten.

    botocore would put the ``User-Agent`` together anew for each request, which takes a fifth of what a small
    request costs.
    """
    agent = getattr(config, "user_agent", None) or (
        f"Boto3/{boto3.__version__} md/Botocore#{botocore.__version__} ua/2.1"
        f" os/{platform.system().lower()}#{platform.release()} lang/python#{platform.python_version()}"
    )
    connections = max(_CONNECTIONS, getattr(config, "max_pool_connections", 0))
    return config.merge(
        Config(retries={"total_max_attempts": 1}, user_agent=agent, max_pool_connections=connections)
    )
