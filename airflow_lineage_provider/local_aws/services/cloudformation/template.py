"""
A template as a value, checked for what can be said without making anything.

.. seealso:: AWS CloudFormation Template Reference, "Template sections" and "Resource attribute reference".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.documents import parse_document
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    NotAvailableError,
    TemplateError,
)

__all__ = ["DELETE", "RETAIN", "OutputDefinition", "ResourceDefinition", "Template", "read_template"]

DELETE = "Delete"
RETAIN = "Retain"

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_ABSENT_SECTIONS = ("Hooks", "Rules", "Transform")
_RESOURCE_MEMBERS = frozenset(
    {
        "Comment",
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
        "Version",
    }
)
_POLICIES = frozenset({DELETE, RETAIN, "RetainExceptOnCreate", "Snapshot"})
_VERSION = "2010-09-09"


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """One entry of ``Resources``; properties as written, functions unresolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str = DELETE
    replace_policy: str = DELETE


@dataclass(frozen=True, slots=True)
class OutputDefinition:
    """One entry of ``Outputs``."""

    key: str
    value: Any
    description: str | None = None
    export_name: Any = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """
    A template.

    :param body: The text it was read from.
    """

    body: str
    description: str | None = None
    metadata: Mapping[str, Any] | None = None
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, ResourceDefinition] = field(default_factory=dict)
    outputs: Mapping[str, OutputDefinition] = field(default_factory=dict)

    def says_the_same_as(self, other: Template) -> bool:
        """Tell whether two texts mean the same template."""
        return parse_document(self.body) == parse_document(other.body)


def read_template(body: str) -> Template:
    """
    Read a template and check its structure.

    :raises TemplateError: If it is not well-formed.
    :raises NotAvailableError: If it uses transforms, rules or hooks.
    """
    document = parse_document(body)
    unknown = sorted(set(document) - _SECTIONS)
    if unknown:
        raise TemplateError(f"Invalid template property or properties [{', '.join(unknown)}]")
    for section in _ABSENT_SECTIONS:
        if document.get(section):
            raise NotAvailableError(f"The section {section} of a template")
    if document.get("AWSTemplateFormatVersion", _VERSION) != _VERSION:
        raise TemplateError("Template format error: unsupported value for AWSTemplateFormatVersion.")
    resources = _section(document, "Resources")
    if not resources:
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    description = document.get("Description")
    if description is not None and not isinstance(description, str):
        raise TemplateError("Template format error: Description must be a string.")
    return Template(
        body=body,
        description=description,
        metadata=document.get("Metadata"),
        parameters=_parameters(document),
        mappings=_section(document, "Mappings"),
        conditions=_section(document, "Conditions"),
        resources={name: _resource(name, value) for name, value in resources.items()},
        outputs={name: _output(name, value) for name, value in _section(document, "Outputs").items()},
    )


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = document.get(name, {})
    if section is None:
        raise TemplateError(f"[/{name}] 'null' values are not allowed in templates")
    if not isinstance(section, dict):
        raise TemplateError(f"Template format error: [/{name}] must be an object.")
    return section


def _parameters(document: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    parameters = _section(document, "Parameters")
    for name, parameter in parameters.items():
        if not isinstance(parameter, dict) or not isinstance(parameter.get("Type"), str):
            raise TemplateError(
                f"Template format error: Every Parameters object must contain a Type member. ({name})"
            )
    return parameters


def _resource(name: str, value: object) -> ResourceDefinition:
    if not name.isalnum():
        raise TemplateError(f"Template format error: Resource name {name} is non alphanumeric.")
    if not isinstance(value, dict) or not isinstance(value.get("Type"), str):
        raise TemplateError(
            f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        )
    unknown = sorted(set(value) - _RESOURCE_MEMBERS)
    if unknown:
        raise TemplateError(f"Invalid template resource property '{unknown[0]}'")
    properties = value.get("Properties") or {}
    if not isinstance(properties, dict):
        raise TemplateError(f"Template format error: [/Resources/{name}/Properties] must be an object.")
    return ResourceDefinition(
        logical_id=name,
        type=value["Type"],
        properties=properties,
        depends_on=tuple(_names(name, value.get("DependsOn"))),
        condition=value.get("Condition"),
        deletion_policy=_policy(name, "DeletionPolicy", value),
        replace_policy=_policy(name, "UpdateReplacePolicy", value),
    )


def _names(resource: str, value: object) -> Iterator[str]:
    for name in value if isinstance(value, list) else [value]:
        if isinstance(name, str):
            yield name
        elif name is not None:
            raise TemplateError(
                f"Template format error: DependsOn of {resource} must be a string or a list of strings."
            )


def _policy(resource: str, member: str, value: Mapping[str, Any]) -> str:
    policy = value.get(member, DELETE)
    if policy not in _POLICIES:
        raise TemplateError(f"Template format error: Unrecognized {member} {policy} for resource {resource}")
    return str(policy)


def _output(name: str, value: object) -> OutputDefinition:
    if not isinstance(value, dict) or value.get("Value") is None:
        raise TemplateError(
            f"Template format error: Output {name} is malformed. Every Outputs member must contain a Value."
        )
    export = value.get("Export")
    if export is not None and (not isinstance(export, dict) or "Name" not in export):
        raise TemplateError(f"Template format error: Output {name} is malformed. An Export must have a Name.")
    return OutputDefinition(
        key=name,
        value=value["Value"],
        description=value.get("Description"),
        export_name=export["Name"] if export else None,
        condition=value.get("Condition"),
    )
