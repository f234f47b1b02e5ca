"""
The control plane under ``/_local/``: what no AWS API offers but a test needs.

======  ====================  ============================================================================
GET     ``/_local/health``    version, account and default region
POST    ``/_local/reset``     forget everything
POST    ``/_local/settings``  change durations (seconds) and limits; GET or an empty object shows them
POST    ``/_local/clock``     ``{"advance_seconds": 300}``: let the clock go on; GET shows it
POST    ``/_local/faults``    add a fault; GET lists them, DELETE removes all
GET     ``/_local/calls``     how often each operation was called, as ``{service: {operation: count}}``
POST    ``/_local/seed``      ``{"name": "ecommerce"}``: make an example estate and return its names
======  ====================  ============================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from airflow_lineage_provider import __version__
from airflow_lineage_provider.local_aws.faults import CALLS, FAULTS, Fault
from airflow_lineage_provider.local_aws.install import reset
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.seed import SEEDS

__all__ = ["PREFIX", "ControlPlane"]

PREFIX = "/_local/"
_Answer = tuple[int, dict[str, Any]]


class ControlPlane:
    """
    Answer requests below :data:`PREFIX`.

    :param endpoint_url: Where the stack itself can be reached; seeds are made through it.
    """

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._routes: dict[tuple[str, str], Callable[[object], dict[str, Any]]] = {
            ("GET", "health"): self._health,
            ("POST", "reset"): self._reset,
            ("GET", "settings"): self._settings,
            ("POST", "settings"): self._settings,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._clock,
            ("GET", "faults"): self._list_faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "calls"): self._calls,
            ("POST", "seed"): self._seed,
        }

    def answer(self, method: str, path: str, body: bytes) -> _Answer:
        """Return the HTTP status and the JSON document for one request."""
        name = path.removeprefix(PREFIX).strip("/")
        route = self._routes.get((method, name))
        if route is None:
            known = ", ".join(f"{verb} {PREFIX}{what}" for verb, what in self._routes)
            return 404, {"error": f"There is no {method} {path}. Known: {known}."}
        try:
            document = json.loads(body) if body.strip() else {}
            return 200, route(document)
        except ValueError as error:
            return 400, {"error": str(error)}

    def _health(self, _: object) -> dict[str, Any]:
        return {"status": "running", "version": __version__, "endpoint": self.endpoint_url}

    def _reset(self, _: object) -> dict[str, Any]:
        reset()
        return {"status": "reset"}

    def _settings(self, document: object) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise ValueError("settings are a JSON object")
        return RUNTIME.configure(document)

    def _clock(self, document: object) -> dict[str, Any]:
        if not isinstance(document, dict) or set(document) - {"advance_seconds"}:
            raise ValueError("the clock takes a JSON object with the member 'advance_seconds'")
        if "advance_seconds" in document:
            RUNTIME.advance(document["advance_seconds"])
        return {"now": RUNTIME.now().isoformat(), "ahead_seconds": RUNTIME.clock.offset}

    def _list_faults(self, _: object) -> dict[str, Any]:
        return {"faults": FAULTS.listed()}

    def _add_fault(self, document: object) -> dict[str, Any]:
        FAULTS.add(Fault.parse(document))
        return {"faults": FAULTS.listed()}

    def _clear_faults(self, _: object) -> dict[str, Any]:
        FAULTS.clear()
        return {"faults": []}

    def _calls(self, _: object) -> dict[str, Any]:
        return CALLS.counted()

    def _seed(self, document: object) -> dict[str, Any]:
        name = document.get("name") if isinstance(document, dict) else None
        if name not in SEEDS:
            raise ValueError(f"unknown seed {name!r}; known: {', '.join(SEEDS)}")
        return asdict(SEEDS[name](self.endpoint_url))
