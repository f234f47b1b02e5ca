"""
Collections of a MongoDB or DocumentDB server, read with pymongo.

The connection string is given to pymongo as it stands, but for user name and password, which come from the
connection. A string that names a user of its own is taken at its word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.local_aws.engine.errors import SourceUnreachableError
from airflow_lineage_provider.local_aws.services.glue.credentials import Credentials

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

__all__ = ["MongoDatabase", "connection_problem"]

_CONNECT_MILLISECONDS = 10_000
_AUTHENTICATION_FAILED = 18
_BATCH = 500
_INVALID_URL = "The connection string is not valid."

_Document = dict[str, Any]


class MongoDatabase:
    """
    One database of a server.

    :param url: The connection string.
    :param database: The database's name.
    :param credentials: Who reads; empty for a server that asks for nobody.
    """

    def __init__(self, url: str, database: str, credentials: Credentials) -> None:
        self._url = url
        self._database = database
        self._credentials = credentials

    def check(self) -> None:
        """
        Ask the server whether it is there and lets the user in.

        :raises SourceUnreachableError: If not.
        """
        with self._client() as client:
            client[self._database or "admin"].command("ping")

    def exists(self, collection: str) -> bool:
        """Tell whether the database has such a collection or view."""
        with self._client() as client:
            return bool(client[self._database].list_collection_names(filter={"name": collection}))

    def documents(self, collection: str, *, sample: int | None) -> Iterator[Mapping[str, object]]:
        """Yield all documents in the server's order, or some chosen at random."""
        with self._client() as client:
            held = client[self._database][collection]
            if sample is None:
                yield from held.find(batch_size=_BATCH)
            else:
                yield from held.aggregate([{"$sample": {"size": sample}}])

    @contextmanager
    def _client(self) -> Iterator[MongoClient[_Document]]:
        from bson.codec_options import DatetimeConversion
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError

        _check_url(self._url)
        who = self._credentials
        login: dict[str, Any] = {"username": who.username, "password": who.password}
        try:
            client: MongoClient[_Document] = MongoClient(
                self._url,
                appname="AWS Glue crawler",
                connect=False,
                serverSelectionTimeoutMS=_CONNECT_MILLISECONDS,
                connectTimeoutMS=_CONNECT_MILLISECONDS,
                datetime_conversion=DatetimeConversion.DATETIME_AUTO,
                unicode_decode_error_handler="replace",
                **(login if who.username else {}),
            )
            with client:
                yield client
        except PyMongoError as error:
            raise SourceUnreachableError(message=connection_problem(error)) from None


def _check_url(url: str) -> None:
    """
    Refuse a connection string that pymongo cannot read, or would read with a warning.

    Only a ``mongodb+srv`` string is left to the connecting: to read it means to ask for its hosts.

    :raises SourceUnreachableError: If it cannot be read.
    """
    from pymongo.errors import PyMongoError
    from pymongo.uri_parser import parse_uri

    if url.startswith("mongodb+srv:"):
        return
    try:
        parse_uri(url, validate=True, warn=False)
    except (PyMongoError, ValueError):
        raise SourceUnreachableError(message=_INVALID_URL) from None


def connection_problem(error: PyMongoError) -> str:
    """Say what is wrong, without the connection string and whatever it holds; AWS's words are unknown."""
    from pymongo.errors import ConfigurationError, OperationFailure, ServerSelectionTimeoutError

    if isinstance(error, OperationFailure):
        if error.code == _AUTHENTICATION_FAILED:
            return "Authentication failed."
        return str((error.details or {}).get("errmsg") or "The server refused to answer.")
    if isinstance(error, ServerSelectionTimeoutError):
        return "Timed out while waiting for a server that is available."
    if isinstance(error, ConfigurationError):
        return _INVALID_URL
    return f"The connection was lost ({type(error).__name__})."
