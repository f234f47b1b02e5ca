"""The backend that takes the place of moto's: the Data Catalog of :mod:`.catalog` and real crawlers."""

from __future__ import annotations

from typing import Any

from airflow_lineage_provider.local_aws.services.glue.catalog import CatalogBackend
from airflow_lineage_provider.local_aws.services.glue.crawling import CrawlerStore

__all__ = ["CrawlingGlueBackend"]


class CrawlingGlueBackend(CatalogBackend):
    """Glue of one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.crawler_store = CrawlerStore(self)

    def reset(self) -> None:
        """Forget everything; running crawls end and write nothing any more."""
        with self.lock:
            self.crawler_store.stop_all()
            super().reset()

    @property
    def _url_module(self) -> Any:
        """The URLs that lead to our response class; moto would guess the module from this class's."""
        from airflow_lineage_provider.local_aws.services.glue import urls

        return urls
