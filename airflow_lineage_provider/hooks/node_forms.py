"""
The forms on a lineage node or an asset, as far as their content can be read.

.. seealso::
    - AWS API: `FormOutput <https://docs.aws.amazon.com/datazone/latest/APIReference/API_FormOutput.html>`__
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["form_contents"]


def form_contents(forms: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the contents of forms that are JSON objects."""
    for form in forms:
        try:
            content = json.loads(form.get("content") or "null")
        except ValueError:
            continue
        if isinstance(content, Mapping):
            yield content
