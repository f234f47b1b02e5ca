"""
Which operations of Glue, DataZone and CloudFormation the stack has, and how faithful each is.

The lists come from the code that answers the calls and from botocore's models, so they cannot fall behind;
what a person must know about an operation stands in
:mod:`~airflow_lineage_provider.local_aws.coverage_notes`. The other services are moto's, whose own
documentation lists their operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import botocore.session
from moto.core.utils import camelcase_to_underscores, method_names_from_class

from airflow_lineage_provider.local_aws.coverage_notes import APPROXIMATIONS

__all__ = ["COVERED_SERVICES", "Fidelity", "OperationCoverage", "operation_coverage"]

COVERED_SERVICES = ("glue", "datazone", "cloudformation")
_OURS = "airflow_lineage_provider."


class Fidelity(Enum):
    """How an operation behaves compared with AWS."""

    REAL = "real"
    APPROXIMATED = "approximated"
    MOTO = "moto's"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """One operation: its name in the API, how faithful it is, and what to know about it."""

    operation: str
    fidelity: Fidelity
    note: str = ""


def operation_coverage(service: str) -> tuple[OperationCoverage, ...]:
    """
    Return every operation of a service's model, by name.

    :param service: One of :data:`COVERED_SERVICES`.
    :raises ValueError: If it is another service.
    """
    if service not in COVERED_SERVICES:
        raise ValueError(f"unknown service {service!r}; known: {', '.join(COVERED_SERVICES)}")
    names = botocore.session.get_session().get_service_model(service).operation_names
    origins = _ORIGINS[service]()
    return tuple(_coverage(service, name, origins.get(name)) for name in sorted(names))


def _coverage(service: str, name: str, origin: Fidelity | None) -> OperationCoverage:
    note = APPROXIMATIONS.get(service, {}).get(name, "")
    if origin is None:
        return OperationCoverage(name, Fidelity.MISSING)
    if origin is Fidelity.REAL and note:
        return OperationCoverage(name, Fidelity.APPROXIMATED, note)
    return OperationCoverage(name, origin, note)


def _glue_origins() -> dict[str, Fidelity]:
    """Return who answers each operation of Glue that is answered."""
    from airflow_lineage_provider.local_aws.services.glue.responses import CrawlingGlueResponse

    methods = method_names_from_class(CrawlingGlueResponse)
    names = botocore.session.get_session().get_service_model("glue").operation_names
    origins = {}
    for name in names:
        method = camelcase_to_underscores(name)
        if method in methods:
            owner = next(kind for kind in CrawlingGlueResponse.__mro__ if method in vars(kind))
            origins[name] = Fidelity.REAL if owner.__module__.startswith(_OURS) else Fidelity.MOTO
    return origins


def _datazone_origins() -> dict[str, Fidelity]:
    from airflow_lineage_provider.local_aws.services.datazone.operations import OPERATIONS

    return dict.fromkeys(OPERATIONS, Fidelity.REAL)


def _cloudformation_origins() -> dict[str, Fidelity]:
    from airflow_lineage_provider.local_aws.services.cloudformation.responses import OPERATIONS

    return dict.fromkeys(OPERATIONS, Fidelity.REAL)


_ORIGINS = {
    "glue": _glue_origins,
    "datazone": _datazone_origins,
    "cloudformation": _cloudformation_origins,
}
