"""What all groups of operations share: the caller's backend, and the request checked against the model."""

from __future__ import annotations

import json
from typing import Any

from moto.glue.models import glue_backends
from moto.glue.responses import GlueResponse

from airflow_lineage_provider.local_aws.services.glue.constraints import check_request
from airflow_lineage_provider.local_aws.services.glue.models import CrawlingGlueBackend

__all__ = ["GlueOperations", "next_token"]


class GlueOperations(GlueResponse):
    """One request to Glue; each group of operations is a subclass."""

    @property
    def glue_backend(self) -> CrawlingGlueBackend:
        """The backend of the caller's account and region."""
        backend = glue_backends[self.current_account][self.region]
        if not isinstance(backend, CrawlingGlueBackend):
            raise TypeError("services.glue.install() has not been called")
        return backend

    def request_members(self, *, checked: bool = True) -> dict[str, Any]:
        """
        Return the request's members without nulls, checked against the API's model.

        :raises ValidationError: If it breaks the model's limits.
        """
        request = {key: value for key, value in json.loads(self.body or "{}").items() if value is not None}
        if checked:
            check_request(self._get_action(), request)
        return request


def next_token(request: dict[str, Any]) -> str | None:
    """Return the request's ``NextToken``; an empty one is none."""
    return request.get("NextToken") or None
