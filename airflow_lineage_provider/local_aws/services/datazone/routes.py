"""
Which operation a request asks for.

The path is looked at as it was sent: a slash that belongs to a node's identifier is percent-encoded there.
moto's router does the same by patterns, trying most of the 195 operations; here the number of parts leaves
two or three to compare.
"""

from __future__ import annotations

from urllib.parse import unquote

from moto.core.model import OperationModel, ServiceModel

__all__ = ["Routes"]

_Parts = tuple[str | None, ...]
"""The parts of an operation's path, ``None`` where a label stands."""


class Routes:
    """
    The operations of a REST service by method and path.

    :param model: The service's model; its paths have no labels that span several parts.
    """

    def __init__(self, model: ServiceModel) -> None:
        self._routes: dict[tuple[str, int], list[tuple[_Parts, list[str], OperationModel]]] = {}
        for name in model.operation_names:
            operation = model.operation_model(name)
            texts = str(operation.http["requestUri"]).partition("?")[0].strip("/").split("/")
            labels = [text[1:-1] for text in texts if text.startswith("{")]
            parts = tuple(None if text.startswith("{") else text for text in texts)
            key = (str(operation.http["method"]), len(parts))
            self._routes.setdefault(key, []).append((parts, labels, operation))
        for routes in self._routes.values():
            routes.sort(key=lambda route: route[0].count(None))

    def match(self, method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
        """
        Return the operation and the values of its path's labels, decoded.

        :param path: The path as sent, still percent-encoded.
        """
        given = path.strip("/").split("/")
        for parts, labels, operation in self._routes.get((method, len(given)), ()):
            if all(
                part == text if part is not None else text for part, text in zip(parts, given, strict=True)
            ):
                values = (unquote(text) for part, text in zip(parts, given, strict=True) if part is None)
                return operation, dict(zip(labels, values, strict=True))
        return None
