"""The errors of the DataZone API; every one of its error shapes has the single member ``message``."""

from __future__ import annotations

from moto.core.exceptions import ServiceException

__all__ = [
    "AccessDeniedError",
    "ConflictError",
    "DataZoneError",
    "NotImplementedYetError",
    "QuotaExceededError",
    "ResourceNotFoundError",
    "ThrottlingError",
    "UnauthorizedError",
    "UnknownOperationError",
    "ValidationError",
]


class DataZoneError(ServiceException):
    """
    An answer of the service that is an error.

    :param message: What the client reads.
    """

    code = "InternalServerException"
    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationError(DataZoneError):
    """The input breaks a rule."""

    code = "ValidationException"
    status = 400


class UnauthorizedError(DataZoneError):
    """Nobody knows who calls."""

    code = "UnauthorizedException"
    status = 401


class QuotaExceededError(DataZoneError):
    """A quota is used up."""

    code = "ServiceQuotaExceededException"
    status = 402


class AccessDeniedError(DataZoneError):
    """The caller may not do that, or may not know whether the thing exists."""

    code = "AccessDeniedException"
    status = 403


class ResourceNotFoundError(DataZoneError):
    """The thing does not exist."""

    code = "ResourceNotFoundException"
    status = 404


class ConflictError(DataZoneError):
    """The thing's state does not allow it."""

    code = "ConflictException"
    status = 409


class ThrottlingError(DataZoneError):
    """Too many calls in too short a time."""

    code = "ThrottlingException"
    status = 429


class UnknownOperationError(DataZoneError):
    """A request that is none of the API's operations."""

    code = "UnknownOperationException"
    status = 404


class NotImplementedYetError(DataZoneError):
    """
    An operation, or a part of one, that AWS has and this service has not.

    Status 501 makes no AWS client try again.
    """

    code = "NotImplementedException"
    status = 501

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not implemented by the local AWS stack.")
