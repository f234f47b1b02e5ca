"""What in a template refers to what, and so the order in which resources are made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import TemplateError
from airflow_lineage_provider.local_aws.services.cloudformation.template import ResourceDefinition, Template

__all__ = ["Reference", "check_references", "creation_order", "find_references", "split_substitution"]

_VARIABLE = re.compile(r"\$\{(?P<literal>!?)(?P<name>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A ``Ref`` (no attribute) or a ``Fn::GetAtt``."""

    target: str
    attribute: str | None = None


def find_references(value: object, conditions: Mapping[str, bool] | None = None) -> Iterator[Reference]:
    """
    Yield every reference in a value, as often as it occurs.

    :param conditions: Where they are known, only the branch of ``Fn::If`` that counts is searched.
    """
    if isinstance(value, list):
        for item in value:
            yield from find_references(item, conditions)
    elif isinstance(value, dict):
        ((name, argument),) = value.items() if len(value) == 1 else ((None, None),)
        if name == "Ref":
            yield Reference(str(argument))
        elif name == "Fn::GetAtt":
            yield _attribute(argument)
        elif name == "Fn::Sub":
            yield from _substituted(argument, conditions)
        elif name == "Fn::If" and conditions is not None and isinstance(argument, list):
            yield from find_references(_chosen(argument, conditions), conditions)
        else:
            for item in value.values():
                yield from find_references(item, conditions)


def split_substitution(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the pieces of a ``Fn::Sub`` text: literal text and ``None``, or the source and a name."""
    end = 0
    for match in _VARIABLE.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], None
        if match["literal"]:
            yield f"${{{match['name']}}}", None
        else:
            yield match[0], match["name"].strip()
        end = match.end()
    if end < len(text):
        yield text[end:], None


def check_references(template: Template) -> None:
    """
    Refuse a template that refers to what it does not define, or in a circle.

    :raises TemplateError: Naming what is wrong.
    """
    both = sorted(set(template.resources) & set(template.parameters))
    if both:
        raise TemplateError(f"Template format error: [{both[0]}] is the name of a parameter and a resource.")
    for name, definition in template.resources.items():
        _check_known(template, definition.properties, "Resources")
        for other in definition.depends_on:
            if other not in template.resources:
                raise _unresolved(Reference(other), "Resources")
            if other == name:
                raise TemplateError(f"Circular dependency between resources: [{name}]")
    for output in template.outputs.values():
        _check_known(template, [output.value, output.export_name], "Outputs")
    _check_conditions(template)
    creation_order(template, dict.fromkeys(template.conditions, True))


def creation_order(template: Template, conditions: Mapping[str, bool]) -> dict[str, frozenset[str]]:
    """
    Return the resources that are wanted, in the order they are made, each with those it needs.

    :param conditions: The value of every condition.
    :raises TemplateError: If they need each other, or one that is not wanted.
    """
    wanted = {name: each for name, each in template.resources.items() if _is_wanted(each, conditions)}
    needs: dict[str, frozenset[str]] = {}
    for name, definition in wanted.items():
        targets = [each.target for each in find_references(definition.properties, conditions)]
        unwanted = [each for each in targets if each in template.resources and each not in wanted]
        if unwanted:
            raise _unresolved(Reference(unwanted[0]), "Resources")
        needs[name] = frozenset(each for each in (*targets, *definition.depends_on) if each in wanted)
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = sorted(set(error.args[1]))
        raise TemplateError(f"Circular dependency between resources: [{', '.join(circle)}]") from None
    return {name: needs[name] for name in order}


def _is_wanted(definition: ResourceDefinition, conditions: Mapping[str, bool]) -> bool:
    return definition.condition is None or conditions[definition.condition]


def _check_known(template: Template, value: object, block: str) -> None:
    for reference in find_references(value):
        target = reference.target
        if not (target in template.resources or target in template.parameters or target.startswith("AWS::")):
            raise _unresolved(reference, block)


def _check_conditions(template: Template) -> None:
    used = [each.condition for each in template.resources.values()]
    used += [each.condition for each in template.outputs.values()]
    missing = sorted({name for name in used if name is not None and name not in template.conditions})
    if missing:
        raise TemplateError(
            f"Template format error: Unresolved condition dependency {missing[0]} in the template"
        )


def _attribute(argument: Any) -> Reference:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], str):
        raise TemplateError(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name "
            "and the resource attribute"
        )
    return Reference(parts[0], parts[1] if isinstance(parts[1], str) else None)


def _substituted(argument: Any, conditions: Mapping[str, bool] | None) -> Iterator[Reference]:
    text, variables = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise TemplateError(
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
            "Specify a string as first argument, and an optional second argument to specify a mapping of "
            "values to replace in the string"
        )
    yield from find_references(list(variables.values()), conditions)
    for _, name in split_substitution(text):
        if name is not None and name not in variables:
            target, _, attribute = name.partition(".")
            yield Reference(target, attribute or None)


def _chosen(argument: list[Any], conditions: Mapping[str, bool]) -> Any:
    """Return the branch of ``Fn::If`` that counts; all of it if it is malformed."""
    if len(argument) != 3 or argument[0] not in conditions:
        return argument
    return argument[1] if conditions[argument[0]] else argument[2]


def _unresolved(reference: Reference, block: str) -> TemplateError:
    if reference.attribute is not None:
        return TemplateError(
            f"Template error: instance of Fn::GetAtt references undefined resource {reference.target}"
        )
    return TemplateError(
        f"Template format error: Unresolved resource dependencies [{reference.target}] in the {block} block "
        "of the template"
    )
