"""
A template's text as plain values: YAML with CloudFormation's short tags, or JSON.

Read with PyYAML's safe loader: a template is data, and must not name Python objects. Scalars that only YAML
takes for dates stay the text they are, as in CloudFormation (``Version: 2012-10-17``).
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import TemplateError

__all__ = ["parse_document"]

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _TemplateLoader(yaml.SafeLoader):
    """The safe loader with CloudFormation's tags and without dates."""


_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_document(text: str) -> dict[str, Any]:
    """
    Read a template.

    :raises TemplateError: If it is neither YAML nor JSON, or no mapping.
    """
    document = _parse_json(text) if text.lstrip().startswith("{") else _parse_yaml(text)
    if not isinstance(document, dict):
        raise TemplateError("Template format error: unsupported structure.")
    return document


def _parse_json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        try:
            return _parse_yaml(text)
        except TemplateError:
            where = f"(line {error.lineno}, column {error.colno})"
            raise TemplateError(f"Template format error: JSON not well-formed. {where}") from error


def _parse_yaml(text: str) -> object:
    try:
        return yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise TemplateError(f"Template format error: YAML not well-formed. {where}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError("Template format error: YAML not well-formed.") from error


def _short_form(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """Write ``!Sub x`` as ``{"Fn::Sub": x}``."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_form)
