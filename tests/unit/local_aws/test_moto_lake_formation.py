"""Grants are kept and taken back as AWS does, in batches and in steps."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.moto_lake_formation import mend_permissions

ROLE = {"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/reader"}
SALES = {"Database": {"Name": "sales"}}


@pytest.fixture
def lake(local_aws: LocalAws) -> Any:
    """A client for an empty Lake Formation."""
    return local_aws.client("lakeformation")


def granted(lake: Any) -> list[tuple[list[str], list[str]]]:
    """Return what is granted: permissions, and those that may be handed on."""
    listed = lake.list_permissions(Principal=ROLE, Resource=SALES)["PrincipalResourcePermissions"]
    return [(sorted(each["Permissions"]), sorted(each["PermissionsWithGrantOption"])) for each in listed]


def entry(permissions: list[str], options: list[str]) -> dict[str, Any]:
    """Return an entry of a batch."""
    return {
        "Id": "1",
        "Principal": ROLE,
        "Resource": SALES,
        "Permissions": permissions,
        "PermissionsWithGrantOption": options,
    }


def test_a_batch_keeps_the_grant_option(lake: Any) -> None:
    lake.batch_grant_permissions(Entries=[entry(["ALTER", "DROP"], ["DROP"])])

    assert granted(lake) == [(["ALTER", "DROP"], ["DROP"])]


def test_a_batch_takes_the_grant_option_back(lake: Any) -> None:
    lake.batch_grant_permissions(Entries=[entry(["ALTER", "DROP"], ["ALTER", "DROP"])])

    lake.batch_revoke_permissions(Entries=[entry(["ALTER"], ["ALTER"])])

    assert granted(lake) == [(["DROP"], ["DROP"])]


def test_what_was_granted_in_steps_can_be_taken_back(lake: Any) -> None:
    for permission in ("ALTER", "DROP", "DESCRIBE"):
        lake.grant_permissions(Principal=ROLE, Resource=SALES, Permissions=[permission])

    lake.revoke_permissions(Principal=ROLE, Resource=SALES, Permissions=["ALTER", "DROP"])
    lake.revoke_permissions(Principal=ROLE, Resource=SALES, Permissions=["DESCRIBE"])

    assert granted(lake) == []


def test_mending_again_changes_nothing(lake: Any) -> None:
    mend_permissions()

    lake.batch_grant_permissions(Entries=[entry(["ALTER"], ["ALTER"])])

    assert granted(lake) == [(["ALTER"], ["ALTER"])]
