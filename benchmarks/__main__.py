"""``python -m benchmarks``: measure the subjects, print one table, keep the figures of a full load."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import RESULTS, Report, environment, keep, table, write_page
from benchmarks.subjects import load_subject, subject_names

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, *, results: Path = RESULTS) -> int:
    """
    Run the command and return its exit code.

    :param arguments: The words of the command; ``None`` takes the process's own.
    :param results: Where figures are kept.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(f"{name}\t{load_subject(name).TITLE}" for name in subject_names()))
        return 0
    if options.page:
        write_page(results)
        return 0
    unknown = sorted(set(options.subjects) - set(subject_names()))
    if unknown:
        parser.error(f"unknown subject {unknown[0]!r}; known: {', '.join(subject_names())}")
    reports = []
    for name in options.subjects or subject_names():
        report = _measure(name, options.scale)
        reports.append(report)
        if options.scale == 1 and report.rows:
            keep(report, results)
    print(table(reports))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=sys.modules[__name__].__doc__)
    parser.add_argument(
        "subjects", nargs="*", metavar="SUBJECT", help="what to measure; without one, everything"
    )
    parser.add_argument("--list", action="store_true", help="list the subjects and measure nothing")
    parser.add_argument("--page", action="store_true", help="write the page of the kept figures again")
    parser.add_argument(
        "--scale",
        type=_scale,
        default=1.0,
        help="share of the full load, for a quick look; figures are kept only at the full load (default 1)",
    )
    return parser


def _scale(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return value


def _measure(name: str, scale: float) -> Report:
    subject = load_subject(name)
    print(f"{name}: {subject.TITLE}", file=sys.stderr, flush=True)
    surroundings = environment(subject.LIBRARIES)
    return Report(name, subject.TITLE, surroundings, tuple(subject.rows(scale)))


if __name__ == "__main__":
    sys.exit(main())
