"""Errors of calls and grants that AWS refused."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "AwsCallError",
    "PermissionDeniedError",
    "PermissionsNotGrantedError",
    "PermissionsNotRevokedError",
    "QuotaExceededError",
    "RequestInvalidError",
    "ResourceNotFoundError",
    "ThrottledError",
]


class AwsCallError(LineageError):
    """AWS refused a call."""

    advice = "See the AWS message; the request id helps AWS Support."

    def __init__(self, *, service: str, operation: str, code: str, message: str, subject: str = "") -> None:
        super().__init__(service=service, operation=operation, code=code, message=message, subject=subject)
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        self.subject = subject

    def __str__(self) -> str:
        """Name the call, the thing it was about, AWS's code and message, and the next step."""
        about = f" for {self.subject}" if self.subject else ""
        return f"{self.service}:{self.operation}{about} failed with {self.code}: {self.message} {self.advice}"


class PermissionDeniedError(AwsCallError, PermissionError):
    """The caller may not do that."""

    advice = "Grant the action to the role of the Airflow connection, then clear the task."

    def __str__(self) -> str:
        """Use the text of the call error; ``PermissionError`` would print an errno."""
        return AwsCallError.__str__(self)


class ResourceNotFoundError(AwsCallError, LookupError):
    """The named thing does not exist in this account and region."""

    advice = "Check the name, the region and the account of the Airflow connection."


class RequestInvalidError(AwsCallError, ValueError):
    """AWS could not make sense of an argument."""

    advice = "Correct the argument; a template that was not rendered is a common cause."


class QuotaExceededError(AwsCallError):
    """A service quota is used up."""

    advice = "Wait for the quota to renew or ask AWS for a higher one."


class ThrottledError(AwsCallError):
    """The call was throttled for longer than we were willing to retry."""

    advice = "Poll less often (waiter_delay) or spread the tasks out."


class PermissionsNotGrantedError(LineageError):
    """
    Lake Formation refused some grants of a batch; the others were made.

    ``problems`` holds one sentence per refused grant.
    """

    def __init__(self, *, problems: Sequence[str], granted: int) -> None:
        super().__init__(problems=list(problems), granted=granted)
        self.problems = list(problems)
        self.granted = granted

    def __str__(self) -> str:
        """List every refused grant with Lake Formation's reason."""
        listed = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"{len(self.problems)} grant(s) were refused by Lake Formation, {self.granted} made:\n{listed}\n"
            "Correct what is named, then clear the task: grants that were made are not made twice."
        )


class PermissionsNotRevokedError(LineageError):
    """
    Lake Formation kept some grants of a batch; the others are gone.

    ``problems`` holds one sentence per grant that is still there.
    """

    def __init__(self, *, problems: Sequence[str], revoked: int) -> None:
        super().__init__(problems=list(problems), revoked=revoked)
        self.problems = list(problems)
        self.revoked = revoked

    def __str__(self) -> str:
        """List every grant that is still there with Lake Formation's reason."""
        listed = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"{len(self.problems)} grant(s) were not revoked by Lake Formation, {self.revoked} are gone:\n"
            f"{listed}\nCorrect what is named, then clear the task: what is gone is not revoked twice."
        )
