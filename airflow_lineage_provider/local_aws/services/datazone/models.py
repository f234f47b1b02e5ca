"""The service's state as moto keeps it: one backend per account and Region."""

from __future__ import annotations

from types import ModuleType

from moto.core.base_backend import BackendDict, BaseBackend

from airflow_lineage_provider.local_aws.services.datazone.context import Catalog

__all__ = ["DataZoneBackend", "datazone_backends"]


class DataZoneBackend(BaseBackend):
    """The domains of one account in one Region. A reset begins a new catalog; pending work is lost."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.catalog = Catalog(account_id, region_name)

    @property
    def _url_module(self) -> ModuleType:
        from airflow_lineage_provider.local_aws.services.datazone import urls

        return urls


datazone_backends: BackendDict[DataZoneBackend] = BackendDict(DataZoneBackend, "datazone")
