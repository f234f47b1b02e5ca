"""Where the service answers: one path, because the operation is found from the service model."""

from __future__ import annotations

from airflow_lineage_provider.local_aws.services.datazone.responses import DataZoneResponse

__all__ = ["url_bases", "url_paths"]

url_bases = [r"https?://datazone\.(.+)\.amazonaws\.com", r"https?://datazone\.(.+)\.api\.aws"]

url_paths = {"{0}/(?P<rest>.+)$": DataZoneResponse.dispatch}
