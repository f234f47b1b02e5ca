"""Delete assets and projects of Amazon SageMaker Catalog (the DataZone API)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import (
    AssetsNotDeletedError,
    AwsCallError,
    InvalidArgumentError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.catalog_ids import checked_identifier, checked_identifiers
from airflow_lineage_provider.hooks.catalog_waits import DataSourceRunsOver
from airflow_lineage_provider.operators.catalog_base import CatalogChangeOperator
from airflow_lineage_provider.operators.data_source_base import DataSourceOperator
from airflow_lineage_provider.tasks.aws import aws_template_fields

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience

__all__ = ["DataZoneDeleteAssetsOperator", "DataZoneDeleteProjectOperator"]

_IMPORTED = frozenset({"SUCCEEDED_CREATED", "SUCCEEDED_UPDATED", "UNCHANGED"})
"""What a run says of a table whose asset is its data source's own; a skipped one is somebody else's."""

_PUBLISHED = frozenset({"ACTIVE", "CREATING"})


class DataZoneDeleteAssetsOperator(DataSourceOperator):
    """
    Delete assets, each with all its revisions; published ones are unpublished first.

    They are named, or they are what a data source has imported: the way to clean up whatever became of its
    runs, because a task that failed returns nothing. A run that goes on is waited for, then.

    Safe to run twice: an asset, or a data source, that does not exist is no error. If some cannot be deleted,
    the others are deleted all the same, and the error lists each with the reason. No other asset is touched.

    .. seealso::
        - Guide: :ref:`howto/operator:DataZoneDeleteAssetsOperator`
        - AWS API: `DeleteAsset
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_DeleteAsset.html>`__

    :param domain_identifier: Domain of the assets. (templated)
    :param asset_identifiers: The assets: an id, a list of ids, or what
        :class:`~airflow_lineage_provider.operators.datazone.DataZoneDataSourceRunOperator` returned. Of the
        latter the assets of that data source are deleted, not those that the run passed over because they
        are somebody else's. An empty list deletes nothing. (templated)
    :param data_source_identifier: In its place: the data source whose assets are deleted, as far as its runs
        tell; not those that they passed over. (templated)
    :param project_identifier: Its project, where ``name`` is given in place of its id. (templated)
    :param name: Its name. (templated)
    :param unpublish: Unpublish what is published; ``False`` leaves such assets and fails.
    :param deferrable: Wait in the triggerer. Default: ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: How long a try may take altogether, in seconds or as a timedelta. ``None`` means 15
        minutes, or ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    :returns: A mapping with ``domain_id``, ``deleted``, ``unpublished`` and ``absent``, each a list of ids.
    :raises InvalidArgumentError: If an argument cannot work, or both or neither of assets and data source are
        given; nothing has been called then.
    :raises AssetsNotDeletedError: If some could not be deleted; it lists each.
    :raises CatalogTimeoutError: If a listing did not become inactive in time.
    """

    template_fields = aws_template_fields(
        "domain_identifier", "asset_identifiers", "data_source_identifier", "project_identifier", "name"
    )

    def __init__(
        self,
        *,
        asset_identifiers: Sequence[str] | str | Mapping[str, Any] | XComArg | None = None,
        data_source_identifier: str | None = None,
        project_identifier: str | None = None,
        name: str | None = None,
        unpublish: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.asset_identifiers = asset_identifiers
        self.data_source_identifier = data_source_identifier
        self.project_identifier = project_identifier
        self.name = name
        self.unpublish = unpublish

    def begin(self, context: Context, patience: CatalogPatience) -> dict[str, Any]:
        """Find the assets, and unpublish what is published; wait for a run that may bring more."""
        which = (self.data_source_identifier, self.project_identifier, self.name)
        if which == (None, None, None):
            return self._unpublished(context, patience, self._ids())
        if self.asset_identifiers is not None:
            wanted = "left out where a data source is given"
            raise InvalidArgumentError(
                argument="asset_identifiers", value=self.asset_identifiers, wanted=wanted
            )
        identifier, project, name = which
        source = self.find_meant(patience, identifier=identifier, project=project, name=name)
        if source is None:
            self.log.info("There is no such data source, so nothing is deleted")
            return self._unpublished(context, patience, [])
        data_source = str(source["id"])
        self.log.info("Deleting what data source %s has imported", data_source)
        runs = DataSourceRunsOver(self.domain, data_source)
        seen = self.call(patience, str(runs), lambda: runs.look(self.hook))
        if runs.verdict(seen) is None:
            carried = {"data_source_id": data_source}
            return self.wait_for(context, patience, "data_source_runs_over", [data_source], carried=carried)
        return self._unpublished(context, patience, self._imported(patience, data_source))

    def _unpublished(
        self, context: Context, patience: CatalogPatience, assets: Sequence[str]
    ) -> dict[str, Any]:
        """Look at every asset, unpublish what is published, and wait until that is done."""
        present: list[str] = []
        absent: list[str] = []
        unpublished: list[str] = []
        problems: list[str] = []
        for asset in assets:
            status = self._listing(patience, asset)
            if status is None:
                absent.append(asset)
            elif status not in _PUBLISHED:
                present.append(asset)
            elif not self.unpublish:
                problems.append(f"asset {asset} is published, and unpublish is False")
            elif problem := self._unpublish(context, patience, asset):
                problems.append(problem)
            else:
                present.append(asset)
                unpublished.append(asset)
        carried = {"present": present, "absent": absent, "unpublished": unpublished, "problems": problems}
        return self.wait_for(context, patience, "listing_inactive", unpublished, carried=carried)

    def resume(
        self, context: Context, patience: CatalogPatience, carried: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Go on once the data source's runs are over, or delete what is not published any more."""
        if "data_source_id" in carried:
            imported = self._imported(patience, str(carried["data_source_id"]))
            return self._unpublished(context, patience, imported)
        deleted: list[str] = []
        absent, problems = list(carried["absent"]), list(carried["problems"])
        for asset in carried["present"]:
            try:
                self._delete(patience, asset)
            except ResourceNotFoundError:
                absent.append(asset)
            except AwsCallError as error:
                problems.append(f"asset {asset}: {error.code}: {error.message}")
            else:
                deleted.append(asset)
                self.log.info("Deleted asset %s", asset)
        if problems:
            raise AssetsNotDeletedError(domain_id=self.domain, problems=problems, deleted=len(deleted))
        self.log.info("Deleted %d asset(s), %d did not exist", len(deleted), len(absent))
        return {
            "domain_id": self.domain,
            "deleted": deleted,
            "unpublished": list(carried["unpublished"]),
            "absent": absent,
        }

    def _ids(self) -> list[str]:
        """
        Return the ids of the assets that are meant.

        :raises InvalidArgumentError: If they cannot be ids.
        """
        given: object = self.asset_identifiers
        if isinstance(given, Mapping):
            assets = given.get("assets")
            if not isinstance(assets, list):
                wanted = "ids of assets, or what DataZoneDataSourceRunOperator returned"
                raise InvalidArgumentError(argument="asset_identifiers", value=sorted(given), wanted=wanted)
            given = [
                each["asset_id"] for each in assets if each.get("asset_id") and each["status"] in _IMPORTED
            ]
        if isinstance(given, list | tuple) and not given:
            return []
        return checked_identifiers(given, argument="asset_identifiers", wanted="the id of an asset")

    def _imported(self, patience: CatalogPatience, data_source: str) -> list[str]:
        """Return the assets that the runs of a data source made or updated, each once."""
        thing = f"Data source {data_source}"
        runs = self.call(
            patience, thing, lambda: list(self.hook.list_data_source_runs(self.domain, data_source))
        )
        assets: dict[str, None] = {}
        for run in runs:
            activities = self.call(
                patience,
                thing,
                lambda: list(self.hook.list_data_source_run_activities(self.domain, run["id"])),  # noqa: B023
            )
            for each in activities:
                if each.get("dataAssetId") and each["dataAssetStatus"] in _IMPORTED:
                    assets[str(each["dataAssetId"])] = None
        return list(assets)

    def _listing(self, patience: CatalogPatience, asset: str) -> str | None:
        """Return the state of an asset's listing, empty without one; ``None`` if there is no such asset."""
        try:
            found = self.call(patience, f"Asset {asset}", lambda: self.hook.get_asset(self.domain, asset))
        except ResourceNotFoundError:
            return None
        return str((found.get("listing") or {}).get("listingStatus") or "")

    def _unpublish(self, context: Context, patience: CatalogPatience, asset: str) -> str | None:
        """Unpublish an asset; return what is wrong if that is refused."""
        token = self.token(context, "unpublish", asset)
        try:
            self.call(
                patience,
                f"Asset {asset}",
                lambda: self.hook.unpublish_asset(self.domain, asset, client_token=token),
            )
        except AwsCallError as error:
            if self._listing(patience, asset) not in _PUBLISHED:
                return None  # somebody else was quicker
            return f"asset {asset} could not be unpublished: {error.code}: {error.message}"
        self.log.info("Unpublishing asset %s", asset)
        return None

    def _delete(self, patience: CatalogPatience, asset: str) -> None:
        """
        Delete an asset.

        :raises AwsCallError: If that is refused, or there is no such asset any more.
        """
        attempts = 0

        def delete() -> None:
            nonlocal attempts
            attempts += 1
            try:
                self.hook.delete_asset(self.domain, asset)
            except ResourceNotFoundError:
                if attempts == 1:
                    raise  # else the reply of an attempt before was lost

        self.call(patience, f"Asset {asset}", delete)


