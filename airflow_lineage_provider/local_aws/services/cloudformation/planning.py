"""
From a request to a plan: the template it means, the values of its parameters, and whether it may be.

.. seealso:: AWS CloudFormation API Reference, ``CreateStack``, ``UpdateStack`` and ``CreateChangeSet``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from airflow_lineage_provider.local_aws.services.cloudformation.calls import ApiCalls, ApiError
from airflow_lineage_provider.local_aws.services.cloudformation.capabilities import check_capabilities
from airflow_lineage_provider.local_aws.services.cloudformation.deployment import Plan
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    StackValidationError,
    TemplateError,
)
from airflow_lineage_provider.local_aws.services.cloudformation.parameters import resolve_parameters
from airflow_lineage_provider.local_aws.services.cloudformation.references import (
    check_references,
    creation_order,
    find_references,
)
from airflow_lineage_provider.local_aws.services.cloudformation.registry import check_types, resource_type
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import Place
from airflow_lineage_provider.local_aws.services.cloudformation.scope import conditions_of, pseudo_parameters
from airflow_lineage_provider.local_aws.services.cloudformation.stack import Stack, StackSettings
from airflow_lineage_provider.local_aws.services.cloudformation.template import Template, read_template

__all__ = ["Planner", "checked_template", "template_text"]

_MAX_BODY = 51_200
_MAX_STORED = 1_000_000
_PATH_STYLE = re.compile(r"^(s3[.-].*|s3|localhost|[\d.]+|\[.*\])$")


class Planner:
    """
    Reads requests about stacks of one place.

    :param calls: The services' operations, as the caller makes them.
    """

    def __init__(self, place: Place, calls: ApiCalls) -> None:
        self._place = place
        self._calls = calls

    def plan(self, request: Mapping[str, Any], stack: Stack) -> Plan:
        """
        Return what a stack is to become.

        :param stack: The stack; what the request leaves out stays as it is there.
        :raises StackValidationError: If that cannot be.
        :raises InsufficientCapabilitiesError: If the request does not acknowledge what the template makes.
        """
        template = checked_template(template_text(request, self._calls, previous=stack.template))
        settings = _settings(request, stack.settings)
        check_capabilities(template, settings.capabilities)
        parameters = resolve_parameters(template.parameters, _given(request, stack), self._stored_parameter)
        values = pseudo_parameters(self._place, replace(stack, settings=settings), parameters)
        creation_order(template, conditions_of(template, values))
        return Plan(template, parameters, settings, _on_failure(request))

    def _stored_parameter(self, name: str) -> str:
        try:
            answer = self._calls.call("ssm", "GetParameter", {"Name": name, "WithDecryption": False})
        except ApiError as error:
            if error.is_missing:
                raise StackValidationError(
                    f"Unable to fetch parameters [{name}] from parameter store for this account."
                ) from error
            raise StackValidationError(error.reason) from error
        return str(answer["Parameter"]["Value"])


def checked_template(text: str) -> Template:
    """
    Read a template and check everything that can be said without values.

    :raises TemplateError: If it cannot be.
    """
    template = read_template(text)
    check_types(template)
    check_references(template)
    places: list[Any] = [definition.properties for definition in template.resources.values()]
    places += [[output.value, output.export_name] for output in template.outputs.values()]
    for reference in find_references(places):
        definition = template.resources.get(reference.target)
        if definition is None or reference.attribute is None:
            continue
        kind = resource_type(definition.type)
        if kind is not None and not kind.has_attribute(reference.attribute):
            raise TemplateError(
                f"Template error: resource {reference.target} does not support attribute type "
                f"{reference.attribute} in Fn::GetAtt"
            )
    return template


def template_text(request: Mapping[str, Any], calls: ApiCalls, *, previous: Template | None = None) -> str:
    """
    Return the template a request means: in its body, at an S3 URL, or the one there is.

    :raises StackValidationError: If it means none, or more than one, or it cannot be read.
    """
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    wants_previous = bool(request.get("UsePreviousTemplate"))
    if sum((body is not None, url is not None, wants_previous)) > 1:
        raise StackValidationError(
            "You can only specify one of TemplateBody, TemplateURL, UsePreviousTemplate"
        )
    if wants_previous and previous is not None:
        return previous.body
    if body is not None:
        if len(str(body).encode()) > _MAX_BODY:
            raise StackValidationError(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_MAX_BODY}"
            )
        return str(body)
    if url is None:
        raise StackValidationError("Either Template URL or Template Body must be specified.")
    return _stored_template(str(url), calls)


def _stored_template(url: str, calls: ApiCalls) -> str:
    bucket, key = _bucket_and_key(url)
    try:
        content: bytes = calls.call("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"].read()
    except ApiError as error:
        raise StackValidationError(f"S3 error: {error.reason}") from error
    if len(content) > _MAX_STORED:
        raise StackValidationError(f"Template may not exceed {_MAX_STORED} bytes in size.")
    return content.decode("utf-8", errors="replace")


def _bucket_and_key(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
    if _PATH_STYLE.match(host):
        bucket, _, key = path.partition("/")
    else:
        bucket, key = re.split(r"\.s3[.-]", host)[0], path
    if parts.scheme not in ("http", "https") or not bucket or not key:
        raise StackValidationError("TemplateURL must be a supported URL.")
    return bucket, key


def _given(request: Mapping[str, Any], stack: Stack) -> dict[str, str]:
    """Return the values of parameters a request gives, and those it keeps."""
    given: dict[str, str] = {}
    for parameter in request.get("Parameters", ()):
        name = parameter["ParameterKey"]
        if parameter.get("UsePreviousValue"):
            if "ParameterValue" in parameter:
                raise StackValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and "
                    "non empty value for a parameter"
                )
            if name not in stack.parameters:
                raise StackValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a "
                    "parameter key not in the previous template"
                )
            given[name] = stack.parameters[name].text
        else:
            given[name] = str(parameter.get("ParameterValue", ""))
    return given


def _settings(request: Mapping[str, Any], before: StackSettings) -> StackSettings:
    tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]} if "Tags" in request else before.tags
    return StackSettings(
        tags=tags,
        capabilities=tuple(request.get("Capabilities", ())),
        role_arn=request.get("RoleARN", before.role_arn),
        notification_arns=tuple(request.get("NotificationARNs", before.notification_arns)),
        timeout_minutes=request.get("TimeoutInMinutes", before.timeout_minutes),
    )


def _on_failure(request: Mapping[str, Any]) -> str:
    chosen = request.get("OnFailure") or request.get("OnStackFailure")
    if chosen is not None and request.get("DisableRollback") is not None:
        raise StackValidationError("You can specify either DisableRollback or OnFailure, but not both")
    if chosen is not None:
        return str(chosen)
    return "DO_NOTHING" if request.get("DisableRollback") else "ROLLBACK"
