"""
Types without anything behind them: metadata of tools, and handles that stand for themselves.

.. seealso:: AWS CloudFormation Template Reference, "AWS::CloudFormation::WaitConditionHandle".
"""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import (
    Made,
    ResourceType,
    Task,
)
from airflow_lineage_provider.local_aws.services.cloudformation.stack import StackResource

__all__ = ["PLACEHOLDERS", "Placeholder"]

PLACEHOLDERS = ("AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle")


class Placeholder(ResourceType):
    """A resource that is only a name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create(self, task: Task) -> Made:
        """Make a name."""
        return Made(task.generated_name())

    def update(self, task: Task, current: StackResource) -> Made:  # noqa: ARG002
        """Keep the name."""
        return Made(current.physical_id)

    def delete(self, task: Task, current: StackResource) -> None:
        """Forget the name."""
