"""
CloudFormation's functions: a template's values with everything filled in.

.. seealso:: AWS CloudFormation Template Reference, "Intrinsic function reference" and "Condition functions".
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import TemplateError
from airflow_lineage_provider.local_aws.services.cloudformation.references import split_substitution

__all__ = ["NO_VALUE", "Scope", "as_text", "evaluate_conditions", "resolve"]

NO_VALUE = object()
"""What ``AWS::NoValue`` gives: a property with this value is left out."""

_ZONES = ("a", "b", "c")


class Scope(Protocol):
    """What the names in a template stand for."""

    def reference(self, name: str) -> Any:
        """Return the value of ``Ref``: of a parameter, a pseudo parameter or a resource."""

    def attribute(self, name: str, attribute: str) -> Any:
        """Return the value of ``Fn::GetAtt``."""

    def condition(self, name: str) -> bool:
        """Return the value of a condition."""

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an entry of ``Mappings``."""

    def imported(self, name: str) -> str:
        """Return what another stack exports."""


def resolve(value: Any, scope: Scope) -> Any:
    """
    Return a value with all functions replaced by what they give.

    :raises TemplateError: If a function cannot be applied.
    """
    if isinstance(value, list):
        resolved = [resolve(item, scope) for item in value]
        return [item for item in resolved if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref":
            return scope.reference(str(argument))
        if str(name).startswith("Fn::"):
            function = _FUNCTIONS.get(name)
            if function is None:
                raise TemplateError(f"Template format error: Unrecognized function {name}")
            return function(argument, scope)
    members = {name: resolve(item, scope) for name, item in value.items()}
    return {name: item for name, item in members.items() if item is not NO_VALUE}


def as_text(value: Any) -> str:
    """
    Return a scalar as CloudFormation writes it into texts.

    :raises TemplateError: If it is none.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"Template error: a text was expected, not a value of type {type(value).__name__}")


def evaluate_conditions(
    conditions: Mapping[str, Any], make_scope: Callable[[Callable[[str], bool]], Scope]
) -> dict[str, bool]:
    """
    Return the value of every condition of a template.

    :param make_scope: Makes the scope they are evaluated in, given what tells the value of a condition.
    :raises TemplateError: If one is malformed, or refers to itself.
    """
    values: dict[str, bool] = {}
    pending: list[str] = []

    def value_of(name: str) -> bool:
        if name not in conditions:
            raise TemplateError(f"Template format error: Unresolved condition dependency {name}")
        if name in pending:
            raise TemplateError(f"Template format error: Circular dependency in condition {name}")
        if name not in values:
            pending.append(name)
            values[name] = _holds(conditions[name], scope)
            pending.pop()
        return values[name]

    scope = make_scope(value_of)
    return {name: value_of(name) for name in conditions}


def _holds(condition: Any, scope: Scope) -> bool:
    if not isinstance(condition, dict) or len(condition) != 1:
        raise TemplateError("Template format error: Conditions can only be boolean operations on parameters")
    ((name, argument),) = condition.items()
    if name == "Condition":
        return scope.condition(str(argument))
    if name == "Fn::Equals":
        left, right = _arguments(name, argument, 2)
        return as_text(resolve(left, scope)) == as_text(resolve(right, scope))
    if name == "Fn::Not":
        (only,) = _arguments(name, argument, 1)
        return not _holds(only, scope)
    if name in ("Fn::And", "Fn::Or"):
        combine = all if name == "Fn::And" else any
        return combine([_holds(each, scope) for each in argument])
    raise TemplateError(f"Template format error: Unrecognized condition function {name}")


def _arguments(function: str, argument: Any, count: int) -> list[Any]:
    if not isinstance(argument, list) or len(argument) != count:
        raise TemplateError(f"Template error: every {function} object requires {count} arguments")
    return argument


def _base64(argument: Any, scope: Scope) -> str:
    return base64.b64encode(as_text(resolve(argument, scope)).encode()).decode()


def _cidr(argument: Any, scope: Scope) -> list[str]:
    parts = [resolve(part, scope) for part in argument]
    block = ipaddress.ip_network(as_text(parts[0]))
    count, bits = int(parts[1]), int(parts[2]) if len(parts) > 2 else 8
    subnets = block.subnets(new_prefix=block.max_prefixlen - bits)
    return [str(subnet) for subnet, _ in zip(subnets, range(count), strict=False)]


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, first, second = (as_text(resolve(part, scope)) for part in _arguments("Fn::FindInMap", argument, 3))
    try:
        return scope.mapping(name)[first][second]
    except (KeyError, TypeError):
        raise TemplateError(f"Template error: Unable to get mapping for {name}::{first}::{second}") from None


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return scope.attribute(name, as_text(resolve(attribute, scope)))


def _get_azs(argument: Any, scope: Scope) -> list[str]:
    region = as_text(resolve(argument, scope)) or as_text(scope.reference("AWS::Region"))
    return [region + zone for zone in _ZONES]


def _if(argument: Any, scope: Scope) -> Any:
    name, yes, no = _arguments("Fn::If", argument, 3)
    return resolve(yes if scope.condition(as_text(name)) else no, scope)


def _import_value(argument: Any, scope: Scope) -> str:
    return scope.imported(as_text(resolve(argument, scope)))


def _join(argument: Any, scope: Scope) -> str:
    delimiter, parts = _arguments("Fn::Join", argument, 2)
    resolved = resolve(parts, scope)
    if not isinstance(resolved, list):
        raise TemplateError(
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and "
            "(2) a list of strings to be joined"
        )
    return str(delimiter).join(as_text(part) for part in resolved)


def _select(argument: Any, scope: Scope) -> Any:
    position, choices = (resolve(part, scope) for part in _arguments("Fn::Select", argument, 2))
    try:
        index = int(position)
        chosen = choices[index] if index >= 0 else None
    except (ValueError, IndexError, TypeError):
        chosen = None
    if chosen is None:
        raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {position}")
    return chosen


def _split(argument: Any, scope: Scope) -> list[str]:
    delimiter, text = _arguments("Fn::Split", argument, 2)
    return as_text(resolve(text, scope)).split(as_text(delimiter))


def _sub(argument: Any, scope: Scope) -> str:
    text, variables = argument if isinstance(argument, list) else (argument, {})
    values = {name: resolve(value, scope) for name, value in variables.items()}
    pieces = []
    for piece, name in split_substitution(text):
        if name is None:
            pieces.append(piece)
            continue
        target, _, attribute = name.partition(".")
        if name in values:
            value = values[name]
        else:
            value = scope.attribute(target, attribute) if attribute else scope.reference(name)
        if not isinstance(value, str | int | float):
            raise TemplateError(
                f"Template error: variable {name} in Fn::Sub expression does not resolve to a string"
            )
        pieces.append(as_text(value))
    return "".join(pieces)


_FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
