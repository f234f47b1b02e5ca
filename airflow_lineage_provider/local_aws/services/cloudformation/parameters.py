"""
The values of a template's parameters: given, default or kept, and checked.

.. seealso:: AWS CloudFormation Template Reference, "Parameters".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import StackValidationError

__all__ = ["HIDDEN", "ParameterValue", "resolve_parameters"]

_STORED = re.compile(r"^AWS::SSM::Parameter::Value<(?P<type>.+)>$")
HIDDEN = "****"
"""What is shown instead of a value nobody is shown."""


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """
    One parameter's value.

    :param text: The value as it was given.
    :param stored: What the Parameter Store holds under ``text``, for a parameter of that kind.
    :param is_list: Whether ``Ref`` gives a list.
    :param hidden: Whether nobody is shown it (``NoEcho``).
    """

    text: str
    stored: str | None = None
    is_list: bool = False
    hidden: bool = False

    @property
    def value(self) -> str | list[str]:
        """What ``Ref`` gives."""
        used = self.text if self.stored is None else self.stored
        if not self.is_list:
            return used
        return [part.strip() for part in used.split(",")] if used else []

    def describe(self, name: str) -> dict[str, str]:
        """Return the ``Parameter`` form of DescribeStacks."""
        described = {"ParameterKey": name, "ParameterValue": HIDDEN if self.hidden else self.text}
        if self.stored is not None:
            described["ResolvedValue"] = HIDDEN if self.hidden else self.stored
        return described


def resolve_parameters(
    definitions: Mapping[str, Mapping[str, Any]], given: Mapping[str, str], read_stored: Callable[[str], str]
) -> dict[str, ParameterValue]:
    """
    Return the value of every parameter of a template.

    :param definitions: The template's ``Parameters``.
    :param given: Values by name.
    :param read_stored: Returns the Parameter Store's value of a name.
    :raises StackValidationError: If one is missing, unknown or breaks its definition.
    """
    unknown = [name for name in given if name not in definitions]
    if unknown:
        raise StackValidationError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name in definitions if name not in given and "Default" not in definitions[name]]
    if missing:
        raise StackValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: _value(name, definition, given.get(name, _text(definition.get("Default"))), read_stored)
        for name, definition in definitions.items()
    }


def _value(
    name: str, definition: Mapping[str, Any], text: str, read_stored: Callable[[str], str]
) -> ParameterValue:
    kind = str(definition["Type"])
    match = _STORED.match(kind)
    stored = read_stored(text) if match else None
    kind = match["type"] if match else kind
    is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
    hidden = str(definition.get("NoEcho", "false")).lower() == "true"
    found = ParameterValue(text, stored, is_list, hidden)
    values = found.value if isinstance(found.value, list) else [found.value]
    for value in values:
        problem = _problem(name, kind, definition, value)
        if problem and definition.get("ConstraintDescription"):
            problem = f"Parameter {name} failed to satisfy constraint: {definition['ConstraintDescription']}"
        if problem:
            raise StackValidationError(problem)
    return found


def _problem(name: str, kind: str, definition: Mapping[str, Any], value: str) -> str | None:
    """Return what is wrong with a value, if anything."""
    allowed = definition.get("AllowedValues")
    if allowed is not None and value not in [_text(each) for each in allowed]:
        return f"Parameter '{name}' must be one of AllowedValues"
    if kind in ("Number", "List<Number>"):
        return _number_problem(name, definition, value)
    pattern = definition.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        return f"Parameter '{name}' must match pattern {pattern}"
    if "MinLength" in definition and len(value) < int(definition["MinLength"]):
        return f"Parameter '{name}' must contain at least {definition['MinLength']} characters"
    if "MaxLength" in definition and len(value) > int(definition["MaxLength"]):
        return f"Parameter '{name}' must contain at most {definition['MaxLength']} characters"
    return None


def _number_problem(name: str, definition: Mapping[str, Any], value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return f"Parameter '{name}' must be a number"
    if "MinValue" in definition and number < float(definition["MinValue"]):
        return f"Parameter '{name}' must be a number not less than {definition['MinValue']}"
    if "MaxValue" in definition and number > float(definition["MaxValue"]):
        return f"Parameter '{name}' must be a number not greater than {definition['MaxValue']}"
    return None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
