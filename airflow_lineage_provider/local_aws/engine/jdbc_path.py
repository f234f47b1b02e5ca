"""
Include paths of JDBC targets: ``database/schema/table``, with ``%`` for schema or table.

Known of AWS: ``%`` may take the place of schema or table, never of the database; MySQL and Oracle have no
schema in the path; case matters. Ours: a part left out at the end counts as ``%``, and ``%`` stands for any
characters also within a name, as in SQL's LIKE.

.. seealso:: AWS Glue Developer Guide, "Include and exclude patterns" (JDBC data stores).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.databases import DatabaseTable
from airflow_lineage_provider.local_aws.engine.errors import InvalidIncludePathError

__all__ = ["JdbcPath"]

_ANY = "%"


@dataclass(frozen=True, slots=True)
class JdbcPath:
    """
    What of a server a target covers.

    ``schema`` is ``None`` in databases without schemas.
    """

    database: str
    schema: str | None
    table: str

    @classmethod
    def parse(cls, text: str, *, has_schemas: bool) -> JdbcPath:
        """
        Read an include path.

        :param has_schemas: Whether the engine's databases have schemas.
        :raises InvalidIncludePathError: If it is none for such an engine.
        """
        database, *rest = text.split("/")
        most = 2 if has_schemas else 1
        wanted = "database/schema/table" if has_schemas else "database/table"
        if not 1 <= len(rest) <= most or not database or _ANY in database or not all(rest):
            raise InvalidIncludePathError(path=text, wanted=f"{wanted}, with % in any part but the database")
        if not has_schemas:
            return cls(database, None, rest[0])
        return cls(database, rest[0], rest[1] if len(rest) == most else _ANY)

    def location_of(self, table: DatabaseTable) -> str:
        """Return the ``Location`` of a table in the catalog."""
        return ".".join(part for part in (self.database, table.schema, table.name) if part)

    def includes(self, table: DatabaseTable) -> bool:
        """Tell whether a table lies in the path."""
        fits_schema = self.schema is None or re.fullmatch(_regex(self.schema), table.schema) is not None
        return fits_schema and re.fullmatch(_regex(self.table), table.name) is not None

    def covers(self, location: str) -> bool:
        """Tell whether the ``Location`` of a table in the catalog lies in the path."""
        parts = [self.schema, self.table] if self.schema is not None else [self.table]
        pattern = r"\.".join([re.escape(self.database), *(_regex(part) for part in parts)])
        return re.fullmatch(pattern, location) is not None

    def relative(self, table: DatabaseTable) -> str:
        """Return what exclusions are matched against: the table's path from the first part with ``%`` on."""
        if self.schema is not None and _ANY in self.schema:
            return f"{table.schema}/{table.name}"
        return table.name


def _regex(pattern: str) -> str:
    return ".*".join(re.escape(piece) for piece in pattern.split(_ANY))
