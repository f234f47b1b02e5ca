"""Read metadata forms: what stands in one, and all of them as one document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_lineage_provider.local_aws.services.datazone.state import Form

__all__ = ["content_of", "forms_document"]


def content_of(forms: Sequence[Form], name: str) -> Mapping[str, Any]:
    """Return the content of a form, an empty one if there is no such form."""
    for form in forms:
        if form.name == name:
            content: Mapping[str, Any] = json.loads(form.content)
            return content
    return {}


def forms_document(forms: Sequence[Form]) -> str:
    """Return forms the way listings carry them: JSON text of form name → content."""
    return json.dumps({form.name: json.loads(form.content) for form in forms}, separators=(",", ":"))
