"""
Ids of SageMaker Catalog (the DataZone API), checked before any call.

boto3 checks no patterns, and an id that does not fit ends in a message about a regular expression or, for a
template that was not rendered, in a search for a thing of that name. Here the argument is named.
"""

from __future__ import annotations

import re

from airflow_lineage_provider.exceptions import InvalidArgumentError

__all__ = [
    "checked_domain_identifier",
    "checked_identifier",
    "checked_identifiers",
    "checked_node_identifier",
]

_DOMAIN = re.compile(r"dzd[-_][a-zA-Z0-9_-]{1,36}")
_IDENTIFIER = re.compile(r"[a-zA-Z0-9_-]{1,36}")
_LONGEST_NODE = 2086  # LineageNodeIdentifier
_NOTHING = frozenset({"", "None", "none", "null", "undefined"})


def checked_domain_identifier(value: object, *, argument: str = "domain_identifier") -> str:
    """
    Return the id of a domain if it can be one.

    :raises InvalidArgumentError: If it cannot, such as a template that was not rendered.
    """
    if isinstance(value, str) and _DOMAIN.fullmatch(value):
        return value
    raise InvalidArgumentError(
        argument=argument, value=value, wanted=f"the id of a domain, such as 'dzd-abc123def456'{_hint(value)}"
    )


def checked_identifier(value: object, *, argument: str, wanted: str) -> str:
    """
    Return the id of a data source, run, asset or connection if it can be one.

    :param value: What the operator was given.
    :param argument: Name of the operator's argument.
    :param wanted: What it should be, such as ``the id of a data source``.
    :raises InvalidArgumentError: If it cannot, such as a template that was not rendered.
    """
    if isinstance(value, str) and value not in _NOTHING and _IDENTIFIER.fullmatch(value):
        return value
    raise InvalidArgumentError(argument=argument, value=value, wanted=f"{wanted}{_hint(value)}")


def checked_identifiers(value: object, *, argument: str, wanted: str) -> list[str]:
    """
    Return the ids of a list, each once, in the order they were given; a text is one id.

    :param value: What the operator was given.
    :param argument: Name of the operator's argument.
    :param wanted: What each should be, such as ``the id of an asset``.
    :raises InvalidArgumentError: If it is no list of such ids, or empty.
    """
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not found:
        raise InvalidArgumentError(
            argument=argument, value=value, wanted=f"{wanted}, or a list of them{_hint(value)}"
        )
    checked = [checked_identifier(each, argument=argument, wanted=wanted) for each in found]
    return list(dict.fromkeys(checked))


def checked_node_identifier(value: object, *, argument: str) -> str:
    """
    Return the source identifier or node id of a lineage node if it can be one.

    :raises InvalidArgumentError: If it cannot, such as a template that was not rendered.
    """
    if isinstance(value, str) and value not in _NOTHING and len(value) <= _LONGEST_NODE and "{{" not in value:
        return value
    wanted = f"the source identifier or id of a lineage node, at most {_LONGEST_NODE} characters"
    raise InvalidArgumentError(argument=argument, value=value, wanted=f"{wanted}{_hint(value)}")


def _hint(value: object) -> str:
    """Say what probably went wrong with a value, if it shows."""
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return " (the template was not rendered)"
    if value is None or (isinstance(value, str) and value in _NOTHING):
        return " (nothing was given: did the upstream task return a value?)"
    return ""
