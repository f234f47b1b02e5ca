"""
The ``Summary`` of a crawl: JSON texts inside a JSON text, as ListCrawls returns it.

.. seealso:: AWS Glue Web API Reference, ``CrawlerHistory``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from airflow_lineage_provider.local_aws.engine.plan import Write

__all__ = ["changes_by_kind", "summary_text"]

_SUBJECTS = ("TABLE", "PARTITION")
_ACTIONS = ("ADD", "UPDATE", "DELETE")


def changes_by_kind(writes: Iterable[Write]) -> dict[str, dict[str, list[str]]]:
    """Return the names of what changed, by subject (TABLE, PARTITION) and action; touches are no change."""
    changes: dict[str, dict[str, list[str]]] = {}
    listed = list(writes)
    for subject in _SUBJECTS:
        for action in _ACTIONS:
            names = [write.label for write in listed if (write.subject, write.action) == (subject, action)]
            if names:
                changes.setdefault(subject, {})[action] = names
    return changes


def summary_text(changes: Mapping[str, Mapping[str, list[str]]]) -> str | None:
    """
    Return the text of a crawl's ``Summary``; ``None`` when nothing changed.

    It is never cut, although the API's model limits it to 255 characters: what AWS does there is unknown.
    """
    if not changes:
        return None
    encoded = {
        subject: {
            action: json.dumps({"Details": {"names": names}}, separators=(",", ":"))
            for action, names in actions.items()
        }
        for subject, actions in changes.items()
    }
    return json.dumps(encoded, separators=(",", ":"))
