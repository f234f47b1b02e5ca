"""
How resources are made: by the services' own operations, called as any client calls them.

So a property is checked by the same code as a request, the calls are counted, and faults hit them. They are
signed with the access key of whoever asked for the stack, or of the stack's role.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import ResourceError

__all__ = ["ApiCalls", "ApiError", "api_request"]

_SECRET = "testing"  # noqa: S105 - nothing here checks signatures
_LOCK = Lock()
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
        self._access_key = access_key
        self._token = token

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """
        Call an operation and return its answer.

        :param request: In the form and spelling of the API; see :func:`api_request`.
        :raises ApiError: If the service answers with an error.
        :raises ResourceError: If the request cannot be sent.
        """
        with _LOCK:
            client = _client(service, self._endpoint_url, self._region, self._access_key, self._token)
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


@lru_cache(maxsize=64)
def _client(service: str, endpoint_url: str, region: str, access_key: str, token: str | None) -> Any:
    """Return a client; making one takes long, and one can be used by many threads."""
    return _session().create_client(
        service,
        region,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=_SECRET,
        aws_session_token=token,
        config=Config(
            parameter_validation=False,
            proxies={},
            retries={"mode": "standard", "total_max_attempts": 3},
            s3={"addressing_style": "path"},
        ),
    )


@cache
def _session() -> botocore.session.Session:
    """Return a session that knows nothing of the profiles and settings of whoever started the stack."""
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return botocore.session.Session(session_vars={**files, "profile": (None, None, None, None)})


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)
