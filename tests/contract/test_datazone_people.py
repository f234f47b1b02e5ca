"""Users, groups, and the members of projects."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import Estate, make_estate

_ROLE = "arn:aws:iam::123456789012:role/analyst"
_NOBODY = "8d1f2a3b-0c4d-4e5f-8a6b-7c8d9e0f1a2b"


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _add(estate: Estate, member: dict[str, str], designation: str = "PROJECT_CONTRIBUTOR") -> None:
    estate.call(
        "create_project_membership",
        projectIdentifier=estate.project,
        member=member,
        designation=designation,
    )


def _members(estate: Estate) -> dict[str, str]:
    """Return designations by name of the member."""
    listed = estate.call("list_project_memberships", projectIdentifier=estate.project)["members"]
    names = {}
    for each in listed:
        ((kind, details),) = each["memberDetails"].items()
        if kind == "group":
            group = estate.call("get_group_profile", groupIdentifier=details["groupId"])
            names[group["groupName"]] = each["designation"]
        else:
            user = estate.call("get_user_profile", userIdentifier=details["userId"])["details"]
            names[user["sso"]["username"] if "sso" in user else user["iam"]["arn"]] = each["designation"]
    return names


class TestProfiles:
    """Who the domain knows."""

    @pytest.mark.parametrize(
        "identifier, kind, status, details",
        [
            pytest.param(_ROLE, "IAM", "ACTIVATED", {"iam": {"arn": _ROLE}}, id="a role"),
            pytest.param("anna", "SSO", "ASSIGNED", {"sso": {"username": "anna"}}, id="a name"),
        ],
    )
    def test_user_is_found_by_id_and_by_name(
        self, estate: Estate, identifier: str, kind: str, status: str, details: dict[str, Any]
    ) -> None:
        made = estate.call("create_user_profile", userIdentifier=identifier)

        by_id = estate.call("get_user_profile", userIdentifier=made["id"])
        by_name = estate.call("get_user_profile", userIdentifier=identifier)
        assert by_id["id"] == by_name["id"] == made["id"]
        assert (by_id["type"], by_id["status"], by_id["details"]) == (kind, status, details)

    def test_user_made_twice_is_one_user(self, estate: Estate) -> None:
        ids = {estate.call("create_user_profile", userIdentifier="anna")["id"] for _ in range(2)}

        assert len(ids) == 1

    def test_status_is_one_of_the_users_kind(self, estate: Estate) -> None:
        estate.call("create_user_profile", userIdentifier="anna")

        changed = estate.call("update_user_profile", userIdentifier="anna", status="NOT_ASSIGNED")

        assert changed["status"] == "NOT_ASSIGNED"
        with pytest.raises(ClientError, match=r"ValidationException.*ASSIGNED, NOT_ASSIGNED"):
            estate.call("update_user_profile", userIdentifier="anna", status="DEACTIVATED")

    def test_arn_is_no_user_of_identity_center(self, estate: Estate) -> None:
        with pytest.raises(ClientError, match=r"ValidationException.*not a user of type SSO_USER"):
            estate.call("create_user_profile", userIdentifier=_ROLE, userType="SSO_USER")

    def test_search_tells_kinds_apart(self, estate: Estate) -> None:
        for identifier in (_ROLE, "anna", "bert"):
            estate.call("create_user_profile", userIdentifier=identifier)

        def found(kind: str, text: str = "") -> list[Any]:
            listed = estate.call("search_user_profiles", userType=kind, searchText=text)["items"]
            return [each["details"].get("sso", {}).get("username") for each in listed]

        assert found("DATAZONE_SSO_USER") == ["anna", "bert"]
        assert found("SSO_USER", "ER") == ["bert"]
        assert found("DATAZONE_IAM_USER", "analyst") == [None]

    def test_groups_of_roles_and_of_identity_center_are_told_apart(self, estate: Estate) -> None:
        estate.call("create_group_profile", groupIdentifier="Data engineers")
        estate.call("create_group_profile", rolePrincipalArn=_ROLE)
        estate.call("update_group_profile", groupIdentifier="Data engineers", status="NOT_ASSIGNED")

        def found(kind: str) -> list[tuple[str, str]]:
            listed = estate.call("search_group_profiles", groupType=kind)["items"]
            return [(each["groupName"], each["status"]) for each in listed]

        assert found("DATAZONE_SSO_GROUP") == [("Data engineers", "NOT_ASSIGNED")]
        assert found("IAM_ROLE_SESSION_GROUP") == [("analyst", "ASSIGNED")]


class TestMemberships:
    """Who works in a project."""

    def test_creator_owns_the_project(self, estate: Estate) -> None:
        assert list(_members(estate).values()) == ["PROJECT_OWNER"]

    def test_members_are_added_changed_and_removed(self, estate: Estate) -> None:
        _add(estate, {"userIdentifier": "anna"})
        _add(estate, {"groupIdentifier": "analysts"}, "PROJECT_CATALOG_VIEWER")
        _add(estate, {"userIdentifier": "anna"}, "PROJECT_OWNER")
        before = _members(estate)

        estate.call(
            "delete_project_membership",
            projectIdentifier=estate.project,
            member={"groupIdentifier": "analysts"},
        )

        assert (before["anna"], before["analysts"]) == ("PROJECT_OWNER", "PROJECT_CATALOG_VIEWER")
        assert "analysts" not in _members(estate)

    def test_projects_are_found_by_member(self, estate: Estate) -> None:
        _add(estate, {"userIdentifier": "anna"})
        estate.call("create_project", name="other")

        listed = estate.call("list_projects", userIdentifier="anna")["items"]

        assert [each["id"] for each in listed] == [estate.project]

    def test_last_owner_stays(self, estate: Estate) -> None:
        (member,) = estate.call("list_project_memberships", projectIdentifier=estate.project)["members"]
        owner = {"userIdentifier": member["memberDetails"]["user"]["userId"]}

        with pytest.raises(ClientError, match=r"ValidationException.*at least one owner"):
            estate.call("delete_project_membership", projectIdentifier=estate.project, member=owner)

    @pytest.mark.parametrize("member", [{"userIdentifier": _NOBODY}, {"groupIdentifier": _NOBODY}])
    def test_unknown_id_is_no_member(self, estate: Estate, member: dict[str, str]) -> None:
        with pytest.raises(ClientError, match=f"ResourceNotFoundException.*{_NOBODY}"):
            _add(estate, member)

    def test_who_is_no_member_cannot_be_removed(self, estate: Estate) -> None:
        with pytest.raises(ClientError, match=r"ResourceNotFoundException.*anna is not a member"):
            estate.call(
                "delete_project_membership",
                projectIdentifier=estate.project,
                member={"userIdentifier": "anna"},
            )
