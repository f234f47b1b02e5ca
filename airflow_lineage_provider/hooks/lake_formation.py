"""
Lake Formation permissions, granted and revoked in batches.

.. seealso::
    - AWS API: `BatchGrantPermissions
      <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>`__,
      `BatchRevokePermissions
      <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchRevokePermissions.html>`__
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    PermissionsNotGrantedError,
    PermissionsNotRevokedError,
)
from airflow_lineage_provider.hooks.base import LineageAwsHook
from airflow_lineage_provider.hooks.error_codes import TRANSIENT_CODES, is_transient
from airflow_lineage_provider.hooks.repeating import LONGEST_PAUSE_SECONDS

__all__ = ["MOST_ENTRIES_PER_CALL", "Grant", "LakeFormationHook"]

MOST_ENTRIES_PER_CALL = 20
"""How many entries ``BatchGrantPermissions`` and ``BatchRevokePermissions`` take."""

_PATIENCE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 1.0
_PASSING = TRANSIENT_CODES | {"ConcurrentModificationException", "OperationTimeoutException"}
_GRANTED_ALREADY = frozenset({"AlreadyExistsException"})
_NOTHING_TO_REVOKE = "No permissions revoked. Grantee"
"""How Lake Formation begins to say, with InvalidInputException, that the principal has no such permission."""

_IsDone = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Grant:
    """
    One grant of permissions on one resource to one principal.

    :param principal: ARN of an IAM user or role, an account, or ``IAM_ALLOWED_PRINCIPALS``.
    :param resource: A ``Resource`` as the API writes it, such as ``{"Database": {"Name": "sales"}}``.
    :param permissions: Such as ``CREATE_TABLE``.
    :param grantable: The permissions that the principal may hand on.
    """

    principal: str
    resource: Mapping[str, Any]
    permissions: tuple[str, ...]
    grantable: tuple[str, ...] = ()

    def to_entry(self, entry_id: str) -> dict[str, Any]:
        """Return the grant as ``BatchPermissionsRequestEntry``."""
        entry: dict[str, Any] = {
            "Id": entry_id,
            "Principal": {"DataLakePrincipalIdentifier": self.principal},
            "Resource": dict(self.resource),
        }
        if self.permissions:
            entry["Permissions"] = list(self.permissions)
        if self.grantable:
            entry["PermissionsWithGrantOption"] = list(self.grantable)
        return entry

    def one_by_one(self) -> Iterator[Grant]:
        """Yield the grant permission by permission, each with its grant option if that is meant, too."""
        for permission in dict.fromkeys((*self.permissions, *self.grantable)):
            itself = (permission,) if permission in self.permissions else ()
            option = (permission,) if permission in self.grantable else ()
            yield Grant(self.principal, self.resource, itself, option)

    def __str__(self) -> str:
        """Say who has what on what."""
        options = [f"grant option of {each}" for each in self.grantable if each not in self.permissions]
        return f"{', '.join((*self.permissions, *options))} on {dict(self.resource)} to {self.principal}"


class LakeFormationHook(LineageAwsHook):
    """
    Grant and revoke Lake Formation permissions.

    :param aws_conn_id: Airflow connection; ``None`` leaves the credentials to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param config: Options of the botocore client.
    """

    service = "lakeformation"

    def batch_grant_permissions(
        self,
        grants: Sequence[Grant],
        *,
        catalog_id: str | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> int:
        """
        Make all grants, twenty in a call, and return how many were made or had been made before.

        Grants that fail because somebody else changes the same resource, or because of throttling, are tried
        again: as long as the hook bears that (:meth:`bear_throttling`), or a minute.

        :param catalog_id: The Data Catalog, by its account; ``None`` is the caller's.
        :param clock: Returns seconds since the epoch.
        :param sleep: Waits between two attempts, in seconds.
        :raises PermissionsNotGrantedError: If some were refused; it lists each.
        :raises AwsCallError: If a whole call was refused.
        """
        change = _Change(self, "batch_grant_permissions", catalog_id, clock, sleep)
        problems = change.make(grants, is_done=lambda code, _: code in _GRANTED_ALREADY)
        made = len(grants) - len(problems)
        if problems:
            raise PermissionsNotGrantedError(problems=problems, granted=made)
        return made

    def batch_revoke_permissions(
        self,
        grants: Sequence[Grant],
        *,
        catalog_id: str | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> tuple[int, int]:
        """
        Take all grants back, and return how many permissions were revoked and how many there were not.

        Each permission is an entry of its own, so that one which the principal does not have keeps none of
        the others. What is granted on a database or table that does not exist is gone with it. What fails
        for the moment is tried again, as in :meth:`batch_grant_permissions`.

        :param catalog_id: The Data Catalog, by its account; ``None`` is the caller's.
        :param clock: Returns seconds since the epoch.
        :param sleep: Waits between two attempts, in seconds.
        :raises PermissionsNotRevokedError: If some were refused; it lists each.
        :raises AwsCallError: If a whole call was refused.
        """
        absent = 0

        def is_done(code: str, message: str) -> bool:
            nonlocal absent
            is_absent = code == "EntityNotFoundException" or (
                code == "InvalidInputException" and message.startswith(_NOTHING_TO_REVOKE)
            )
            absent += is_absent
            return is_absent

        single = [one for grant in grants for one in grant.one_by_one()]
        change = _Change(self, "batch_revoke_permissions", catalog_id, clock, sleep)
        problems = change.make(single, is_done=is_done)
        revoked = len(single) - len(problems) - absent
        if problems:
            raise PermissionsNotRevokedError(problems=problems, revoked=revoked)
        return revoked, absent


@dataclass(frozen=True, slots=True)
class _Change:
    """Grants that are made, or taken back."""

    hook: LakeFormationHook
    operation: str
    catalog_id: str | None
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def make(self, grants: Sequence[Grant], *, is_done: _IsDone) -> list[str]:
        """
        Make them, twenty in a call, and return what was refused, one sentence each.

        :param is_done: Tells of code and message of a failure whether it says that nothing is to be done.
        """
        until = self.hook.bears_until
        deadline = self.clock() + _PATIENCE_SECONDS if until is None else until
        problems: list[str] = []
        for batch in _batches(list(grants), MOST_ENTRIES_PER_CALL):
            waiting = {str(number): grant for number, grant in enumerate(batch)}
            refused: dict[str, str] = {}
            pause = _FIRST_PAUSE_SECONDS
            while waiting:
                left = deadline - self.clock()
                waiting = self._attempt(waiting, is_done, refused, is_last=left <= 0)
                if waiting:
                    self.sleep(min(pause * random.uniform(0.5, 1.0), max(left, 0)))  # noqa: S311 - only spread
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            problems += [refused[id_] for id_ in sorted(refused, key=int)]
        return problems

    def _attempt(
        self, waiting: dict[str, Grant], is_done: _IsDone, refused: dict[str, str], *, is_last: bool
    ) -> dict[str, Grant]:
        """Make one call; note in ``refused`` what is refused for good, return what is worth another try."""
        request: dict[str, Any] = {"Entries": [grant.to_entry(id_) for id_, grant in waiting.items()]}
        if self.catalog_id is not None:
            request["CatalogId"] = self.catalog_id
        try:
            reply = self.hook.call(self.operation, subject=f"{len(waiting)} grant(s)", **request)
        except AwsCallError as error:
            if is_last or not is_transient(error):
                raise
            return waiting
        passing: dict[str, Grant] = {}
        for id_, (code, message) in dict(_failures(reply)).items():
            if is_done(code, message):
                continue
            if code in _PASSING and not is_last:
                passing[id_] = waiting[id_]
            else:
                refused[id_] = f"{waiting[id_]}: {code}: {message}"
        return passing


def _batches(grants: Sequence[Grant], size: int) -> Iterator[Sequence[Grant]]:
    """Yield the grants in batches."""
    for start in range(0, len(grants), size):
        yield grants[start : start + size]


def _failures(reply: Mapping[str, Any]) -> Iterable[tuple[str, tuple[str, str]]]:
    """Yield the id, code and message of every entry that failed."""
    for failure in reply.get("Failures") or ():
        error = failure.get("Error") or {}
        code, message = error.get("ErrorCode") or "Unknown", error.get("ErrorMessage") or "no message"
        yield failure["RequestEntry"]["Id"], (code, message)
