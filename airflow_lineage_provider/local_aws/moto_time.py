"""
Moto's own services on the stack's clock.

An object put after the clock was advanced must not look older than a crawl before it. All of moto asks one
function for the time, ``moto.core.utils.utcnow``, which many of its modules import by name: it is replaced
there and in every module of moto that has been imported; those imported later get the replacement.

What moto reads from the operating system in other ways (few places: bucket creation dates, certificates)
stays real time.
"""

from __future__ import annotations

import sys
from datetime import datetime

import moto.core.utils

from airflow_lineage_provider.local_aws.runtime import RUNTIME

__all__ = ["follow_clock"]

_ORIGINAL = moto.core.utils.utcnow


def follow_clock() -> None:
    """Put moto on the clock; calling it again does the same for modules that were imported since."""
    moto.core.utils.utcnow = _utcnow
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is _ORIGINAL:
            module.utcnow = _utcnow  # type: ignore[attr-defined]


def _utcnow() -> datetime:
    """Return the clock's time as moto wants it: naive, in UTC."""
    return RUNTIME.now().replace(tzinfo=None)
