"""What a data source shall be like, as CreateDataSource takes it, and how one that exists differs from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["differences", "glue_configuration"]

_SHOWN_AS = {
    "assetFormsInput": "assetFormsOutput",
    "connectionIdentifier": "connectionId",
    "environmentIdentifier": "environmentId",
    "projectIdentifier": "projectId",
}
"""Members of CreateDataSource that GetDataSource calls by another name."""


def glue_configuration(databases: Iterable[str]) -> dict[str, Any]:
    """Return the configuration of a data source over all tables of some Glue databases."""
    every_table = [{"expression": "*", "type": "INCLUDE"}]
    filters = [{"databaseName": name, "filterExpressions": every_table} for name in databases]
    return {"glueRunConfiguration": {"relationalFilterConfigurations": filters}}


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """
    Return in which settings a data source differs from what is wanted, one sentence each.

    What is not asked for may be as it is; the order of lists does not matter.

    :param wanted: Members of CreateDataSource.
    :param found: The data source as GetDataSource shows it.
    """
    shown = {name: found.get(_SHOWN_AS.get(name, name)) for name in wanted}
    return list(_differences(wanted, shown, ""))


def _differences(wanted: object, found: object, path: str) -> Iterator[str]:
    """Yield what differs below a member."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name, value in wanted.items():
            yield from _differences(value, found.get(name), f"{path}.{name}" if path else str(name))
    elif not _covers(found, wanted):
        yield f"{path} is {found!r}, asked for is {wanted!r}"


def _covers(found: object, wanted: object) -> bool:
    """Tell whether a value has all that is wanted of it."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _covers(found.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        if not isinstance(found, list | tuple) or len(found) != len(wanted):
            return False
        left = list(found)
        for item in wanted:
            match = next((index for index, each in enumerate(left) if _covers(each, item)), None)
            if match is None:
                return False
            del left[match]
        return True
    return found == wanted
