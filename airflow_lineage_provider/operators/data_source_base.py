"""What operators that name a data source by its id, or by project and name, have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import InvalidArgumentError, ResourceNotFoundError
from airflow_lineage_provider.hooks.catalog_ids import checked_identifier
from airflow_lineage_provider.operators.catalog_base import CatalogChangeOperator

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience

__all__ = ["DataSourceOperator", "checked_name", "checked_project"]


def checked_project(value: object) -> str:
    """Return the id of a project if it can be one."""
    return checked_identifier(value, argument="project_identifier", wanted="the id of a project")


def checked_name(value: object) -> str:
    """Return the name of a data source if it can be one."""
    if not isinstance(value, str) or not value.strip() or "{{" in value or len(value) > 256:
        wanted = "the name of a data source, at most 256 characters (check the template)"
        raise InvalidArgumentError(argument="name", value=value, wanted=wanted)
    return value


class DataSourceOperator(CatalogChangeOperator):
    """Base of the operators that find a data source."""

    def find(self, patience: CatalogPatience, project: str, name: str) -> dict[str, Any] | None:
        """Return the data source of a project that has exactly this name."""
        listed = self.call(
            patience,
            f"Data source {name!r}",
            lambda: list(self.hook.list_data_sources(self.domain, project, name=name)),
        )
        found = next((each["dataSourceId"] for each in listed if each.get("name") == name), None)
        return None if found is None else self.read(patience, str(found))

    def read(self, patience: CatalogPatience, identifier: str) -> dict[str, Any] | None:
        """Return a data source, ``None`` if it is gone."""
        try:
            return self.call(
                patience,
                f"Data source {identifier}",
                lambda: self.hook.get_data_source(self.domain, identifier),
            )
        except ResourceNotFoundError:
            return None

    def find_meant(
        self, patience: CatalogPatience, *, identifier: str | None, project: str | None, name: str | None
    ) -> dict[str, Any] | None:
        """
        Return the data source that is meant, ``None`` if there is none.

        :raises InvalidArgumentError: If neither its id, nor project and name are given.
        """
        by_name = name is not None or project is not None
        if (identifier is None) != by_name:
            raise InvalidArgumentError(
                argument="data_source_identifier",
                value=identifier,
                wanted="given, or project_identifier and name, but not both",
            )
        if by_name:
            return self.find(patience, checked_project(project), checked_name(name))
        wanted = "the id of a data source"
        return self.read(
            patience, checked_identifier(identifier, argument="data_source_identifier", wanted=wanted)
        )
