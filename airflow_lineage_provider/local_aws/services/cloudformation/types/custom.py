"""
Custom resources: ``Custom::…`` and ``AWS::CloudFormation::CustomResource``, provided by Lambda functions.

The function is asked, works, and puts its answer to the ``ResponseURL``. On AWS a request without an answer
fails after an hour (or ``ServiceTimeout``); here as soon as the function has ended, since nobody is left to
answer. Providers behind an SNS topic are not available.

.. seealso:: AWS CloudFormation User Guide, "Create custom provisioning logic with custom resources".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from threading import Event
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.cloudformation.answers import ANSWERS, Answer, AnswerSlot
from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    Made,
    ResourceType,
    Task,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

if TYPE_CHECKING:
    from moto.awslambda.models import LambdaFunction

__all__ = ["CustomResource", "is_custom"]

_FUNCTION = re.compile(r"^arn:[^:]+:lambda:(?P<region>[^:]+):(?P<account>\d{12}):function:(?P<name>[^:]+)")
_NAME = re.compile(r"^Custom::[\w@-]{1,60}$", re.ASCII)
_PLAIN = "AWS::CloudFormation::CustomResource"
_ANSWER_SECONDS = 3600
_POLL_SECONDS = 0.05
_SILENCE = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for "
    "requestId [{request_id}]. If you are using the Python cfn-response module, you may need to update your "
    "Lambda function so that CloudFormation can attach the updated version."
)


def is_custom(type_name: str) -> bool:
    """Tell whether a type is one of custom resources."""
    return type_name == _PLAIN or bool(_NAME.match(type_name))


class CustomResource(ResourceType):
    """A resource that a Lambda function provides; its attributes are whatever the function answers."""

    def __init__(self, name: str) -> None:
        self.name = name

    def has_attribute(self, name: str) -> bool:  # noqa: ARG002
        """Tell that any attribute may be there."""
        return True

    def conform(self, logical_id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties as a function gets them: every scalar is a text."""
        if not isinstance(properties.get("ServiceToken"), str):
            raise ResourceError(
                f"Properties validation failed for resource {logical_id} with message:\n"
                "#: required key [ServiceToken] not found"
            )
        texts: dict[str, Any] = _as_texts(properties)
        return texts

    def replaced_by(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:  # noqa: ARG002
        """Return nothing: the function decides, by answering with another id."""
        return []

    def attribute(self, resource: StackResource, name: str) -> Any:
        """Return a value out of the function's answer."""
        if name not in resource.attributes:
            raise ResourceError(
                "CustomResource attribute error: Vendor response doesn't contain "
                f"{name} attribute in object {resource.physical_id}"
            )
        return resource.attributes[name]

    def create(self, task: Task) -> Made:
        """Send ``Create``."""
        answer = self._ask(task, "Create", {}, task.generated_name())
        return Made(answer.physical_id, answer.data)

    def update(self, task: Task, current: StackResource) -> Made:
        """Send ``Update``; another id in the answer makes it a replacement."""
        if task.properties["ServiceToken"] != current.properties["ServiceToken"]:
            raise ResourceError("Modifying service token is not allowed.")
        members = {
            "PhysicalResourceId": current.physical_id,
            "OldResourceProperties": current.properties,
        }
        answer = self._ask(task, "Update", members, current.physical_id)
        return Made(answer.physical_id, answer.data)

    def delete(self, task: Task, current: StackResource) -> None:
        """Send ``Delete``."""
        members = {"PhysicalResourceId": current.physical_id}
        self._ask(task.with_properties(current.properties), "Delete", members, current.physical_id)

    def _ask(self, task: Task, kind: str, members: Mapping[str, Any], physical_id: str) -> Answer:
        """Send one request and wait for its answer."""
        token = str(task.properties["ServiceToken"])
        function = _function(token)
        request_id = RUNTIME.new_uuid()
        slot = AnswerSlot(stack_id=task.stack_id, request_id=request_id, logical_id=task.logical_id)
        event = {
            "RequestType": kind,
            "ServiceToken": token,
            "ResponseURL": _response_url(task, slot),
            "StackId": task.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": task.logical_id,
            "ResourceType": self.name,
            "ResourceProperties": task.properties,
            **members,
        }
        with ANSWERS.expecting(slot):
            stop = _start(function, event, slot)
            self._await(task, slot, stop)
        if slot.body is None:
            reason = _SILENCE.format(request_id=request_id) + slot.ending
            raise ResourceError(reason, physical_id)
        try:
            answer = slot.read()
        except ResourceError as error:
            raise ResourceError(error.reason, physical_id) from error
        if not answer.succeeded:
            raise ResourceError(
                "Received response status [FAILED] from custom resource. "
                f"Message returned: {answer.reason} (RequestId: {request_id})",
                answer.physical_id,
            )
        return answer

    def _await(self, task: Task, slot: AnswerSlot, stop: Event) -> None:
        seconds = float(task.properties.get("ServiceTimeout", _ANSWER_SECONDS))
        waited = 0.0
        while not slot.done.wait(_POLL_SECONDS) and waited < seconds:
            waited += _POLL_SECONDS
            if task.stop.is_set():
                stop.set()
                raise ResourceError("Resource operation cancelled")


def _function(token: str) -> LambdaFunction:
    """Return the function a service token names."""
    from moto.awslambda.models import lambda_backends

    from airflow_lineage_provider.local_aws.services.awslambda.exceptions import LambdaError
    from airflow_lineage_provider.local_aws.services.awslambda.functions import check_runnable

    match = _FUNCTION.match(token)
    if match is None:
        raise ResourceError(
            f"Invalid ServiceToken {token}: the local stack asks Lambda functions only, by their ARN."
        )
    function = lambda_backends[match["account"]][match["region"]].get_function_by_arn(token)
    if function is None:
        raise ResourceError(f"Lambda function not found: {token}")
    try:
        check_runnable(function)
    except LambdaError as error:
        raise ResourceError(error.message) from error
    return function


def _start(function: LambdaFunction, event: Mapping[str, Any], slot: AnswerSlot) -> Event:
    """Run the function beside us and return what stops it."""
    from airflow_lineage_provider.local_aws.services.awslambda.functions import run_function

    def work(stop: Event) -> None:
        how = ""
        try:
            outcome = run_function(function, json.dumps(event), stop=stop).outcome
            if outcome.failed:
                how = f" The function ended with {json.loads(outcome.payload)['errorMessage']}"
        finally:
            slot.end(how)

    return RUNTIME.run_worker(f"function-{function.function_name}", work)


def _response_url(task: Task, slot: AnswerSlot) -> str:
    return f"{RUNTIME.endpoint_url}/cloudformation_{task.place.region}/cfnresponse?token={slot.token}"


def _as_texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _as_texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)
