"""Lake Formation permissions, granted in batches."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_lineage_provider.exceptions import PermissionsNotGrantedError
from airflow_lineage_provider.hooks.base import LineageAwsHook
from airflow_lineage_provider.hooks.error_codes import TRANSIENT_CODES

__all__ = ["MOST_ENTRIES_PER_CALL", "Grant", "LakeFormationHook"]

MOST_ENTRIES_PER_CALL = 20
"""How many entries ``BatchGrantPermissions`` takes."""

_ATTEMPTS = 5
_PASSING = TRANSIENT_CODES | {"ConcurrentModificationException", "OperationTimeoutException"}
_DONE_ALREADY = frozenset({"AlreadyExistsException"})


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
            "Permissions": list(self.permissions),
        }
        if self.grantable:
            entry["PermissionsWithGrantOption"] = list(self.grantable)
        return entry

    def __str__(self) -> str:
        """Say who gets what on what."""
        return f"{', '.join(self.permissions)} on {dict(self.resource)} to {self.principal}"


class LakeFormationHook(LineageAwsHook):
    """
    Grant Lake Formation permissions.

    .. seealso::
        `BatchGrantPermissions
        <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>`__

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
        sleep: Callable[[float], None] = time.sleep,
    ) -> int:
        """
        Make all grants, twenty in a call, and return how many were made or had been made before.

        Grants that fail because somebody else changes the same resource are tried again a few times.

        :param catalog_id: The Data Catalog, by its account; ``None`` is the caller's.
        :param sleep: Waits between two attempts, in seconds.
        :raises PermissionsNotGrantedError: If some were refused; it lists each.
        :raises AwsCallError: If a whole call was refused.
        """
        problems = []
        for batch in _batches(list(grants), MOST_ENTRIES_PER_CALL):
            problems.extend(self._grant_batch(batch, catalog_id, sleep))
        made = len(grants) - len(problems)
        if problems:
            raise PermissionsNotGrantedError(problems=problems, granted=made)
        return made

    def _grant_batch(
        self, batch: Sequence[Grant], catalog_id: str | None, sleep: Callable[[float], None]
    ) -> list[str]:
        """Make up to twenty grants and return what was refused, one sentence each."""
        waiting = {str(number): grant for number, grant in enumerate(batch)}
        refused: dict[str, str] = {}
        for attempt in range(_ATTEMPTS):
            request: dict[str, Any] = {"Entries": [grant.to_entry(id_) for id_, grant in waiting.items()]}
            if catalog_id is not None:
                request["CatalogId"] = catalog_id
            subject = f"{len(waiting)} grant(s)"
            failures = dict(_failures(self.call("batch_grant_permissions", subject=subject, **request)))
            passing = {}
            for id_, (code, message) in failures.items():
                if code in _DONE_ALREADY:
                    continue
                if code in _PASSING and attempt + 1 < _ATTEMPTS:
                    passing[id_] = waiting[id_]
                else:
                    refused[id_] = f"{waiting[id_]}: {code}: {message}"
            if not passing:
                break
            waiting = passing
            sleep(random.uniform(0.5, 1.0) * 2**attempt)  # noqa: S311 - only spread
        return [refused[id_] for id_ in sorted(refused, key=int)]


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
