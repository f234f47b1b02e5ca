"""LakeFormationHook on a double of the AWS client."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.exceptions import (
    PermissionDeniedError,
    PermissionsNotGrantedError,
    PermissionsNotRevokedError,
    ThrottledError,
)
from airflow_lineage_provider.hooks.lake_formation import Grant, LakeFormationHook
from tests.unit.hooks.sleeping_clock import SleepingClock

ROLE = "arn:aws:iam::123456789012:role/glue-crawler-role"


class ScriptedLakeFormation:
    """Keeps the calls and answers each with the failures that the script has for it."""

    meta = SimpleNamespace(
        method_to_api_mapping={
            "batch_grant_permissions": "BatchGrantPermissions",
            "batch_revoke_permissions": "BatchRevokePermissions",
        }
    )

    def __init__(self, *script: dict[str, str] | Exception, message: str = "no") -> None:
        self.message = message
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []

    def batch_grant_permissions(self, **request: Any) -> dict[str, Any]:
        """Fail the entries of the script, by their position in the call."""
        self.requests.append(request)
        answer = self.script.pop(0) if self.script else {}
        if isinstance(answer, Exception):
            raise answer
        return {
            "Failures": [
                {
                    "RequestEntry": request["Entries"][int(position)],
                    "Error": {"ErrorCode": code, "ErrorMessage": self.message},
                }
                for position, code in answer.items()
            ]
        }

    batch_revoke_permissions = batch_grant_permissions


def make_hook(client: ScriptedLakeFormation) -> LakeFormationHook:
    """Build a hook that talks to the double."""
    hook = LakeFormationHook(aws_conn_id=None)
    hook.__dict__["conn"] = client
    return hook


def make_grant(database: str = "sales", **overrides: Any) -> Grant:
    """Build a grant on a database."""
    arguments: dict[str, Any] = {
        "principal": ROLE,
        "resource": {"Database": {"Name": database}},
        "permissions": ("CREATE_TABLE",),
        **overrides,
    }
    return Grant(**arguments)


@pytest.fixture
def clock() -> SleepingClock:
    """A clock at the epoch."""
    return SleepingClock()


def test_sends_a_grant_as_the_api_writes_it() -> None:
    client = ScriptedLakeFormation()

    made = make_hook(client).batch_grant_permissions(
        [make_grant(grantable=("DESCRIBE",))], catalog_id="210987654321"
    )

    assert made == 1
    assert client.requests == [
        {
            "CatalogId": "210987654321",
            "Entries": [
                {
                    "Id": "0",
                    "Principal": {"DataLakePrincipalIdentifier": ROLE},
                    "Resource": {"Database": {"Name": "sales"}},
                    "Permissions": ["CREATE_TABLE"],
                    "PermissionsWithGrantOption": ["DESCRIBE"],
                }
            ],
        }
    ]


def test_sends_twenty_grants_in_a_call() -> None:
    client = ScriptedLakeFormation()

    made = make_hook(client).batch_grant_permissions([make_grant(f"db{number}") for number in range(45)])

    assert made == 45
    assert [len(request["Entries"]) for request in client.requests] == [20, 20, 5]


def test_a_grant_that_stands_already_is_no_error() -> None:
    client = ScriptedLakeFormation({"0": "AlreadyExistsException"})

    assert make_hook(client).batch_grant_permissions([make_grant()]) == 1
    assert len(client.requests) == 1


def test_lists_every_refused_grant_and_makes_the_others() -> None:
    client = ScriptedLakeFormation({"1": "EntityNotFoundException", "2": "InvalidInputException"})

    with pytest.raises(PermissionsNotGrantedError) as caught:
        make_hook(client).batch_grant_permissions([make_grant(name) for name in ("a", "b", "c")])

    assert caught.value.granted == 1
    assert caught.value.problems == [
        f"CREATE_TABLE on {{'Database': {{'Name': 'b'}}}} to {ROLE}: EntityNotFoundException: no",
        f"CREATE_TABLE on {{'Database': {{'Name': 'c'}}}} to {ROLE}: InvalidInputException: no",
    ]


def test_tries_again_only_what_somebody_else_was_changing(clock: SleepingClock) -> None:
    client = ScriptedLakeFormation({"1": "ConcurrentModificationException"}, {})

    made = make_hook(client).batch_grant_permissions(
        [make_grant("a"), make_grant("b")], clock=clock.read, sleep=clock.sleep
    )

    assert made == 2
    assert [[entry["Id"] for entry in request["Entries"]] for request in client.requests] == [
        ["0", "1"],
        ["1"],
    ]


def test_gives_up_trying_again(clock: SleepingClock) -> None:
    client = ScriptedLakeFormation(*[{"0": "ConcurrentModificationException"}] * 99)

    with pytest.raises(PermissionsNotGrantedError, match="ConcurrentModificationException"):
        make_hook(client).batch_grant_permissions([make_grant()], clock=clock.read, sleep=clock.sleep)

    assert clock.now == 60
    assert len(client.requests) < 15


def test_tries_again_as_long_as_the_hook_bears_it(clock: SleepingClock) -> None:
    client = ScriptedLakeFormation(*[{"0": "ThrottledException"}] * 20)
    hook = make_hook(client)
    hook.bear_throttling(3600)

    assert hook.batch_grant_permissions([make_grant()], clock=clock.read, sleep=clock.sleep) == 1
    assert 60 < clock.now < 3600


def test_passes_the_refusal_of_a_whole_call_on() -> None:
    refusal = ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "BatchGrantPermissions"
    )

    with pytest.raises(PermissionDeniedError, match="lakeformation:BatchGrantPermissions"):
        make_hook(ScriptedLakeFormation(refusal)).batch_grant_permissions([make_grant()])


NOTHING = "No permissions revoked. Grantee has no permissions and no grantable permissions on resource."


def throttled() -> ClientError:
    """Build the refusal of a whole call that passes."""
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "BatchGrantPermissions")


def test_makes_a_call_again_that_was_throttled(clock: SleepingClock) -> None:
    client = ScriptedLakeFormation(throttled(), throttled())

    assert make_hook(client).batch_grant_permissions([make_grant()], clock=clock.read, sleep=clock.sleep) == 1
    assert len(client.requests) == 3


def test_gives_up_a_call_that_stays_throttled(clock: SleepingClock) -> None:
    client = ScriptedLakeFormation(*[throttled()] * 99)

    with pytest.raises(ThrottledError):
        make_hook(client).batch_grant_permissions([make_grant()], clock=clock.read, sleep=clock.sleep)

    assert clock.now == 60


class TestRevoke:
    def test_takes_each_permission_back_by_itself(self) -> None:
        client = ScriptedLakeFormation()
        grant = make_grant(permissions=("SELECT", "DESCRIBE"), grantable=("SELECT", "ALTER"))

        counted = make_hook(client).batch_revoke_permissions([grant])

        assert counted == (3, 0)
        assert [
            (entry.get("Permissions"), entry.get("PermissionsWithGrantOption"))
            for entry in client.requests[0]["Entries"]
        ] == [(["SELECT"], ["SELECT"]), (["DESCRIBE"], None), (None, ["ALTER"])]

    def test_sends_twenty_permissions_in_a_call(self) -> None:
        client = ScriptedLakeFormation()
        grants = [make_grant(f"db{number}", permissions=("ALTER", "DROP")) for number in range(15)]

        assert make_hook(client).batch_revoke_permissions(grants) == (30, 0)
        assert [len(request["Entries"]) for request in client.requests] == [20, 10]

    @pytest.mark.parametrize(
        "code, message",
        [
            ("InvalidInputException", NOTHING),
            ("EntityNotFoundException", "Database not found"),
        ],
    )
    def test_what_there_is_not_is_no_error(self, code: str, message: str) -> None:
        client = ScriptedLakeFormation({"1": code}, message=message)

        assert make_hook(client).batch_revoke_permissions([make_grant("a"), make_grant("b")]) == (1, 1)

    def test_lists_what_is_kept_and_revokes_the_others(self) -> None:
        client = ScriptedLakeFormation(
            {"1": "InvalidInputException"}, message="No permissions revoked. Revoking Tag permissions"
        )

        with pytest.raises(PermissionsNotRevokedError) as caught:
            make_hook(client).batch_revoke_permissions([make_grant("a"), make_grant("b")])

        assert caught.value.revoked == 1
        (problem,) = caught.value.problems
        assert problem.startswith(f"CREATE_TABLE on {{'Database': {{'Name': 'b'}}}} to {ROLE}: InvalidInput")

    def test_tries_again_what_somebody_else_was_changing(self, clock: SleepingClock) -> None:
        client = ScriptedLakeFormation({"0": "ConcurrentModificationException"}, {})

        assert make_hook(client).batch_revoke_permissions(
            [make_grant()], clock=clock.read, sleep=clock.sleep
        ) == (1, 0)


def test_says_what_is_granted_and_what_may_be_handed_on() -> None:
    grant = make_grant(permissions=("SELECT",), grantable=("SELECT", "ALTER"))

    assert str(grant).startswith("SELECT, grant option of ALTER on ")
