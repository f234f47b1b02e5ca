"""Finding the subjects: every module ``bench_<subject>`` beside this one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, cast

from benchmarks.rows import Row

__all__ = ["Subject", "load_subject", "subject_names"]

_PREFIX = "bench_"


class Subject(Protocol):
    """
    What a module ``bench_<subject>.py`` offers.

    ``TITLE`` says in one line what is measured, ``LIBRARIES`` names the distributions whose versions matter.
    """

    TITLE: str
    LIBRARIES: Sequence[str]

    def rows(self, scale: float) -> Iterable[Row]:
        """
        Measure, and yield each row as soon as it is known.

        :param scale: Share of the full load to measure with: 1.0 is what the titles state.
        """


def subject_names() -> tuple[str, ...]:
    """Return the subjects there are, by name."""
    folder = str(Path(__file__).parent)
    found = (module.name for module in pkgutil.iter_modules([folder]))
    return tuple(sorted(name.removeprefix(_PREFIX) for name in found if name.startswith(_PREFIX)))


def load_subject(name: str) -> Subject:
    """
    Import one subject.

    :raises LookupError: If there is no such subject.
    """
    if name not in subject_names():
        raise LookupError(f"unknown subject {name!r}; known: {', '.join(subject_names())}")
    return cast(Subject, importlib.import_module(f"benchmarks.{_PREFIX}{name}"))
