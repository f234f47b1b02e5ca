"""Client tokens: the same request sent twice has one effect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ConflictError

__all__ = ["ClientTokens"]


class ClientTokens:
    """The tokens one domain (or, for CreateDomain, one account and Region) has seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[bytes, str]] = {}

    def once(self, operation: str, params: Mapping[str, Any], make: Callable[[], str]) -> str:
        """
        Return the id that ``make`` made for this token, calling it only the first time.

        :param params: The whole request; without ``clientToken`` in it ``make`` is always called.
        :raises ConflictError: If the token came with another request before.
        """
        token = params.get("clientToken")
        if token is None:
            return make()
        digest = _digest(params)
        seen = self._seen.get((operation, token))
        if seen is None:
            made = make()
            self._seen[operation, token] = (digest, made)
            return made
        if seen[0] != digest:
            raise ConflictError(f"The client token {token} was used with another {operation} request.")
        return seen[1]


def _digest(params: Mapping[str, Any]) -> bytes:
    content = {name: value for name, value in params.items() if name != "clientToken"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=repr).encode()).digest()
