"""Who asks, and where: what every operation gets besides its input."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from moto.core.utils import get_service_model

from airflow_lineage_provider.lineage import partition_of
from airflow_lineage_provider.local_aws.services.datazone.assumptions import SYSTEM_PRINCIPAL
from airflow_lineage_provider.local_aws.services.datazone.exceptions import (
    AccessDeniedError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.local_aws.services.datazone.state import Domain, Project, Reply, Request
from airflow_lineage_provider.local_aws.services.datazone.throttling import Throttle
from airflow_lineage_provider.local_aws.services.datazone.timeline import Timeline
from airflow_lineage_provider.local_aws.services.datazone.tokens import ClientTokens

__all__ = ["Catalog", "Context", "Operation"]


class Catalog:
    """The domains of one account in one Region; everything in it changes under ``lock``."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.partition = partition_of(region)
        self.lock = threading.RLock()
        self.timeline = Timeline(self.lock)
        self.tokens = ClientTokens()
        self.throttle = Throttle()
        self.domains: dict[str, Domain] = {}

    def user_role(self, project_id: str | None, environment_id: str | None) -> str:
        """Return the ARN of the role that works for the users of a project."""
        name = f"datazone_usr_role_{project_id}_{environment_id}"
        return f"arn:{self.partition}:iam::{self.account_id}:role/{name}"


@dataclass(frozen=True, slots=True)
class Context:
    """
    One call.

    :param principal: ARN of the caller.
    :param operation: Name of the operation.
    """

    catalog: Catalog
    principal: str = SYSTEM_PRINCIPAL
    operation: str = field(default="", kw_only=True)

    def as_system(self) -> Context:
        """Return the same place with the service itself as the caller."""
        return replace(self, principal=SYSTEM_PRINCIPAL)

    def domain(self, identifier: str) -> Domain:
        """
        Return a domain.

        :raises ResourceNotFoundError: If there is none with this id.
        :raises AccessDeniedError: The same, where the operation has no such error.
        """
        found = self.catalog.domains.get(identifier)
        if found is not None:
            return found
        if self.operation and not _may_say_not_found(self.operation):
            raise AccessDeniedError(
                f"User is not permitted to perform operation: {self.operation} in domain {identifier}"
            )
        raise ResourceNotFoundError(f"Domain {identifier} does not exist")

    def project(self, domain: Domain, identifier: str) -> Project:
        """
        Return a project of ``domain``.

        :raises ResourceNotFoundError: If there is none with this id.
        """
        found = domain.projects.get(identifier)
        if found is None:
            raise ResourceNotFoundError(f"Project {identifier} does not exist in domain {domain.id}")
        return found

    def environment(self, domain: Domain, identifier: str) -> Project:
        """
        Return the project that an environment belongs to; a project here has one.

        :raises ResourceNotFoundError: If there is no environment with this id.
        """
        for project in domain.projects.values():
            if project.environment_id == identifier:
                return project
        raise ResourceNotFoundError(f"Environment {identifier} does not exist in domain {domain.id}")

    def domain_unit(self, domain: Domain, identifier: str | None) -> str:
        """
        Return the id of a domain unit, the root's by default.

        :raises ResourceNotFoundError: If there is none with this id.
        """
        if identifier is None:
            return domain.root_unit_id
        if identifier not in domain.units:
            raise ResourceNotFoundError(f"Domain unit {identifier} does not exist in domain {domain.id}")
        return identifier


@cache
def _may_say_not_found(operation: str) -> bool:
    """Tell whether the errors that the service model lists for an operation include a missing resource."""
    errors = get_service_model("datazone").operation_model(operation).error_shapes
    return any(each.name == "ResourceNotFoundException" for each in errors)


Operation = Callable[[Context, Request], Reply]
