"""
HTTP in, HTTP out: find the operation, check the request, call it, write the answer.

moto's own dispatch reads parameters out of bodies, decides by content type and takes the Region from any
``….amazonaws.com`` in the URL. A lineage event is any bytes under any content type, and a node's identifier
in the path may well be the address of a Redshift cluster. So what a request says is found out here, from the
service model.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from moto.core.exceptions import AccessDeniedError as ActionDeniedError
from moto.core.exceptions import _RESTError
from moto.core.request import Request, normalize_request
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.sts.models import sts_backends
from werkzeug.http import http_date

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.context import Catalog, Context
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    AccessDeniedError,
    DataZoneError,
    NotImplementedYetError,
    UnauthorizedError,
    UnknownOperationError,
    ValidationError,
)
from airflow_lineage_provider.local_aws.services.datazone.models import datazone_backends
from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS
from airflow_lineage_provider.local_aws.services.datazone.replies import Answer, written
from airflow_lineage_provider.local_aws.services.datazone.requests import RawRequest, read_request
from airflow_lineage_provider.local_aws.services.datazone.routes import Routes

__all__ = ["DataZoneResponse"]

_CREDENTIAL_REGION = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/")


class DataZoneResponse(BaseResponse):
    """One request to the service."""

    use_raw_body = True

    def __init__(self) -> None:
        super().__init__(service_name="datazone")
        self.allow_request_decompression = False
        self._operation_name = ""

    def _dispatch(self, request: Any, full_url: str | None = None, headers: Any = None) -> Any:
        """Answer the request; what goes wrong is an answer, too."""
        request = normalize_request(request)
        try:
            status, answered, body = self._answer(request, full_url, headers)
        except DataZoneError as error:
            status, answered, body = _error(error)
        answered["x-amzn-RequestId"] = RUNTIME.new_uuid()
        if not request.from_wsgi_server:
            answered["Date"] = http_date(RUNTIME.now())
        return status, answered, body

    def _answer(self, request: Request, full_url: str | None, headers: Any) -> Answer:
        body = request.get_data()
        found = _routes().match(request.method, request.raw_path)
        if found is None:
            raise UnknownOperationError(
                f"{request.method} {request.raw_path} is no operation of Amazon DataZone"
            )
        operation, labels = found
        self._operation_name = str(operation.name)
        self.setup_class(request, full_url, headers)
        self._authorize()
        handler = OPERATIONS.get(self._operation_name)
        if handler is None:
            raise NotImplementedYetError(f"datazone:{self._operation_name}")
        catalog = self._catalog()
        with catalog.lock:
            catalog.throttle.admit(self._operation_name)
        raw = RawRequest(
            labels=labels,
            query=parse_qs(request.query_string.decode(), keep_blank_values=True),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        params = read_request(operation, raw)
        with catalog.lock:
            reply = handler(Context(catalog, self._principal(), operation=self._operation_name), params)
            return written(operation, reply)

    def _get_action(self) -> str:
        return self._operation_name

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """Return the Region the request was signed for."""
        match = _CREDENTIAL_REGION.search(request.headers.get("Authorization", ""))
        return match[1] if match else str(super().get_region_from_url(request, full_url.partition("?")[0]))

    def _authorize(self) -> None:
        """Check the caller's signature and IAM policies, if moto was told to: 401 for who, 403 for what."""
        self.data = {}
        try:
            self._authenticate_and_authorize_normal_action("*")
        except ActionDeniedError as error:
            raise AccessDeniedError(error.message) from error
        except _RESTError as error:
            raise UnauthorizedError(error.message) from error

    def _catalog(self) -> Catalog:
        backends = datazone_backends[self.current_account]
        if self.region not in backends:
            raise ValidationError(f"Amazon DataZone is not available in Region {self.region}")
        return backends[self.region].catalog

    def _principal(self) -> str:
        """Return the ARN that STS gives for the caller."""
        backend = sts_backends[self.current_account][self.partition]
        _, arn, _ = backend.get_caller_identity(self.access_key, self.region)
        return str(arn)


@cache
def _routes() -> Routes:
    return Routes(get_service_model("datazone"))


def _error(error: DataZoneError) -> Answer:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return error.status, headers, json.dumps({"message": error.message})
