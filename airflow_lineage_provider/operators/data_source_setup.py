"""Make and delete data sources of Amazon SageMaker Catalog (the DataZone API)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import (
    AwsCallError,
    DataSourceDiffersError,
    InvalidArgumentError,
    ResourceNotFoundError,
)
from airflow_lineage_provider.hooks.catalog_ids import checked_identifier
from airflow_lineage_provider.hooks.data_source_request import differences, glue_configuration
from airflow_lineage_provider.links.datazone import DataZoneProjectLink, project_url
from airflow_lineage_provider.operators.data_source_base import (
    DataSourceOperator,
    checked_name,
    checked_project,
)
from airflow_lineage_provider.tasks.aws import aws_template_fields

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience

__all__ = ["DataZoneCreateDataSourceOperator", "DataZoneDeleteDataSourceOperator"]

_LAKEHOUSES = ("project.default_lakehouse", "default.catalog")
"""What a project's own lakehouse connection is called: by domains with Identity Center, and with IAM."""

_IF_DIFFERENT = ("adopt", "fail")
_NO_SOURCE = "0" * 14


class DataZoneCreateDataSourceOperator(DataSourceOperator):
    """
    Make a Glue data source in a project, or adopt the one that has its name, and wait until it can be run.

    Safe to run twice: a data source of that name in the project is taken as it is. What differs from the
    arguments is logged and returned, and nothing is changed.

    .. seealso::
        - Guide: :ref:`howto/operator:DataZoneCreateDataSourceOperator`
        - AWS API: `CreateDataSource
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_CreateDataSource.html>`__

    :param domain_identifier: Domain of the project. (templated)
    :param project_identifier: Project that the data source shall belong to. (templated)
    :param name: What it shall be called. (templated)
    :param databases: Glue databases, all of whose tables shall be imported: a name or a list. (templated)
    :param configuration: The whole ``configuration`` of CreateDataSource, in place of ``databases``.
        (templated)
    :param connection_identifier: The connection; ``None`` takes the project's own lakehouse connection.
        (templated)
    :param environment_identifier: The environment, in domains of Amazon DataZone that have no connections.
        (templated)
    :param options: Further members of CreateDataSource, such as
        ``{"publishOnImport": True, "schedule": {"schedule": "cron(7 22 * * ? *)"}}``. (templated)
    :param if_different: What to do if the one that exists differs: ``adopt`` it all the same, or ``fail``.
    :param deferrable: Wait in the triggerer. Default: ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: How long a try may take altogether, in seconds or as a timedelta. ``None`` means 15
        minutes, or ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    :returns: A mapping with ``domain_id``, ``project_id``, ``data_source_id``, ``name``, ``connection_id``,
        ``status``, ``created`` and ``differences``, one sentence each.
    :raises InvalidArgumentError: If an argument cannot work.
    :raises DataSourceDiffersError: If ``if_different`` is ``fail`` and the one that exists differs.
    :raises CatalogThingFailedError: If it could not be made; it says why.
    :raises CatalogTimeoutError: If it took too long.
    """

    template_fields = aws_template_fields(
        "domain_identifier",
        "project_identifier",
        "name",
        "databases",
        "configuration",
        "connection_identifier",
        "environment_identifier",
        "options",
    )
    operator_extra_links = (DataZoneProjectLink(),)

    def __init__(
        self,
        *,
        project_identifier: str,
        name: str,
        databases: Sequence[str] | str | XComArg | None = None,
        configuration: Mapping[str, Any] | None = None,
        connection_identifier: str | None = None,
        environment_identifier: str | None = None,
        options: Mapping[str, Any] | None = None,
        if_different: str = "adopt",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_identifier = project_identifier
        self.name = name
        self.databases = databases
        self.configuration = configuration
        self.connection_identifier = connection_identifier
        self.environment_identifier = environment_identifier
        self.options = options
        self.if_different = if_different

    def begin(self, context: Context, patience: CatalogPatience) -> dict[str, Any]:
        """Find the data source, or make it, and wait for it."""
        request = self._request()
        self._push_link(context, request["projectIdentifier"])
        request |= self._place(patience, request["projectIdentifier"])
        found = self.find(patience, request["projectIdentifier"], request["name"])
        if found is None:
            with suppress(ResourceNotFoundError):  # nothing is made that could not be watched
                self.call(
                    patience, "A data source", lambda: self.hook.get_data_source(self.domain, _NO_SOURCE)
                )
            try:
                return self._created(context, patience, request)
            except AwsCallError as error:
                if error.code != "ConflictException":
                    raise
                found = self.find(patience, request["projectIdentifier"], request["name"])
                if found is None:
                    raise
        if found["status"] == "DELETING":
            self.log.info("Waiting until the data source that had this name is gone: %s", found["id"])
            return self.wait_for(
                context, patience, "data_source_gone", [str(found["id"])], carried={"is_in_the_way": True}
            )
        return self._adopted(context, patience, request, found)

    def resume(
        self, context: Context, patience: CatalogPatience, carried: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the data source that is ready, or make it after another one is gone."""
        if carried.get("is_in_the_way"):
            return self.begin(context, patience)
        made = self.read(patience, carried["data_source_id"]) or {}
        result = {
            "domain_id": self.domain,
            "project_id": checked_project(self.project_identifier),
            "data_source_id": carried["data_source_id"],
            "name": checked_name(self.name),
            "connection_id": made.get("connectionId"),
            "status": made.get("status"),
            "created": carried["created"],
            "differences": carried["differences"],
        }
        self.log.info("Data source %s (%r) is %s", result["data_source_id"], self.name, result["status"])
        return result

    def _push_link(self, context: Context, project: str) -> None:
        """Push the address of the project."""
        url = project_url(domain_id=self.domain, project_id=project, region=self.hook.place()[0])
        DataZoneProjectLink.push(context, url)

    def _created(
        self, context: Context, patience: CatalogPatience, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Make the data source and wait until it can be run."""
        content = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
        tries = getattr(context.get("ti"), "try_number", 1)
        made = ""
        try:
            made = self._make(patience, request, self.token(context, content))
            is_gone = tries > 1 and self.read(patience, made) is None
        except ResourceNotFoundError:
            if tries == 1:
                raise
            is_gone = True
        if is_gone:  # an earlier try made one that was deleted since: its token gives that one back
            made = self._make(patience, request, self.token(context, content, tries))
        self.log.info("Created data source %s (%r)", made, request["name"])
        return self._awaited(context, patience, made, created=True, told=[])

    def _make(self, patience: CatalogPatience, request: Mapping[str, Any], token: str) -> str:
        """Make a data source, or get the one that the token made before; return its id."""
        made = self.call(
            patience,
            f"Data source {request['name']!r}",
            lambda: self.hook.create_data_source(self.domain, request, client_token=token),
        )
        return str(made["id"])

    def _adopted(
        self,
        context: Context,
        patience: CatalogPatience,
        request: Mapping[str, Any],
        found: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Take a data source that exists as it is, and say what differs."""
        told = differences(request, found)
        if told and self.if_different == "fail":
            raise DataSourceDiffersError(
                domain_id=self.domain,
                data_source_id=str(found["id"]),
                name=request["name"],
                differences=told,
            )
        self.log.info("Data source %s (%r) exists", found["id"], request["name"])
        for difference in told:
            self.log.warning("It differs, and is not changed: %s", difference)
        return self._awaited(context, patience, str(found["id"]), created=False, told=told)

    def _awaited(
        self, context: Context, patience: CatalogPatience, identifier: str, *, created: bool, told: list[str]
    ) -> dict[str, Any]:
        """Wait until the data source can be run."""
        carried = {"data_source_id": identifier, "created": created, "differences": told}
        return self.wait_for(context, patience, "data_source_ready", [identifier], carried=carried)

    def _request(self) -> dict[str, Any]:
        """
        Make the request of the arguments, but for the connection.

        :raises InvalidArgumentError: If an argument cannot work.
        """
        if self.if_different not in _IF_DIFFERENT:
            raise InvalidArgumentError(
                argument="if_different", value=self.if_different, wanted="'adopt' or 'fail'"
            )
        options: object = self.options or {}
        if not isinstance(options, Mapping):
            raise InvalidArgumentError(argument="options", value=options, wanted="a mapping")
        return {
            "type": "GLUE",
            **options,
            "projectIdentifier": checked_project(self.project_identifier),
            "name": checked_name(self.name),
            "configuration": self._configuration(),
        }

    def _configuration(self) -> Mapping[str, Any]:
        """
        Return what is imported.

        :raises InvalidArgumentError: If not exactly one of ``databases`` and ``configuration`` is given.
        """
        names: Any = [self.databases] if isinstance(self.databases, str) else self.databases
        if (self.databases is None) == (self.configuration is None):
            wanted = "given, or configuration, but not both"
            raise InvalidArgumentError(argument="databases", value=self.databases, wanted=wanted)
        if self.configuration is not None:
            return self.configuration
        if (
            not isinstance(names, list | tuple)
            or not names
            or not all(isinstance(n, str) and n for n in names)
        ):
            wanted = "the name of a Glue database, or a list of names"
            raise InvalidArgumentError(argument="databases", value=self.databases, wanted=wanted)
        return glue_configuration(names)

    def _place(self, patience: CatalogPatience, project: str) -> dict[str, str]:
        """
        Return the connection or environment.

        :raises InvalidArgumentError: If none is given and the project has no lakehouse connection.
        """
        for argument, member in (
            ("connection_identifier", "connectionIdentifier"),
            ("environment_identifier", "environmentIdentifier"),
        ):
            given = getattr(self, argument)
            if given is not None:
                return {member: checked_identifier(given, argument=argument, wanted="an id")}
        for name in _LAKEHOUSES:
            listed = self.call(
                patience,
                f"Connection {name!r}",
                lambda: list(self.hook.list_catalog_connections(self.domain, project, name=name)),  # noqa: B023
            )
            for each in listed:
                if each.get("name") == name:
                    return {"connectionIdentifier": str(each["connectionId"])}
        raise InvalidArgumentError(
            argument="connection_identifier",
            value=None,
            wanted=f"given: project {project} has no connection {' or '.join(map(repr, _LAKEHOUSES))}",
        )


class DataZoneDeleteDataSourceOperator(DataSourceOperator):
    """
    Delete a data source and wait until it is gone; the assets that it imported stay.

    Safe to run twice: a data source that does not exist is no error. A run that goes on is waited for, and so
    is somebody else's deletion.

    .. seealso::
        - Guide: :ref:`howto/operator:DataZoneDeleteDataSourceOperator`
        - AWS API: `DeleteDataSource
          <https://docs.aws.amazon.com/datazone/latest/APIReference/API_DeleteDataSource.html>`__

    :param domain_identifier: Domain of the data source. (templated)
    :param data_source_identifier: The data source. (templated)
    :param project_identifier: Its project, where ``name`` is given in place of its id. (templated)
    :param name: Its name. (templated)
    :param deferrable: Wait in the triggerer. Default: ``[operators] default_deferrable``.
    :param waiter_delay: Seconds between two looks.
    :param timeout: How long a try may take altogether, in seconds or as a timedelta. ``None`` means 15
        minutes, or ``waiter_max_attempts`` if that is given.
    :param waiter_max_attempts: The same as a number of looks, ``waiter_delay`` apart. If ``timeout`` is
        given, too, the shorter one counts.
    :returns: A mapping with ``domain_id``, ``data_source_id`` (``None`` if there was none of that name) and
        ``deleted``: whether this task deleted it.
    :raises InvalidArgumentError: If an argument cannot work.
    :raises CatalogThingFailedError: If it could not be deleted; it says why.
    :raises CatalogTimeoutError: If it took too long.
    """

    template_fields = aws_template_fields(
        "domain_identifier", "data_source_identifier", "project_identifier", "name"
    )

    def __init__(
        self,
        *,
        data_source_identifier: str | None = None,
        project_identifier: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.data_source_identifier = data_source_identifier
        self.project_identifier = project_identifier
        self.name = name

    def begin(self, context: Context, patience: CatalogPatience) -> dict[str, Any]:
        """Find the data source and delete it."""
        found = self.find_meant(
            patience,
            identifier=self.data_source_identifier,
            project=self.project_identifier,
            name=self.name,
        )
        if found is None:
            self.log.info("There is no such data source, so nothing is deleted")
            identifier = self.data_source_identifier
            return {"domain_id": self.domain, "data_source_id": identifier, "deleted": False}
        return self._deleted(context, patience, found)

    def resume(
        self, context: Context, patience: CatalogPatience, carried: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Delete it once it is idle, or return that it is gone."""
        identifier = str(carried["data_source_id"])
        if carried["is_busy"]:
            found = self.read(patience, identifier)
            if found is not None:
                return self._deleted(context, patience, found)
        else:
            self.log.info("Data source %s is gone", identifier)
        return {"domain_id": self.domain, "data_source_id": identifier, "deleted": carried["deleted"]}

    def _deleted(
        self, context: Context, patience: CatalogPatience, found: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Delete a data source, unless something else is done to it."""
        identifier, state = str(found["id"]), str(found["status"])
        carried = {"data_source_id": identifier, "is_busy": False, "deleted": state != "DELETING"}
        if state == "DELETING":
            return self.wait_for(context, patience, "data_source_gone", [identifier], carried=carried)
        thing = f"Data source {identifier}"
        try:
            with suppress(ResourceNotFoundError):  # the reply of an attempt before was lost
                self.call(patience, thing, lambda: self.hook.delete_data_source(self.domain, identifier))
                self.log.info("Deleting data source %s", identifier)
        except AwsCallError as error:
            if error.code != "ConflictException":
                raise
            self.log.info("Data source %s is busy (%s): waiting", identifier, state)
            patience.pause(lambda: self.late(patience, thing))
            busy = {**carried, "is_busy": True, "deleted": False}
            return self.wait_for(context, patience, "data_source_idle", [identifier], carried=busy)
        return self.wait_for(context, patience, "data_source_gone", [identifier], carried=carried)
