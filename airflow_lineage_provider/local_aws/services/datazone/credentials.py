"""Credentials of a project's role, from the stack's own STS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.sts.models import sts_backends

from airflow_lineage_provider.local_aws.services.datazone.context import Context

__all__ = ["role_credentials"]

_HOUR_SECONDS = 3600


def role_credentials(context: Context, role_arn: str, session: str) -> dict[str, Any]:
    """
    Return credentials that work as a role for an hour.

    :param session: Name of the session.
    """
    catalog = context.catalog
    backend = sts_backends[catalog.account_id][catalog.partition]
    assumed = backend.assume_role(
        region_name=catalog.region,
        role_session_name=session,
        role_arn=role_arn,
        policy="",
        duration=_HOUR_SECONDS,
        external_id="",
    )
    expiration: datetime = assumed.expiration
    return {
        "accessKeyId": assumed.access_key_id,
        "secretAccessKey": assumed.secret_access_key,
        "sessionToken": assumed.session_token,
        "expiration": expiration.replace(tzinfo=UTC),
    }
