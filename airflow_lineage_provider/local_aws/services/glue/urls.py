"""Where the Glue API answers."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.glue.responses import CrawlingGlueResponse

__all__ = ["url_bases", "url_paths"]

url_bases = [r"https?://glue\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": CrawlingGlueResponse.dispatch}
