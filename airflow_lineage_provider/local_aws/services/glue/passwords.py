"""
Passwords of connections, encrypted with a KMS key where the catalog's settings ask for it.

.. seealso:: AWS Glue Web API Reference, ``ConnectionPasswordEncryption``; AWS Glue Developer Guide,
    "Encrypting connection passwords".
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.models import GlueBackend
from moto.kms.models import kms_backends

from airflow_lineage_provider.local_aws.services.glue.exceptions import GlueEncryptionError

__all__ = ["PasswordEncryption"]

_NO_CONTEXT: dict[str, str] = {}


class PasswordEncryption:
    """
    What one catalog does with the passwords of its connections.

    :param catalog: The catalog, whose ``DataCatalogEncryptionSettings`` decide.
    """

    def __init__(self, catalog: GlueBackend) -> None:
        self._catalog = catalog

    def applied_to(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return a ``ConnectionInput`` with ``ENCRYPTED_PASSWORD`` for ``PASSWORD``, if that is asked for.

        It is while ``ReturnConnectionPasswordEncrypted`` is true. (With a key but without that, AWS encrypts
        what it stores and shows the password; nothing is stored on disk here.)

        :raises GlueEncryptionError: If the key cannot be used.
        """
        properties = dict(definition["ConnectionProperties"])
        settings = self._settings()
        if "PASSWORD" in properties and settings.get("ReturnConnectionPasswordEncrypted"):
            password = properties.pop("PASSWORD")
            properties["ENCRYPTED_PASSWORD"] = self._encrypted(password, settings.get("AwsKmsKeyId") or "")
        return {**definition, "ConnectionProperties": properties}

    def decrypted(self, encrypted: str) -> str:
        """
        Return the password.

        :raises GlueEncryptionError: If it cannot be decrypted: the key is gone, or the text is none of KMS.
        """
        try:
            plain, _ = self._keys().decrypt(base64.b64decode(encrypted), _NO_CONTEXT)
        except (JsonRESTError, KeyError, ValueError) as error:
            raise GlueEncryptionError("The password of the connection cannot be decrypted.") from error
        return bytes(plain).decode()

    def _encrypted(self, password: str, key_id: str) -> str:
        keys = self._keys()
        try:
            key = keys.describe_key(key_id)
            if not key.enabled:
                raise GlueEncryptionError(f"KMS key {key_id} is disabled.")
            encrypted, _ = keys.encrypt(key.id, password.encode(), _NO_CONTEXT)
        except (JsonRESTError, KeyError, AttributeError) as error:  # the last: moto's, for an unknown alias
            raise GlueEncryptionError(
                f"Passwords of connections are to be encrypted with KMS key {key_id or '(none)'}, "
                "which does not exist."
            ) from error
        return base64.b64encode(encrypted).decode()

    def _settings(self) -> Mapping[str, Any]:
        answer = self._catalog.get_data_catalog_encryption_settings(self._catalog.account_id)
        settings: Mapping[str, Any] = answer["DataCatalogEncryptionSettings"]["ConnectionPasswordEncryption"]
        return settings

    def _keys(self) -> Any:
        return kms_backends[self._catalog.account_id][self._catalog.region_name]
