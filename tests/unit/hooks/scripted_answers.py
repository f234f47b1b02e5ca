"""A double of boto3's DataZone client that gives the answers it was told, operation by operation."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from airflow_lineage_provider.hooks.datazone import DataZoneHook

Answer = Mapping[str, Any] | str
"""An answer, or the code of the error to raise in its place."""


class ScriptedAnswers:
    """
    The client. ``asked`` has the operations with their arguments, in order.

    :param answers: By method, the answers in order; the last one is given again and again.
    """

    def __init__(self, **answers: list[Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.meta = SimpleNamespace(method_to_api_mapping={}, region_name="us-east-1", partition="aws")

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        """Return the method that gives the next answer."""
        if method.startswith("_"):
            raise AttributeError(method)

        def call(**arguments: Any) -> dict[str, Any]:
            self.asked.append((method, arguments))
            left = self.answers[method]
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, str):
                raise ClientError({"Error": {"Code": answer, "Message": "scripted"}}, method)
            made = dict(answer)
            if method == "get_lineage_event":
                made.setdefault("event", io.BytesIO(b"{}"))
            return made

        return call

    def times(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(name == method for name, _ in self.asked)


def make_hook(client: ScriptedAnswers) -> DataZoneHook:
    """Return a hook that calls the double."""
    hook = DataZoneHook(None, region_name="us-east-1")
    hook.__dict__["conn"] = client
    return hook
