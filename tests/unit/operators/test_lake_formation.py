"""The operators for Lake Formation: what they make of their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any
from unittest import mock

import pytest

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.hooks.lake_formation import Grant, LakeFormationHook
from airflow_lineage_provider.operators.lake_formation import (
    LakeFormationGrantPermissionsOperator,
    LakeFormationRevokePermissionsOperator,
)
from tests.unit.operators.driving import make_context

ROLE = "arn:aws:iam::123456789012:role/glue-crawler-role"
DATABASE = {"Database": {"Name": "sales"}}
ONE = {"principal": ROLE, "resource": DATABASE, "permissions": ["CREATE_TABLE"]}


def run(**arguments: Any) -> tuple[Any, Sequence[Grant], str | None]:
    """Run an operator; return its result, the grants that its hook was asked for, and the catalog."""
    operator = LakeFormationGrantPermissionsOperator(task_id="grant", aws_conn_id=None, **arguments)
    asked: list[Any] = []

    def grant(self: LakeFormationHook, grants: Sequence[Grant], *, catalog_id: str | None) -> int:
        asked.extend((grants, catalog_id))
        return len(grants)

    with mock.patch.object(LakeFormationHook, "batch_grant_permissions", autospec=True, side_effect=grant):
        result = operator.execute(make_context(operator))
    return result, asked[0], asked[1]


def test_makes_one_grant_of_its_arguments() -> None:
    result, grants, catalog = run(
        **ONE, permissions_with_grant_option=["DESCRIBE"], catalog_id="210987654321"
    )

    assert result == {"granted": 1}
    assert grants == [Grant(ROLE, DATABASE, ("CREATE_TABLE",), ("DESCRIBE",))]
    assert catalog == "210987654321"


def test_makes_many_grants_of_entries() -> None:
    result, grants, catalog = run(entries=[ONE, {**ONE, "permissions": ["DESCRIBE", "ALTER"]}])

    assert result == {"granted": 2}
    assert [grant.permissions for grant in grants] == [("CREATE_TABLE",), ("DESCRIBE", "ALTER")]
    assert catalog is None


@pytest.mark.parametrize(
    "arguments, argument",
    [
        ({}, "principal"),
        ({**ONE, "principal": "{{ params.role }}"}, "principal"),
        ({**ONE, "principal": " "}, "principal"),
        ({**ONE, "resource": "db"}, "resource"),
        ({**ONE, "resource": {}}, "resource"),
        ({**ONE, "permissions": []}, "permissions"),
        ({**ONE, "permissions": "CREATE_TABLE"}, "permissions"),
        ({**ONE, "permissions_with_grant_option": "CREATE_TABLE"}, "permissions_with_grant_option"),
        ({**ONE, "entries": [ONE]}, "entries"),
        ({"entries": []}, "entries"),
        ({"entries": "None"}, "entries"),
        ({"entries": [ONE, {**ONE, "principal": None}]}, "entries[1].principal"),
        ({"entries": [{**ONE, "principals": [ROLE]}]}, "entries[0]"),
        ({"entries": ["x"]}, "entries[0]"),
    ],
)
def test_names_the_argument_that_makes_no_grant(arguments: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        run(**arguments)

    assert caught.value.argument == argument


def revoke(**arguments: Any) -> tuple[Any, Sequence[Grant]]:
    """Run an operator that revokes; return its result and what its hook was asked to take back."""
    operator = LakeFormationRevokePermissionsOperator(task_id="revoke", aws_conn_id=None, **arguments)
    asked: list[Sequence[Grant]] = []

    def take_back(
        self: LakeFormationHook, grants: Sequence[Grant], *, catalog_id: str | None
    ) -> tuple[int, int]:
        asked.append(grants)
        return 1, 2

    with mock.patch.object(
        LakeFormationHook, "batch_revoke_permissions", autospec=True, side_effect=take_back
    ):
        result = operator.execute(make_context(operator))
    return result, asked[0]


def test_tells_what_was_revoked_and_what_there_was_not() -> None:
    result, grants = revoke(**ONE)

    assert result == {"revoked": 1, "absent": 2}
    assert grants == [Grant(ROLE, DATABASE, ("CREATE_TABLE",))]


def test_may_take_back_the_grant_option_alone() -> None:
    _, grants = revoke(principal=ROLE, resource=DATABASE, permissions_with_grant_option=["SELECT"])

    assert grants == [Grant(ROLE, DATABASE, (), ("SELECT",))]


@pytest.mark.parametrize(
    "arguments, argument",
    [
        ({"principal": ROLE, "resource": DATABASE}, "permissions"),
        ({**ONE, "principal": None}, "principal"),
        ({"entries": [{"principal": ROLE, "resource": DATABASE}]}, "entries[0].permissions"),
    ],
)
def test_names_the_argument_that_takes_nothing_back(arguments: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        revoke(**arguments)

    assert caught.value.argument == argument


@pytest.mark.parametrize(
    "cls", [LakeFormationGrantPermissionsOperator, LakeFormationRevokePermissionsOperator]
)
def test_only_stores_its_arguments(cls: type[Any]) -> None:
    marks: dict[str, Any] = {
        name: object()
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }

    operator = cls(task_id="grant", **marks)

    assert {name: getattr(operator, name) for name in marks} == marks
    assert set(marks) <= set(operator.template_fields)
