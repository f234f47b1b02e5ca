"""
JSON paths: which values inside a JSON document are the rows of a table.

The operators are those Glue documents: the root ``$``, a child ``.name`` or ``['name']``, an element ``[0]``,
and ``*`` in place of a name or a number. A path without ``$`` begins at the root, too.

.. seealso:: AWS Glue Developer Guide, "Writing JSON custom classifiers".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.engine.errors import InvalidClassifierError

__all__ = ["JsonPath"]

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]'"*\s]+)
      | \[\s*'(?P<single>[^']+)'\s*\]
      | \[\s*"(?P<double>[^"]+)"\s*\]
      | \[\s*(?P<index>\d+)\s*\]
      | (?P<wildcard>\.\*|\[\s*\*\s*\])""",
    re.VERBOSE,
)
_ROOT = "$"
_Step = str | int | None


@dataclass(frozen=True, slots=True)
class JsonPath:
    """
    A path through JSON values.

    ``steps`` are names, numbers, and ``None`` for every element.
    """

    steps: tuple[_Step, ...]

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """
        Read a path.

        :raises InvalidClassifierError: If it uses anything but the operators that Glue documents.
        """
        path = text if text.startswith(_ROOT) else f"{_ROOT}.{text}"
        steps: list[_Step] = []
        position = len(_ROOT)
        while position < len(path):
            step = _STEP.match(path, position)
            if step is None:
                raise InvalidClassifierError(
                    problem=f"{text!r} is no JSON path of the operators $, .name, ['name'], [0] and *"
                )
            steps.append(_step(step))
            position = step.end()
        return cls(tuple(steps))

    def values(self, document: object) -> Iterable[object]:
        """Return the values the path leads to, in the document's order; none where it leads nowhere."""
        reached: Iterable[object] = (document,)
        for step in self.steps:
            reached = [value for parent in reached for value in _children(parent, step)]
        return reached


def _step(match: re.Match[str]) -> _Step:
    if match["wildcard"] is not None:
        return None
    if match["index"] is not None:
        return int(match["index"])
    return match["name"] or match["single"] or match["double"]


def _children(parent: object, step: _Step) -> Iterator[object]:
    """Yield what one step leads to from one value."""
    if isinstance(parent, dict):
        if step is None:
            yield from parent.values()
        elif step in parent:
            yield parent[step]
    elif isinstance(parent, list):
        if step is None:
            yield from parent
        elif isinstance(step, int) and step < len(parent):
            yield parent[step]
