"""
Which of our errors an AWS error code means, and which codes are worth another try.

Matched by *code*, never by a generated exception class: ``AccessDeniedException`` and ``ThrottlingException``
are not modelled on Glue's crawler operations and occur all the same. Nothing here imports botocore, so that
triggers and the pure protocols can ask too.

.. seealso::
    - AWS Glue API, common errors: https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html
    - The codes botocore retries: ``botocore/retries/standard.py``
"""

from __future__ import annotations

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    PermissionDeniedError,
    QuotaExceededError,
    RequestInvalidError,
    ResourceNotFoundError,
    ThrottledError,
)

__all__ = ["TRANSIENT_CODES", "error_class_of", "is_throttled", "is_transient"]

_PERMISSION = frozenset({
    "AccessDenied", "AccessDeniedException", "UnauthorizedException", "UnauthorizedOperation", "AuthFailure",
    "NotAuthorized", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidAccessKeyId",
    "InvalidSignatureException", "MissingAuthenticationTokenException", "OptInRequired",
    "SignatureDoesNotMatch", "UnrecognizedClientException", "403",
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError",
    "UnauthorizedSSOTokenError", "SSOTokenLoadError", "ProfileNotFound",
})  # fmt: skip

_NOT_FOUND = frozenset({
    "EntityNotFoundException", "ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "NoSuchEntity",
    "404", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist",
})  # fmt: skip

_INVALID = frozenset({
    "InvalidInputException", "ValidationException", "ValidationError", "InvalidParameterValue",
    "InvalidParameterException", "InvalidRequestException", "BadRequestException", "SerializationException",
    "MalformedInputException", "ParamValidationError", "NoRegionError", "InvalidRegionError",
    "UnknownServiceError",
})  # fmt: skip

_QUOTA = frozenset({
    "ServiceQuotaExceededException", "ResourceNumberLimitExceededException", "LimitExceededException",
    "ConcurrentRunsExceededException",
})  # fmt: skip

_THROTTLED = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
    "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "ProvisionedThroughputExceededException", "BandwidthLimitExceeded", "SlowDown",
    "PriorRequestNotComplete", "429",
})  # fmt: skip

_PASSING = frozenset({
    "OperationTimeoutException", "InternalServerException", "InternalServiceException",
    "InternalServiceFault", "InternalFailure", "InternalError", "ServiceUnavailable",
    "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException",
    "FederationSourceRetryableException", "500", "502", "503", "504",
    "EndpointConnectionError", "ConnectionError", "ConnectionClosedError", "ConnectTimeoutError",
    "ReadTimeoutError", "HTTPClientError", "ProxyConnectionError", "ResponseStreamingError",
    "IncompleteReadError",
})  # fmt: skip

TRANSIENT_CODES = _THROTTLED | _PASSING
"""Codes after which the same read may succeed a moment later."""


def error_class_of(code: str) -> type[AwsCallError]:
    """Return the class of our error for an AWS error code or the name of a botocore error."""
    for codes, error in (
        (_PERMISSION, PermissionDeniedError),
        (_NOT_FOUND, ResourceNotFoundError),
        (_INVALID, RequestInvalidError),
        (_QUOTA, QuotaExceededError),
        (_THROTTLED, ThrottledError),
    ):
        if code in codes:
            return error
    return AwsCallError


def is_throttled(error: BaseException) -> bool:
    """Tell whether a call was refused for the moment and so had no effect; a lost connection is not that."""
    return isinstance(error, ThrottledError)


def is_transient(error: BaseException) -> bool:
    """Tell whether asking again later is sensible: throttling, a busy service, a lost connection."""
    return isinstance(error, AwsCallError) and error.code in TRANSIENT_CODES
