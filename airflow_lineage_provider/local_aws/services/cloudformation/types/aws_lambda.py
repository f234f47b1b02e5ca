"""
``AWS::Lambda::Function``.

moto's own model of it does not change inline code.

.. seealso:: AWS CloudFormation Template Reference, "AWS::Lambda::Function" and "cfn-response module".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    ApiType,
    Made,
    Task,
    tag_change,
    tag_map,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["LambdaFunction"]

_SERVICE = "lambda"
_MAX_NAME = 64
_CONFIGURATION = (
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "SnapStart",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
)
_CREATION = (*_CONFIGURATION, "Architectures", "Code", "CodeSigningConfigArn", "PackageType", "Tags")
_DEFAULTS: Mapping[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
}


class LambdaFunction(ApiType):
    """A function; inline code becomes ``index.py`` with the ``cfnresponse`` module beside it, as on AWS."""

    name = "AWS::Lambda::Function"
    tag_form = list
    service = _SERVICE

    def create(self, task: Task) -> Made:
        """Make a function."""
        name = task.properties.get("FunctionName") or task.generated_name(length=_MAX_NAME)
        members = task.known("FunctionName", "ReservedConcurrentExecutions", *_CREATION)
        reserved = members.pop("ReservedConcurrentExecutions", None)
        members |= {
            "Code": _packaged(members["Code"]),
            "FunctionName": name,
            "Tags": tag_map(members.get("Tags")),
        }
        answer = task.call(_SERVICE, "CreateFunction", members)
        if reserved is not None:
            concurrency = {"FunctionName": name, "ReservedConcurrentExecutions": reserved}
            with task.having(name):
                task.call(_SERVICE, "PutFunctionConcurrency", concurrency)
        return Made(name, {"Arn": answer["FunctionArn"]})

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a function's code, configuration or tags."""
        function = {"FunctionName": current.physical_id}
        if task.differs(current, "Code"):
            task.call(_SERVICE, "UpdateFunctionCode", {**_packaged(task.properties["Code"]), **function})
        left_out = {name: value for name, value in _DEFAULTS.items() if name in current.properties}
        settings = {name: task.properties[name] for name in _CONFIGURATION if name in task.properties}
        task.call(_SERVICE, "UpdateFunctionConfiguration", {**left_out, **settings, **function})
        self._change_tags(task, current)
        return Made(current.physical_id, current.attributes)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a function."""
        task.call_unless_gone(_SERVICE, "DeleteFunction", {"FunctionName": current.physical_id})

    def _change_tags(self, task: Task, current: StackResource) -> None:
        gone, put = tag_change(current.properties, task.properties)
        arn = {"Resource": current.attributes["Arn"]}
        if gone:
            task.call(_SERVICE, "UntagResource", {**arn, "TagKeys": gone})
        if put:
            task.call(_SERVICE, "TagResource", {**arn, "Tags": put})


def _packaged(code: Mapping[str, Any]) -> dict[str, Any]:
    """Return code with inline text packed as moto packs it, the ``cfnresponse`` module included."""
    if "ZipFile" not in code:
        return dict(code)
    from moto.awslambda.models import LambdaFunction as MotoFunction

    return {"ZipFile": MotoFunction._create_zipfile_from_plaintext_code(code["ZipFile"])}
