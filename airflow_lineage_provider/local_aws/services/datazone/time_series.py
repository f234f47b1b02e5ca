"""
Time series: what is measured of assets and listings again and again, above all the quality of data.

Nothing is measured here; what is posted is kept and given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services.datazone.assets import existing_asset
from airflow_lineage_provider.local_aws.services.datazone.context import Context, Operation
from airflow_lineage_provider.local_aws.services.datazone.custom_types import form_type
from airflow_lineage_provider.local_aws.services.datazone.data_points import (
    describe_point,
    summarize_point,
)
from airflow_lineage_provider.local_aws.services.datazone.exceptions import ResourceNotFoundError
from airflow_lineage_provider.local_aws.services.datazone.form_types import check_form
from airflow_lineage_provider.local_aws.services.datazone.listings import existing_listing
from airflow_lineage_provider.local_aws.services.datazone.paging import Key, PageRequest
from airflow_lineage_provider.local_aws.services.datazone.state import DataPoint, Domain, Reply, Request

__all__ = ["OPERATIONS"]


def post_time_series_data_points(context: Context, request: Request) -> Reply:
    """Keep data points, each a form at a time."""
    domain = context.domain(request["domainIdentifier"])
    entity = _entity(domain, request)

    def add() -> str:
        points = [_read(domain, given) for given in request["forms"]]
        held = domain.data_points.setdefault(entity, [])
        held.extend(points)
        held.sort(key=_age)
        return ",".join(point.id for point in points)

    identifiers = domain.tokens.once("PostTimeSeriesDataPoints", request, add).split(",")
    known = {point.id: point for point in domain.data_points.get(entity, [])}
    return {
        **_address(domain, request),
        "forms": [describe_point(known[each]) for each in identifiers if each in known],
    }


def get_time_series_data_point(context: Context, request: Request) -> Reply:
    """Describe one data point."""
    domain = context.domain(request["domainIdentifier"])
    for point in domain.data_points.get(_entity(domain, request), []):
        if (point.id, point.form_name) == (request["identifier"], request["formName"]):
            return {
                **_address(domain, request),
                "formName": point.form_name,
                "form": describe_point(point),
            }
    raise ResourceNotFoundError(
        f"Data point {request['identifier']} of form {request['formName']} does not exist"
    )


def list_time_series_data_points(context: Context, request: Request) -> Reply:
    """List the data points of a form, newest first."""
    domain = context.domain(request["domainIdentifier"])
    page = PageRequest.of("ListTimeSeriesDataPoints", request)
    since, until = request.get("startedAt"), request.get("endedAt")
    found = [
        point
        for point in domain.data_points.get(_entity(domain, request), [])
        if point.form_name == request["formName"] and _within(point.at, since, until)
    ]
    cut = page.cut(found, _age, descending=True)
    return cut.reply("items", [summarize_point(point) for point in cut.items])


def delete_time_series_data_points(context: Context, request: Request) -> Reply:
    """Delete all data points of a form."""
    domain = context.domain(request["domainIdentifier"])
    entity = _entity(domain, request)

    def remove() -> str:
        held = domain.data_points.get(entity, [])
        domain.data_points[entity] = [each for each in held if each.form_name != request["formName"]]
        return str(request["formName"])

    domain.tokens.once("DeleteTimeSeriesDataPoints", request, remove)
    return {}


def _entity(domain: Domain, request: Request) -> tuple[str, str]:
    """
    Return what a request is about.

    :raises ResourceNotFoundError: If it does not exist.
    """
    kind, identifier = request["entityType"], request["entityIdentifier"]
    found = existing_asset if kind == "ASSET" else existing_listing
    return kind, found(domain, identifier).id


def _read(domain: Domain, given: Mapping[str, Any]) -> DataPoint:
    kind = form_type(domain, given["typeIdentifier"])
    content = given.get("content", "{}")
    check_form(given["formName"], kind, content, given.get("typeRevision"))
    return DataPoint(
        RUNTIME.new_id(), given["formName"], kind.name, kind.revision, given["timestamp"], content
    )


def _within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or moment >= since) and (until is None or moment <= until)


def _age(point: DataPoint) -> Key:
    return point.at.isoformat(timespec="microseconds"), point.id


def _address(domain: Domain, request: Request) -> Reply:
    return {
        "domainId": domain.id,
        "entityId": request["entityIdentifier"],
        "entityType": request["entityType"],
    }


OPERATIONS: dict[str, Operation] = {
    "PostTimeSeriesDataPoints": post_time_series_data_points,
    "GetTimeSeriesDataPoint": get_time_series_data_point,
    "ListTimeSeriesDataPoints": list_time_series_data_points,
    "DeleteTimeSeriesDataPoints": delete_time_series_data_points,
}
