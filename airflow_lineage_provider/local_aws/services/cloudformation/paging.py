"""Pages of CloudFormation's lists: tokens that are good for one list only."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import StackValidationError

__all__ = ["page"]

_SIZE = 100
_Item = TypeVar("_Item")


def page(
    items: Sequence[_Item], request: Mapping[str, Any], *, scope: str
) -> tuple[Sequence[_Item], str | None]:
    """
    Return the page a request asks for, and the token of the next one.

    :param scope: The list; a token of another is refused.
    :raises StackValidationError: If the token is none of this list.
    """
    token = request.get("NextToken")
    start = 0 if not token else _position(str(token), scope)
    end = start + _SIZE
    return items[start:end], _token(scope, end) if end < len(items) else None


def _token(scope: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{position}|{scope}".encode()).decode()


def _position(token: str, scope: str) -> int:
    try:
        position, _, given = base64.urlsafe_b64decode(token.encode()).decode().partition("|")
        if given == scope:
            return int(position)
    except ValueError:
        pass
    raise StackValidationError("The specified pagination token is invalid.")
