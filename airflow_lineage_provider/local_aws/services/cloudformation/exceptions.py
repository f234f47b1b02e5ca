"""
The errors of the CloudFormation API, and what can go wrong inside an operation on a stack.

The texts of a template's errors are AWS's where they are known.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException

__all__ = [
    "AlreadyExistsError",
    "ChangeSetNotFoundError",
    "CloudFormationError",
    "InsufficientCapabilitiesError",
    "InvalidChangeSetStatusError",
    "NotAvailableError",
    "ResourceError",
    "StackValidationError",
    "TemplateError",
    "stack_missing",
]


class CloudFormationError(ServiceException):
    """An error of the CloudFormation API; ``code`` is the name clients see."""

    code = "InternalFailure"


class StackValidationError(CloudFormationError):
    """A request that cannot be: most errors of CloudFormation are of this one code."""

    code = "ValidationError"


class TemplateError(StackValidationError):
    """A template that cannot be."""


class NotAvailableError(StackValidationError):
    """
    A part of an operation that AWS has and this service has not.

    :param what: The beginning of the sentence.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not available in the local AWS stack.")


class AlreadyExistsError(CloudFormationError):
    """A stack or change set of that name exists."""

    code = "AlreadyExistsException"


class InsufficientCapabilitiesError(CloudFormationError):
    """The template makes IAM resources and the request does not acknowledge it."""

    code = "InsufficientCapabilitiesException"


class ChangeSetNotFoundError(CloudFormationError):
    """There is no such change set."""

    code = "ChangeSetNotFound"


class InvalidChangeSetStatusError(CloudFormationError):
    """The change set cannot be executed or deleted as it is."""

    code = "InvalidChangeSetStatus"


class ResourceError(Exception):
    """
    A resource that could not be made, changed or deleted.

    :param reason: What the stack's events say.
    :param physical_id: The resource's id, if it has one all the same.
    """

    def __init__(self, reason: str, physical_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.physical_id = physical_id


def stack_missing(name: str) -> StackValidationError:
    """Return the error for a stack that is not there; the AWS CLI reads this very sentence."""
    return StackValidationError(f"Stack with id {name} does not exist")
