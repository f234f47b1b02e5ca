"""Granting and revoking Lake Formation permissions inside Airflow, against the local AWS."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.operators.lake_formation import (
    LakeFormationGrantPermissionsOperator,
    LakeFormationRevokePermissionsOperator,
)
from tests.integration.dag_running import run_dag

pytestmark = pytest.mark.usefixtures("airflow_database")
ROLE = "arn:aws:iam::123456789012:role/reader"
SALES = {"Database": {"Name": "sales"}}


def make(operator: type[Any], **overrides: Any) -> Any:
    """Build a task about the permissions of a role on a database."""
    arguments: dict[str, Any] = {
        "task_id": "task",
        "principal": ROLE,
        "resource": SALES,
        "permissions": ["CREATE_TABLE", "DESCRIBE"],
        "aws_conn_id": None,
        **overrides,
    }
    return operator(**arguments)


def granted(local_aws: LocalAws) -> list[tuple[list[str], list[str]]]:
    """Return what is granted: permissions, and those that may be handed on."""
    listed = local_aws.client("lakeformation").list_permissions(
        Principal={"DataLakePrincipalIdentifier": ROLE}, Resource=SALES
    )
    return [
        (sorted(each["Permissions"]), sorted(each["PermissionsWithGrantOption"]))
        for each in listed["PrincipalResourcePermissions"]
    ]


def test_grants_with_the_grant_option_twice(local_aws: LocalAws) -> None:
    outcomes = [
        run_dag(
            lambda: make(LakeFormationGrantPermissionsOperator, permissions_with_grant_option=["DESCRIBE"])
        )
        for _ in range(2)
    ]

    assert [outcome.values["task"] for outcome in outcomes] == [{"granted": 1}, {"granted": 1}]
    assert granted(local_aws) == [(["CREATE_TABLE", "DESCRIBE"], ["DESCRIBE"])]


def test_revokes_what_is_named_and_nothing_else(local_aws: LocalAws) -> None:
    run_dag(
        lambda: make(
            LakeFormationGrantPermissionsOperator,
            permissions=["ALTER", "CREATE_TABLE", "DESCRIBE"],
            permissions_with_grant_option=["ALTER", "DESCRIBE"],
        )
    )

    outcome = run_dag(
        lambda: make(
            LakeFormationRevokePermissionsOperator,
            permissions=["CREATE_TABLE"],
            permissions_with_grant_option=["DESCRIBE"],
        )
    )

    assert outcome.values["task"] == {"revoked": 2, "absent": 0}
    assert granted(local_aws) == [(["ALTER", "DESCRIBE"], ["ALTER"])]


def test_revokes_what_was_granted_in_steps_twice(local_aws: LocalAws) -> None:
    for permission in ("CREATE_TABLE", "DESCRIBE"):
        run_dag(lambda: make(LakeFormationGrantPermissionsOperator, permissions=[permission]))  # noqa: B023

    outcomes = [run_dag(lambda: make(LakeFormationRevokePermissionsOperator)) for _ in range(2)]

    assert [outcome.state for outcome in outcomes] == ["success", "success"]
    assert granted(local_aws) == []


def test_outlasts_throttling(local_aws: LocalAws) -> None:
    local_aws.fault(
        service="lakeformation",
        operation="BatchGrantPermissions",
        error_code="ThrottlingException",
        times=2,
    )

    assert run_dag(lambda: make(LakeFormationGrantPermissionsOperator)).state == "success"
