"""Typed calls to the Amazon DataZone API, which is behind Amazon SageMaker Catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from airflow_lineage_provider.hooks.base import LineageAwsHook, map_client_error

__all__ = ["DataZoneHook"]

_PAGE = 50  # the most the API gives at once


class DataZoneHook(LineageAwsHook):
    """
    Call the DataZone API through an Airflow connection.

    One method is one API operation; what begins with ``list_`` yields the items of all pages. Answers are
    those of boto3. Every error is an :class:`~airflow_lineage_provider.exceptions.AwsCallError` that names
    what was asked for.

    .. seealso::
        AWS API: `Amazon DataZone <https://docs.aws.amazon.com/datazone/latest/APIReference/Welcome.html>`__
    """

    service: ClassVar[str] = "datazone"

    def get_data_source(self, domain_identifier: str, data_source_identifier: str) -> dict[str, Any]:
        """Return a data source (GetDataSource)."""
        return self.call(
            "get_data_source",
            subject=f"data source {data_source_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=data_source_identifier,
        )

    def list_data_sources(
        self, domain_identifier: str, project_identifier: str, *, name: str
    ) -> Iterator[dict[str, Any]]:
        """Yield summaries of the data sources of a project that have a name (ListDataSources)."""
        return self._items(
            "list_data_sources",
            "items",
            subject=f"data sources of project {project_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            projectIdentifier=project_identifier,
            name=name,
        )

    def create_data_source(
        self, domain_identifier: str, request: Mapping[str, Any], *, client_token: str
    ) -> dict[str, Any]:
        """Make a data source (CreateDataSource); the same token gives the same one."""
        return self.call(
            "create_data_source",
            subject=f"data source {request.get('name')!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            clientToken=client_token,
            **request,
        )

    def delete_data_source(self, domain_identifier: str, data_source_identifier: str) -> dict[str, Any]:
        """Delete a data source (DeleteDataSource); the assets that it made stay."""
        return self.call(
            "delete_data_source",
            subject=f"data source {data_source_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=data_source_identifier,
        )

    def list_catalog_connections(
        self, domain_identifier: str, project_identifier: str, *, name: str
    ) -> Iterator[dict[str, Any]]:
        """Yield summaries of the connections of a project that have a name (ListConnections)."""
        return self._items(
            "list_connections",
            "items",
            subject=f"connections of project {project_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            projectIdentifier=project_identifier,
            name=name,
        )

    def get_project(self, domain_identifier: str, project_identifier: str) -> dict[str, Any]:
        """Return a project (GetProject)."""
        return self.call(
            "get_project",
            subject=f"project {project_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=project_identifier,
        )

    def delete_project(
        self, domain_identifier: str, project_identifier: str, *, skip_deletion_check: bool
    ) -> dict[str, Any]:
        """Delete a project (DeleteProject); without the check, with everything that it owns."""
        return self.call(
            "delete_project",
            subject=f"project {project_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=project_identifier,
            skipDeletionCheck=skip_deletion_check,
        )

    def get_catalog_connection(self, domain_identifier: str, connection_identifier: str) -> dict[str, Any]:
        """Return a connection (GetConnection); the plain name belongs to Airflow's own connections."""
        return self.call(
            "get_connection",
            subject=f"connection {connection_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=connection_identifier,
        )

    def update_catalog_connection(
        self, domain_identifier: str, connection_identifier: str, props: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Change properties of a connection (UpdateConnection); ``props`` has exactly one member."""
        return self.call(
            "update_connection",
            subject=f"connection {connection_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=connection_identifier,
            props=dict(props),
        )

    def start_data_source_run(
        self, domain_identifier: str, data_source_identifier: str, *, client_token: str
    ) -> dict[str, Any]:
        """Start a data-source run (StartDataSourceRun); the same token gives the same run."""
        return self.call(
            "start_data_source_run",
            subject=f"data source {data_source_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            dataSourceIdentifier=data_source_identifier,
            clientToken=client_token,
        )

    def get_data_source_run(self, domain_identifier: str, run_identifier: str) -> dict[str, Any]:
        """Return a data-source run with the state of its lineage import (GetDataSourceRun)."""
        return self.call(
            "get_data_source_run",
            subject=f"data-source run {run_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=run_identifier,
        )

    def list_data_source_runs_page(
        self, domain_identifier: str, data_source_identifier: str, *, next_token: str | None = None
    ) -> dict[str, Any]:
        """Return one page of a data source's runs with the reply's metadata (ListDataSourceRuns)."""
        return self.call(
            "list_data_source_runs",
            subject=f"data source {data_source_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            dataSourceIdentifier=data_source_identifier,
            maxResults=_PAGE,
            **({"nextToken": next_token} if next_token else {}),
        )

    def list_data_source_runs(
        self, domain_identifier: str, data_source_identifier: str
    ) -> Iterator[dict[str, Any]]:
        """Yield summaries of all runs of a data source (ListDataSourceRuns)."""
        return self._items(
            "list_data_source_runs",
            "items",
            subject=f"data source {data_source_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            dataSourceIdentifier=data_source_identifier,
        )

    def list_data_source_run_activities(
        self, domain_identifier: str, run_identifier: str
    ) -> Iterator[dict[str, Any]]:
        """Yield what a run did with each table (ListDataSourceRunActivities)."""
        return self._items(
            "list_data_source_run_activities",
            "items",
            subject=f"data-source run {run_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=run_identifier,
        )

    def get_lineage_node(
        self, domain_identifier: str, identifier: str, *, event_timestamp: datetime | None = None
    ) -> dict[str, Any]:
        """
        Return one version of a lineage node with its immediate neighbours (GetLineageNode).

        :param domain_identifier: The domain.
        :param identifier: Node id or source identifier.
        :param event_timestamp: Event time of the version; ``None`` for the newest.
        """
        return self.call(
            "get_lineage_node",
            subject=f"lineage node {identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=identifier,
            **({"eventTimestamp": event_timestamp} if event_timestamp else {}),
        )

    def list_lineage_node_history(
        self,
        domain_identifier: str,
        identifier: str,
        *,
        direction: str | None = None,
        not_after: datetime | None = None,
        page_size: int = _PAGE,
    ) -> Iterator[dict[str, Any]]:
        """
        Yield the versions of a lineage node, newest first (ListLineageNodeHistory).

        :param domain_identifier: The domain.
        :param identifier: Node id or source identifier.
        :param direction: ``UPSTREAM`` or ``DOWNSTREAM`` yields only versions with neighbours on that side.
        :param not_after: Leave out versions with a later event time.
        :param page_size: How many to ask for at once, 1 to 50.
        """
        return self._items(
            "list_lineage_node_history",
            "nodes",
            subject=f"lineage node {identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=identifier,
            sortOrder="DESCENDING",
            maxResults=page_size,
            **({"direction": direction} if direction else {}),
            **({"eventTimestampLTE": not_after} if not_after else {}),
        )

    def query_graph(
        self, domain_identifier: str, identifier: str, *, direction: str, hops: int = 2
    ) -> Iterator[dict[str, Any]]:
        """
        Yield the nodes around one, over all versions, with the ids of their neighbours (QueryGraph).

        :param domain_identifier: The domain.
        :param identifier: Node id or source identifier.
        :param direction: ``IN`` for what is upstream, ``OUT`` for what is downstream.
        :param hops: How many edges to go, 1 to 5; a dataset is two away from the one it was made of.
        """
        relation = {"relationType": "LINEAGE", "relationDirection": direction, "maxPathLength": hops}
        items = self._items(
            "query_graph",
            "items",
            subject=f"lineage node {identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            match=[
                {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": identifier}},
                {"relationPattern": relation},
            ],
        )
        return (item["lineageNode"] for item in items if "lineageNode" in item)

    def get_lineage_event(self, domain_identifier: str, event_identifier: str) -> dict[str, Any]:
        """Return a lineage event (GetLineageEvent) with its payload as bytes under ``event``."""
        subject = f"lineage event {event_identifier!r} of domain {domain_identifier!r}"
        answer = self.call(
            "get_lineage_event",
            subject=subject,
            domainIdentifier=domain_identifier,
            identifier=event_identifier,
        )
        try:
            payload = answer["event"].read()
        except (ClientError, BotoCoreError) as error:
            raise map_client_error(self.service, "GetLineageEvent", error, subject) from error
        return {**answer, "event": payload}

    def lineage_event_state(self, domain_identifier: str, event_identifier: str) -> dict[str, Any]:
        """Return what is known of a lineage event; its payload is not read (GetLineageEvent)."""
        answer = self.call(
            "get_lineage_event",
            subject=f"lineage event {event_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=event_identifier,
        )
        answer.pop("event").close()
        return answer

    def post_lineage_event(self, domain_identifier: str, event: bytes, *, client_token: str) -> str:
        """Post a lineage event and return its id (PostLineageEvent); the same token gives the same event."""
        answer = self.call(
            "post_lineage_event",
            subject=f"a lineage event of {len(event)} bytes for domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            event=event,
            clientToken=client_token,
        )
        return str(answer["id"])

    def list_lineage_events(
        self, domain_identifier: str, *, after: datetime, before: datetime
    ) -> Iterator[dict[str, Any]]:
        """Yield summaries of the events between two event times, both excluded (ListLineageEvents)."""
        return self._items(
            "list_lineage_events",
            "items",
            subject=f"lineage events of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            timestampAfter=after,
            timestampBefore=before,
        )

    def get_asset(self, domain_identifier: str, asset_identifier: str) -> dict[str, Any]:
        """Return the newest revision of an asset (GetAsset)."""
        return self.call(
            "get_asset",
            subject=f"asset {asset_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=asset_identifier,
        )

    def unpublish_asset(
        self, domain_identifier: str, asset_identifier: str, *, client_token: str
    ) -> dict[str, Any]:
        """Take an asset out of the catalog; it stays in the inventory (CreateListingChangeSet)."""
        return self.call(
            "create_listing_change_set",
            subject=f"asset {asset_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            entityIdentifier=asset_identifier,
            entityType="ASSET",
            action="UNPUBLISH",
            clientToken=client_token,
        )

    def delete_asset(self, domain_identifier: str, asset_identifier: str) -> dict[str, Any]:
        """Delete an asset with all its revisions (DeleteAsset)."""
        return self.call(
            "delete_asset",
            subject=f"asset {asset_identifier!r} of domain {domain_identifier!r}",
            domainIdentifier=domain_identifier,
            identifier=asset_identifier,
        )

    def _items(self, operation: str, member: str, *, subject: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the items of all pages, one call per page and only as far as they are asked for."""
        params.setdefault("maxResults", _PAGE)
        while True:
            page = self.call(operation, subject=subject, **params)
            yield from page.get(member, ())
            if not page.get("nextToken"):
                return
            params["nextToken"] = page["nextToken"]
