"""The root of every error of the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["LineageError"]


class LineageError(Exception):
    """
    The root of every error this package raises.

    Subclasses take their facts as keyword arguments and keep them as attributes of the same names.
    """

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.__dict__.update(facts)

    def __reduce__(self) -> tuple[Callable[..., LineageError], tuple[type[LineageError], dict[str, Any]]]:
        """Rebuild from the facts, so that keyword-only constructors survive pickling."""
        return _rebuild, (type(self), dict(self.__dict__))

    def __eq__(self, other: object) -> bool:
        """Compare class and facts: two errors are equal when they say the same."""
        return type(self) is type(other) and self.__dict__ == getattr(other, "__dict__", None)

    def __hash__(self) -> int:
        """Hash by class; facts may be unhashable."""
        return hash(type(self))


def _rebuild(error: type[LineageError], facts: dict[str, Any]) -> LineageError:
    """Make an error again from its class and facts."""
    return error(**facts)