class DataZoneDeleteProjectOperator(CatalogChangeOperator):
    """
    Delete a project and wait until it is gone.

    Safe to run twice: a project that does not exist is no error. AWS refuses to delete a project that still
    owns something unless the check is skipped.

    .. seealso::
        - Guide: :ref:`howto/operator:DataZoneDeleteProjectOperator`
        - AWS API: `DeleteProject
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_DeleteProject.html>`__

    :param domain_identifier: Domain of the project. (templated)
    :param project_identifier: The project. (templated)
    :param skip_deletion_check: Delete everything that the project owns with it: data sources, assets,
        connections.
    :param deferrable: Wait in the triggerer. Default: ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: How long a try may take altogether, in seconds or as a timedelta. ``None`` means 15
        minutes, or ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    :returns: A mapping with ``domain_id``, ``project_id`` and ``deleted``: whether this task deleted it.
    :raises InvalidArgumentError: If an argument cannot work; nothing has been called then.
    :raises RequestInvalidError: If the project owns something and the check is not skipped.
    :raises CatalogThingFailedError: If it could not be deleted; it says why.
    :raises CatalogTimeoutError: If it took too long.
    """

    template_fields = aws_template_fields("domain_identifier", "project_identifier")

    def __init__(self, *, project_identifier: str, skip_deletion_check: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project_identifier = project_identifier
        self.skip_deletion_check = skip_deletion_check

    def begin(self, context: Context, patience: CatalogPatience) -> dict[str, Any]:
        """Delete the project, unless that is under way already, and wait until it is gone."""
        domain = self.domain
        project = checked_identifier(
            self.project_identifier, argument="project_identifier", wanted="the id of a project"
        )
        thing = f"Project {project}"
        try:
            found = self.call(patience, thing, lambda: self.hook.get_project(domain, project))
            is_going = found.get("projectStatus") == "DELETING"
            if not is_going:
                self.call(
                    patience,
                    thing,
                    lambda: self.hook.delete_project(
                        domain, project, skip_deletion_check=self.skip_deletion_check
                    ),
                )
                self.log.info("Deleting project %s", project)
        except ResourceNotFoundError:
            self.log.info("There is no project %s, so nothing is deleted", project)
            return {"domain_id": domain, "project_id": project, "deleted": False}
        return self.wait_for(context, patience, "project_gone", [project], carried={"deleted": not is_going})

    def resume(
        self,
        context: Context,  # noqa: ARG002
        patience: CatalogPatience,  # noqa: ARG002
        carried: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return that the project is gone."""
        self.log.info("Project %s is gone", self.project_identifier)
        return {
            "domain_id": self.domain,
            "project_id": self.project_identifier,
            "deleted": carried["deleted"],
        }
