"""
IAM policies as values, and what they allow.

Evaluated are ``Effect``, ``Action`` and ``NotAction``, ``Resource`` and ``NotResource`` with wildcards, and
the conditions on strings, ARNs, booleans and presence. A condition of another kind is taken as not met in an
``Allow`` and as met in a ``Deny``: what cannot be judged is refused. Policy variables are not replaced.

.. seealso:: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

__all__ = ["Decision", "Statement", "decide", "parse_policy"]

_Condition = Mapping[str, Mapping[str, Any]]


class Decision(Enum):
    """What the policies of a principal say of one action on one resource."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not allowed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One statement of a policy.

    ``actions`` and ``resources`` are patterns; with ``except_actions`` or ``except_resources`` the statement
    is about everything but them. ``principals`` are the patterns of a trust policy's ``Principal``, by kind.
    """

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    except_actions: bool = False
    except_resources: bool = False
    conditions: _Condition = field(default_factory=dict)
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def concerns(self, action: str, resource: str | None) -> bool:
        """
        Tell whether the statement is about an action on a resource.

        :param resource: The resource's ARN; ``None`` if it is not known, which any resource pattern fits.
        """
        acting = any(_pattern(item.lower()).match(action.lower()) for item in self.actions)
        if acting is self.except_actions:
            return False
        if resource is None:
            return True
        on_it = any(_pattern(item).match(resource) for item in self.resources)
        return on_it is not self.except_resources

    def holds(self, context: Mapping[str, str]) -> bool:
        """Tell whether the statement's conditions are met by the request's context keys."""
        keys = {name.lower(): value for name, value in context.items()}
        return all(
            _is_met(operator, keys.get(key.lower()), _listed(wanted), unknown=not self.allows)
            for operator, wanted_by_key in self.conditions.items()
            for key, wanted in wanted_by_key.items()
        )


def parse_policy(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """
    Read a policy document.

    :raises ValueError: If it is not a policy.
    """
    policy = json.loads(document) if isinstance(document, str) else document
    if not isinstance(policy, Mapping):
        raise ValueError("a policy is a JSON object")
    return tuple(_statement(item) for item in _listed(policy.get("Statement", ())))


def decide(
    statements: Iterable[Statement], action: str, resource: str | None, context: Mapping[str, str]
) -> Decision:
    """
    Return what all statements together say: a ``Deny`` wins, without an ``Allow`` nothing is allowed.

    :param action: Such as ``glue:StartCrawler``.
    :param resource: The resource's ARN; ``None`` if it is not known.
    :param context: Condition keys of the request, such as ``aws:PrincipalArn``.
    """
    decision = Decision.NOT_ALLOWED
    for statement in statements:
        if not statement.concerns(action, resource) or not statement.holds(context):
            continue
        if not statement.allows:
            return Decision.DENIED
        decision = Decision.ALLOWED
    return decision


def _statement(item: Any) -> Statement:
    if not isinstance(item, Mapping) or item.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("a statement is a JSON object with the Effect Allow or Deny")
    actions = item.get("Action", item.get("NotAction"))
    if actions is None:
        raise ValueError("a statement has Action or NotAction")
    principals = item.get("Principal", {})
    if isinstance(principals, str):
        principals = {"AWS": principals}
    return Statement(
        allows=item["Effect"] == "Allow",
        actions=_listed(actions),
        resources=_listed(item.get("Resource", item.get("NotResource", "*"))),
        except_actions="Action" not in item,
        except_resources="NotResource" in item,
        conditions=item.get("Condition") or {},
        principals={kind: _listed(names) for kind, names in principals.items()},
    )


def _listed(value: Any) -> tuple[Any, ...]:
    """Return one thing or several as several."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    """Turn ``*`` and ``?`` into a regular expression for the whole text."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(letter, re.escape(letter)) for letter in text) + r"\Z", re.DOTALL)


def _same(wanted: str, actual: str) -> bool:
    return wanted == actual


def _same_but_case(wanted: str, actual: str) -> bool:
    return wanted.lower() == actual.lower()


def _alike(wanted: str, actual: str) -> bool:
    return _pattern(wanted).match(actual) is not None


_COMPARISONS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_same, True),
    "StringNotEquals": (_same, False),
    "StringEqualsIgnoreCase": (_same_but_case, True),
    "StringNotEqualsIgnoreCase": (_same_but_case, False),
    "StringLike": (_alike, True),
    "StringNotLike": (_alike, False),
    "ArnEquals": (_alike, True),
    "ArnLike": (_alike, True),
    "ArnNotEquals": (_alike, False),
    "ArnNotLike": (_alike, False),
    "Bool": (_same_but_case, True),
}


def _is_met(operator: str, actual: str | None, wanted: Sequence[Any], *, unknown: bool) -> bool:
    """
    Tell whether one condition is met.

    :param unknown: What to say of an operator that is not evaluated.
    """
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in wanted]
    if operator == "Null":
        return any((actual is None) is (text.lower() == "true") for text in texts)
    name = operator.removesuffix("IfExists")
    if name not in _COMPARISONS:
        return unknown
    compare, positive = _COMPARISONS[name]
    if actual is None:
        return operator.endswith("IfExists") or not positive
    return any(compare(text, actual) for text in texts) is positive
