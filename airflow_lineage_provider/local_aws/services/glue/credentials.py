"""
Who a connection logs in as: user name and password of its own, or of a secret it names.

A secret is a JSON object with the members ``username`` and ``password``, as Glue expects it.

.. seealso:: AWS Glue Developer Guide, "Storing connection credentials in AWS Secrets Manager".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.secretsmanager.models import secretsmanager_backends

from airflow_lineage_provider.local_aws.engine.errors import SourceUnreachableError
from airflow_lineage_provider.local_aws.services.glue.exceptions import GlueServiceError

__all__ = ["Credentials", "credentials_of", "read_secret", "secret_arn", "secret_id_of"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, which no ``repr`` shows; both empty for a server that asks for none."""

    username: str = ""
    password: str = field(default="", repr=False)


def credentials_of(
    definition: Mapping[str, Any],
    *,
    secret: Callable[[str], str],
    decrypt: Callable[[str], str],
) -> Credentials:
    """
    Return who a connection logs in as.

    A secret comes first.

    :param definition: A ``ConnectionInput`` or ``TestConnectionInput``.
    :param secret: Returns the text of a secret.
    :param decrypt: Decrypts a password that the catalog encrypted.
    :raises SourceUnreachableError: If the secret is not there or not of Glue's form, or the password cannot
        be decrypted.
    """
    properties = definition["ConnectionProperties"]
    authentication = definition.get("AuthenticationConfiguration", {})
    secret_id = secret_id_of(definition)
    if secret_id:
        return _from_secret(secret_id, secret(secret_id))
    basic = authentication.get("BasicAuthenticationCredentials", {})
    username = properties.get("USERNAME") or basic.get("Username", "")
    password = properties.get("PASSWORD") or basic.get("Password", "")
    if not password and properties.get("ENCRYPTED_PASSWORD"):
        try:
            password = decrypt(properties["ENCRYPTED_PASSWORD"])
        except GlueServiceError as error:
            raise SourceUnreachableError(message=str(error.message)) from error
    return Credentials(username, password)


def secret_id_of(definition: Mapping[str, Any]) -> str:
    """
    Return the name or ARN of a connection's secret; empty if it has none.

    The property ``SECRET_ID`` comes first, then ``SecretArn`` of the authentication configuration.
    """
    named = definition["ConnectionProperties"].get("SECRET_ID")
    return str(named or definition.get("AuthenticationConfiguration", {}).get("SecretArn") or "")


def secret_arn(account_id: str, region_name: str, secret_id: str) -> str:
    """
    Return the ARN of a secret in the local Secrets Manager; the id itself if there is no such secret.

    :param secret_id: Its name or ARN.
    """
    backend: Any = secretsmanager_backends[account_id][region_name]
    held = backend.secrets.get(secret_id)
    return str(held.arn) if held is not None else secret_id


def read_secret(account_id: str, region_name: str, secret_id: str) -> str:
    """
    Return the text of a secret in the local Secrets Manager.

    :param secret_id: Its name or ARN.
    :raises SourceUnreachableError: If there is no such secret, or no text in it.
    """
    backend: Any = secretsmanager_backends[account_id][region_name]
    try:
        return str(backend.get_secret_value(secret_id, None, None)["SecretString"])
    except JsonRESTError as error:
        raise SourceUnreachableError(message=f"Unable to read secret {secret_id}: {error.message}") from error
    except KeyError as error:
        raise SourceUnreachableError(message=f"Unable to read secret {secret_id}: it has no text.") from error


def _from_secret(secret_id: str, text: str) -> Credentials:
    try:
        members = json.loads(text)
        return Credentials(str(members["username"]), str(members["password"]))
    except (ValueError, KeyError, TypeError):
        raise SourceUnreachableError(
            message=f"Secret {secret_id} is not a JSON object with the members username and password."
        ) from None
