"""
How resources are made: by the services' own operations, called as any client calls them.

So a property is checked by the same code as a request, the calls are counted, and faults hit them. They are
signed with the access key of whoever asked for the stack, or of the stack's role.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError

__all__ = ["ApiCalls", "ApiError", "api_request"]

_SECRET = "testing"  # noqa: S105 - nothing here checks signatures
_MISSING = ("NotFound", "NoSuch", "EntityNotFound")


class ApiError(ResourceError):
    """
    An error a service answered with.

    :param service: As botocore names it.
    """

    def __init__(self, service: str, error: ClientError) -> None:
        details: Mapping[str, Any] = error.response.get("Error", {})
        metadata: Mapping[str, Any] = error.response.get("ResponseMetadata", {})
        super().__init__(str(details.get("Message") or error))
        self.service = service
        self.code = str(details.get("Code", ""))
        self.status = int(metadata.get("HTTPStatusCode", 500))
        self.request_id = str(metadata.get("RequestId", ""))

    @property
    def is_missing(self) -> bool:
        """Whether it says that the thing does not exist."""
        return any(text in self.code for text in _MISSING)


class ApiCalls:
    """
    The operations of all services of one account and region.

    :param endpoint_url: Where the stack is served.
    :param access_key: Access key the calls are signed with.
    :param token: Session token of temporary credentials.
    """

    def __init__(self, endpoint_url: str, region: str, *, access_key: str, token: str | None = None) -> None:
        self._endpoint_url = endpoint_url
        self._region = region
        self._session = boto3.Session(access_key, _SECRET, token, region_name=region)
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """
        Call an operation and return its answer.

        :param request: In the form and spelling of the API; see :func:`api_request`.
        :raises ApiError: If the service answers with an error.
        :raises ResourceError: If the request cannot be sent.
        """
        client = self._client(service)
        method = getattr(client, botocore.xform_name(operation))
        try:
            answer: dict[str, Any] = method(**request)
        except ClientError as error:
            raise ApiError(service, error) from error
        except BotoCoreError as error:
            raise ResourceError(str(error)) from error
        return answer

    def assuming(self, role_arn: str) -> ApiCalls:
        """Return the same calls, made as a role."""
        answer = self.call("sts", "AssumeRole", {"RoleArn": role_arn, "RoleSessionName": "AWSCloudFormation"})
        given = answer["Credentials"]
        return ApiCalls(
            self._endpoint_url,
            self._region,
            access_key=given["AccessKeyId"],
            token=given["SessionToken"],
        )

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                config = Config(
                    parameter_validation=False,
                    retries={"mode": "standard", "total_max_attempts": 3},
                    s3={"addressing_style": "path"},
                )
                make_client: Any = self._session.client
                self._clients[service] = make_client(service, endpoint_url=self._endpoint_url, config=config)
            return self._clients[service]


def api_request(service: str, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return properties of a template in the spelling of the API: ``ScanAll`` may be ``scanAll`` there.

    :raises ResourceError: If the operation has no such member.
    """
    shape = _model(service).operation_model(operation).input_shape
    if not isinstance(shape, StructureShape):
        return {}
    request: dict[str, Any] = _spelled(shape, members, operation)
    return request


def _spelled(shape: Shape, value: Any, where: str) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        known = {name.lower(): name for name in shape.members}
        spelled = {}
        for name, item in value.items():
            member = known.get(name.lower())
            if member is None:
                raise ResourceError(f"{where} has no member {name}")
            spelled[member] = _spelled(shape.members[member], item, f"{where}.{member}")
        return spelled
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_spelled(shape.member, item, where) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {str(name): _spelled(shape.value, item, where) for name, item in value.items()}
    if shape.type_name == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)
