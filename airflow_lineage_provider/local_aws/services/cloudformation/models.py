"""The service's state as moto keeps it: one backend per account and Region."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import Place
from airflow_lineage_provider.local_aws.services.cloudformation.store import StackStore

__all__ = ["StackBackend", "cloudformation_backends"]


class StackBackend(BaseBackend, TaggableResourcesMixin):
    """The stacks of one account in one Region; a reset forgets them."""

    SERVICE_NAMESPACE = "cloudformation"

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.store = StackStore()

    @property
    def place(self) -> Place:
        """Account and Region."""
        return Place(self.account_id, self.region_name, self.partition)

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Yield the stacks for the Resource Groups Tagging API."""
        for stack in self.store.living():
            yield TaggedResource(
                arn=stack.stack_id, tags=dict(stack.tags), resource_type="cloudformation:stack"
            )

    @property
    def _url_module(self) -> ModuleType:
        from airflow_lineage_provider.local_aws.services.cloudformation import urls

        return urls


cloudformation_backends: BackendDict[StackBackend] = BackendDict(StackBackend, "cloudformation")
