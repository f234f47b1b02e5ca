"""
Amazon DataZone, the API behind Amazon SageMaker Catalog: projects, data sources, assets and lineage.

Not implemented operations answer with NotImplementedException. What AWS does not publish is decided in
:mod:`~airflow_lineage_provider.local_aws.services.datazone.assumptions`.
"""

from __future__ import annotations

import re
import sys

__all__ = ["install"]

_HOSTS = (r"https?://datazone\.(.+)\.amazonaws\.com", r"https?://datazone\.(.+)\.api\.aws")


def install() -> None:
    """Make moto serve the service, in process and as a server; calling it again changes nothing."""
    import moto
    import moto.backend_index as index

    from airflow_lineage_provider.local_aws.services.datazone import models

    sys.modules["moto.datazone"] = models
    setattr(moto, "datazone", models)  # noqa: B010 - moto's type has no such attribute
    known = {pattern.pattern for _, pattern in index.backend_url_patterns}
    for host in _HOSTS:
        if host not in known:
            index.backend_url_patterns.insert(0, ("datazone", re.compile(host)))
