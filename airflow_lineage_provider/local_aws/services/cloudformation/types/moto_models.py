"""
Every other type moto knows: SNS topics, SQS queues, EventBridge rules, log groups and more.

They are made by moto's models, which know each type's most used properties and are silent about the others.
Some cannot be changed or deleted; the stack's events say so.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import ServiceException

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    Made,
    ResourceKept,
    ResourceType,
    Task,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["MotoType", "moto_type"]

_NOT_TAKEN = frozenset({"?", "AWS::CloudFormation::Stack", "AWS::SERVICE::RESOURCE"})
_MAX_NAME = 63


@cache
def moto_type(name: str) -> MotoType | None:
    """Return a type by its name; ``None`` if moto has none of it."""
    from moto.cloudformation import parsing

    model = None if name in _NOT_TAKEN else parsing.get_model_map().get(name)
    return None if model is None else MotoType(name, model)


class MotoType(ResourceType):
    """
    A type made by a model of moto.

    :param model: Its class.
    """

    def __init__(self, name: str, model: type[CloudFormationModel]) -> None:
        self.name = name
        self._model = model

    def has_attribute(self, name: str) -> bool:
        """Tell whether AWS's schema or moto knows an attribute."""
        return super().has_attribute(name) or bool(self._model.has_cfn_attr(name))

    def attribute(self, resource: StackResource, name: str) -> Any:
        """Return what moto's model gives."""
        try:
            value = resource.handle.get_cfn_attribute(name)  # type: ignore[attr-defined]
        except Exception as error:
            raise ResourceError(f"Attribute '{name}' does not exist") from error
        if value is None:
            raise ResourceError(f"Attribute '{name}' does not exist")
        return value

    def create(self, task: Task) -> Made:
        """Make a resource."""
        name = task.properties.get(self._name_property) or task.generated_name(length=_MAX_NAME)
        model = self._guarded(
            lambda: self._model.create_from_cloudformation_json(
                name,
                self._document(task),
                task.place.account_id,
                task.place.region,
                LogicalId=task.logical_id,
                StackId=task.stack_id,
                ResourceType=self.name,
            )
        )
        return Made(str(model.physical_resource_id), handle=model)

    def update(self, task: Task, current: StackResource) -> Made:
        """Change a resource, if moto's model can be changed."""
        if hasattr(self._model.update_from_cloudformation_json, "__isabstractmethod__"):
            raise ResourceError(
                f"Changing a resource of type {self.name} is not available in the local stack"
            )
        name = task.properties.get(self._name_property) or current.physical_id
        model = self._guarded(
            lambda: self._model.update_from_cloudformation_json(
                current.handle, name, self._document(task), task.place.account_id, task.place.region
            )
        )
        return Made(str(model.physical_resource_id), handle=model)

    def delete(self, task: Task, current: StackResource) -> None:
        """Delete a resource, by the model itself or by its class."""
        place = task.place
        delete = getattr(current.handle, "delete", None)
        if delete is not None and _takes_place(delete):
            self._guarded(lambda: delete(place.account_id, place.region))
        elif not hasattr(self._model.delete_from_cloudformation_json, "__isabstractmethod__"):
            self._guarded(
                lambda: self._model.delete_from_cloudformation_json(
                    current.physical_id,
                    self._document(task, current.properties),
                    place.account_id,
                    place.region,
                )
            )
        else:
            raise ResourceKept(f"Deleting a resource of type {self.name} is not available in the local stack")

    @property
    def _name_property(self) -> str:
        return self._model.cloudformation_name_type() or ""

    def _document(self, task: Task, properties: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the resource as moto takes it; a copy, because some models write into it."""
        return {"Type": self.name, "Properties": copy.deepcopy(dict(properties or task.properties))}

    def _guarded(self, work: Any) -> Any:
        try:
            return work()
        except ServiceException as error:
            raise ResourceError(error.message) from error
        except KeyError as error:
            raise ResourceError(f"Property {error.args[0]} is required") from error
        except Exception as error:
            text = getattr(error, "message", None) or getattr(error, "description", None) or str(error)
            raise ResourceError(str(text)) from error


def _takes_place(method: Any) -> bool:
    """Tell whether a model's ``delete`` is the one for stacks; other methods have that name, too."""
    parameters = list(inspect.signature(method).parameters)
    return len(parameters) == 2 and parameters[0].startswith("account")
