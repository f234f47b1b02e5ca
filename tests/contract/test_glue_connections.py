"""Every operation on Glue connections through boto3, each answer compared with botocore's model of Glue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.glue.connections import MAX_CONNECTIONS
from scripts.compose_processes import free_ports
from tests.contract.shape_validation import watch

URL = "jdbc:postgresql://127.0.0.1:1/shop"
PASSWORD = "hunter2-and-more"
LOGIN = {"JDBC_CONNECTION_URL": URL, "USERNAME": "crawler", "PASSWORD": PASSWORD}
ARN = "arn:aws:glue:us-east-1:123456789012:connection/shop"


@pytest.fixture
def glue(local_aws: LocalAws) -> Any:
    """A Glue client whose answers are checked."""
    client = local_aws.client("glue")
    watch(client)
    return client


def make_connection(glue: Any, name: str = "shop", **members: Any) -> None:
    definition = {"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": LOGIN} | members
    glue.create_connection(ConnectionInput=definition)


def error_of(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


class TestCreateAndGet:
    def test_keep_what_was_defined(self, glue: Any) -> None:
        network = {"SubnetId": "subnet-1", "SecurityGroupIdList": ["sg-1"], "AvailabilityZone": "us-east-1a"}
        members: dict[str, Any] = {
            "Description": "the shop",
            "MatchCriteria": ["eu"],
            "PhysicalConnectionRequirements": network,
        }
        make_connection(glue, **members)

        connection = glue.get_connection(Name="shop")["Connection"]

        times = [connection.pop(name) for name in ("CreationTime", "LastUpdatedTime")]
        assert times[0] == times[1]
        assert connection == {
            "Name": "shop",
            "ConnectionType": "JDBC",
            "ConnectionProperties": LOGIN,
            "Status": "READY",
            "ConnectionSchemaVersion": 1,
            **members,
        }

    def test_say_that_it_is_ready(self, glue: Any) -> None:
        definition = {"Name": "net", "ConnectionType": "NETWORK", "ConnectionProperties": {}}

        assert glue.create_connection(ConnectionInput=definition)["CreateConnectionStatus"] == "READY"

    def test_hide_the_password_when_asked_to(self, glue: Any) -> None:
        make_connection(glue)

        connection = glue.get_connection(Name="shop", HidePassword=True)["Connection"]

        assert connection["ConnectionProperties"] == {"JDBC_CONNECTION_URL": URL, "USERNAME": "crawler"}

    def test_never_show_the_credentials_of_an_authentication(self, glue: Any) -> None:
        make_connection(
            glue,
            ConnectionProperties={"JDBC_CONNECTION_URL": URL},
            AuthenticationConfiguration={
                "AuthenticationType": "BASIC",
                "BasicAuthenticationCredentials": {"Username": "crawler", "Password": PASSWORD},
            },
        )

        connection = glue.get_connection(Name="shop")["Connection"]

        assert connection["AuthenticationConfiguration"] == {"AuthenticationType": "BASIC"}
        assert connection["ConnectionSchemaVersion"] == 2

    def test_of_a_name_that_is_taken_is_refused(self, glue: Any) -> None:
        make_connection(glue)

        assert error_of(lambda: make_connection(glue)) == (
            "AlreadyExistsException",
            "Connection shop already exists.",
        )

    def test_of_an_unknown_name_is_refused(self, glue: Any) -> None:
        assert error_of(lambda: glue.get_connection(Name="nobody")) == (
            "EntityNotFoundException",
            "Connection nobody not found.",
        )

    @pytest.mark.parametrize(
        "kind, missing",
        [
            ("JDBC", "JDBC_CONNECTION_URL"),
            ("MONGODB", "CONNECTION_URL"),
            ("KAFKA", "KAFKA_BOOTSTRAP_SERVERS"),
        ],
    )
    def test_without_an_address_is_refused(self, glue: Any, kind: str, missing: str) -> None:
        code, message = error_of(
            lambda: make_connection(glue, ConnectionType=kind, ConnectionProperties={"USERNAME": "u"})
        )

        assert (code, missing in message) == ("InvalidInputException", True)

    def test_of_an_unknown_property_is_refused(self, glue: Any) -> None:
        code, _ = error_of(lambda: make_connection(glue, ConnectionProperties={**LOGIN, "COLOUR": "red"}))

        assert code == "ValidationException"

    def test_of_a_password_that_is_too_long_is_refused_without_showing_it(self, glue: Any) -> None:
        code, message = error_of(
            lambda: make_connection(glue, ConnectionProperties={**LOGIN, "PASSWORD": PASSWORD * 100})
        )

        assert (code, PASSWORD in message) == ("ValidationException", False)

    def test_of_another_accounts_catalog_is_refused(self, glue: Any) -> None:
        code, _ = error_of(lambda: glue.get_connection(Name="shop", CatalogId="999999999999"))

        assert code == "InvalidInputException"

    def test_of_more_than_an_account_may_have_is_refused(self, glue: Any, local_aws: LocalAws) -> None:
        store = local_aws_store()
        for number in range(MAX_CONNECTIONS):
            store.create({"Name": f"c{number}", "ConnectionType": "JDBC", "ConnectionProperties": LOGIN}, {})

        code, message = error_of(lambda: make_connection(glue))

        assert (code, "limited to 1000" in message) == ("ResourceNumberLimitExceededException", True)

    def test_keep_tags(self, glue: Any) -> None:
        definition = {"Name": "shop", "ConnectionType": "JDBC", "ConnectionProperties": LOGIN}
        glue.create_connection(ConnectionInput=definition, Tags={"team": "sales"})

        assert glue.get_tags(ResourceArn=ARN)["Tags"] == {"team": "sales"}


def local_aws_store() -> Any:
    """Return the store behind the API, to fill it quickly."""
    from moto.glue.models import glue_backends

    backend: Any = glue_backends["123456789012"]["us-east-1"]
    return backend.connection_store


class TestGetConnections:
    @pytest.fixture(autouse=True)
    def _connections(self, glue: Any) -> None:
        make_connection(glue, "a", MatchCriteria=["eu", "prod"])
        make_connection(glue, "b", MatchCriteria=["eu"])
        mongo = {"CONNECTION_URL": "mongodb://h/d", "PASSWORD": PASSWORD}
        make_connection(glue, "c", ConnectionType="MONGODB", ConnectionProperties=mongo)

    @pytest.mark.parametrize(
        "chosen_by, expected",
        [
            ({}, ["a", "b", "c"]),
            ({"ConnectionType": "JDBC"}, ["a", "b"]),
            ({"MatchCriteria": ["eu"]}, ["a", "b"]),
            ({"MatchCriteria": ["prod", "eu"]}, ["a"]),
            ({"ConnectionSchemaVersion": 2}, []),
        ],
    )
    def test_filters(self, glue: Any, chosen_by: dict[str, Any], expected: list[str]) -> None:
        listed = glue.get_connections(Filter=chosen_by)["ConnectionList"]

        assert [connection["Name"] for connection in listed] == expected

    def test_pages_by_name(self, glue: Any) -> None:
        pages = glue.get_paginator("get_connections").paginate(PaginationConfig={"PageSize": 2})

        assert [[item["Name"] for item in page["ConnectionList"]] for page in pages] == [["a", "b"], ["c"]]

    def test_hides_passwords_when_asked_to(self, glue: Any) -> None:
        shown = glue.get_connections()["ConnectionList"]
        hidden = glue.get_connections(HidePassword=True)["ConnectionList"]

        assert all("PASSWORD" in item["ConnectionProperties"] for item in shown)
        assert not any("PASSWORD" in item["ConnectionProperties"] for item in hidden)

    def test_refuses_a_token_of_another_list(self, glue: Any) -> None:
        code, _ = error_of(lambda: glue.get_connections(NextToken="nonsense"))

        assert code == "InvalidInputException"


class TestUpdate:
    def test_replaces_the_whole_definition(self, glue: Any) -> None:
        make_connection(glue, Description="old")
        changed = {"JDBC_CONNECTION_URL": URL, "SECRET_ID": "shop"}

        glue.update_connection(
            Name="shop",
            ConnectionInput={"Name": "shop", "ConnectionType": "JDBC", "ConnectionProperties": changed},
        )

        connection = glue.get_connection(Name="shop")["Connection"]
        assert connection["ConnectionProperties"] == changed
        assert "Description" not in connection
        assert connection["CreationTime"] <= connection["LastUpdatedTime"]

    @pytest.mark.parametrize(
        "name, inner, code",
        [("nobody", "nobody", "EntityNotFoundException"), ("shop", "other", "InvalidInputException")],
    )
    def test_of_what_is_not_there_or_a_new_name_is_refused(
        self, glue: Any, name: str, inner: str, code: str
    ) -> None:
        make_connection(glue)
        definition = {"Name": inner, "ConnectionType": "JDBC", "ConnectionProperties": LOGIN}

        assert error_of(lambda: glue.update_connection(Name=name, ConnectionInput=definition))[0] == code


class TestDelete:
    def test_forgets_connection_and_tags(self, glue: Any) -> None:
        make_connection(glue)
        glue.tag_resource(ResourceArn=ARN, TagsToAdd={"team": "sales"})

        glue.delete_connection(ConnectionName="shop")

        assert glue.get_connections()["ConnectionList"] == []
        assert glue.get_tags(ResourceArn=ARN)["Tags"] == {}

    def test_of_an_unknown_name_is_refused(self, glue: Any) -> None:
        code, _ = error_of(lambda: glue.delete_connection(ConnectionName="nobody"))

        assert code == "EntityNotFoundException"

    def test_of_many_reports_each(self, glue: Any) -> None:
        make_connection(glue)

        answer = glue.batch_delete_connection(ConnectionNameList=["shop", "nobody"])

        assert answer["Succeeded"] == ["shop"]
        assert answer["Errors"] == {
            "nobody": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Connection nobody not found."}
        }

    def test_of_more_than_25_at_once_is_refused(self, glue: Any) -> None:
        names = [f"c{number}" for number in range(26)]

        code, _ = error_of(lambda: glue.batch_delete_connection(ConnectionNameList=names))

        assert code == "ValidationException"


class TestTestConnection:
    @pytest.fixture
    def nobody(self) -> str:
        """A loopback address nobody listens on."""
        return f"127.0.0.1:{free_ports(1)[0]}"

    @pytest.mark.parametrize(
        "engine, said", [("postgresql", "refused. Check that the hostname"), ("mysql", "Communications link")]
    )
    def test_quotes_the_driver_when_nobody_answers(
        self, glue: Any, nobody: str, engine: str, said: str
    ) -> None:
        url = f"jdbc:{engine}://{nobody}/shop"
        make_connection(glue, ConnectionProperties={**LOGIN, "JDBC_CONNECTION_URL": url})

        code, message = error_of(lambda: glue.test_connection(ConnectionName="shop"))

        assert code == "InvalidInputException"
        assert message.startswith(
            "Check that your connection definition references your JDBC database with correct URL syntax, "
            "username, and password. "
        )
        assert said in message
        assert PASSWORD not in message

    @pytest.mark.parametrize(
        "kind, properties, said",
        [
            ("NETWORK", {}, "Connections of type NETWORK cannot be used"),
            ("JDBC", {"JDBC_CONNECTION_URL": "jdbc:oracle:thin://@h/x"}, "does not read oracle databases"),
            ("JDBC", {"JDBC_CONNECTION_URL": "jdbc:sqlserver://h;databaseName=x"}, "does not read sqlserver"),
            ("JDBC", {"JDBC_CONNECTION_URL": "jdbc:redshift://h:5439/x"}, "does not read redshift"),
            ("JDBC", {"JDBC_CONNECTION_URL": "nonsense"}, "is not a JDBC URL"),
            ("JDBC", {"JDBC_CONNECTION_URL": "mongodb://h/d"}, "cannot lead to a database of kind mongodb"),
            ("MONGODB", {"CONNECTION_URL": URL}, "cannot lead to a database of kind postgresql"),
        ],
    )
    def test_says_what_cannot_be_tried(
        self, glue: Any, kind: str, properties: dict[str, str], said: str
    ) -> None:
        given = {"ConnectionType": kind, "ConnectionProperties": properties}

        code, message = error_of(lambda: glue.test_connection(TestConnectionInput=given))

        assert (code, said in message) == ("InvalidInputException", True), message

    def test_takes_a_name_or_a_definition(self, glue: Any) -> None:
        given = {"ConnectionType": "JDBC", "ConnectionProperties": LOGIN}
        make_connection(glue)

        both = error_of(lambda: glue.test_connection(ConnectionName="shop", TestConnectionInput=given))
        neither = error_of(lambda: glue.test_connection())

        assert (
            both
            == neither
            == (
                "InvalidInputException",
                "Give either ConnectionName or TestConnectionInput.",
            )
        )

    def test_of_an_unknown_name_is_refused(self, glue: Any) -> None:
        code, _ = error_of(lambda: glue.test_connection(ConnectionName="nobody"))

        assert code == "EntityNotFoundException"

    @pytest.mark.parametrize(
        "secret, said",
        [
            (None, "can't find the specified secret"),
            ("just text", "is not a JSON object with the members username and password"),
            (json.dumps({"username": "u"}), "is not a JSON object with the members username and password"),
        ],
    )
    def test_says_what_is_wrong_with_a_secret(
        self, glue: Any, local_aws: LocalAws, secret: str | None, said: str
    ) -> None:
        if secret is not None:
            local_aws.client("secretsmanager").create_secret(Name="shop", SecretString=secret)
        make_connection(glue, ConnectionProperties={"JDBC_CONNECTION_URL": URL, "SECRET_ID": "shop"})

        code, message = error_of(lambda: glue.test_connection(ConnectionName="shop"))

        assert (code, said in message) == ("InvalidInputException", True), message


class TestPasswordEncryption:
    def encrypt_with(self, glue: Any, key: str) -> None:
        wanted = {"ReturnConnectionPasswordEncrypted": True, "AwsKmsKeyId": key}
        glue.put_data_catalog_encryption_settings(
            DataCatalogEncryptionSettings={"ConnectionPasswordEncryption": wanted}
        )

    def test_takes_the_passwords_place(self, glue: Any, local_aws: LocalAws) -> None:
        kms = local_aws.client("kms")
        self.encrypt_with(glue, kms.create_key()["KeyMetadata"]["KeyId"])
        make_connection(glue)

        properties = glue.get_connection(Name="shop")["Connection"]["ConnectionProperties"]

        assert sorted(properties) == ["ENCRYPTED_PASSWORD", "JDBC_CONNECTION_URL", "USERNAME"]
        assert PASSWORD not in properties["ENCRYPTED_PASSWORD"]

    @pytest.mark.parametrize("disabled", [True, False])
    def test_fails_without_a_usable_key(self, glue: Any, local_aws: LocalAws, disabled: bool) -> None:
        kms = local_aws.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"] if disabled else "alias/none"
        if disabled:
            kms.disable_key(KeyId=key)
        self.encrypt_with(glue, key)

        code, message = error_of(lambda: make_connection(glue))

        assert (code, PASSWORD in message) == ("GlueEncryptionException", False)
