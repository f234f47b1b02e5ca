"""The table: as it is printed, as it is kept, and how the kept one is read back."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import airflow_lineage_provider
from benchmarks.rows import Row

__all__ = ["RESULTS", "Report", "environment", "keep", "kept_reports", "table", "write_page"]

RESULTS = Path(__file__).parent / "results"

_HEADINGS = ("What", "Ours", "Peer", "Unit", "Ours is", "Peer is, notes")
_FIRST_LINES = (
    "# The last figures",
    "",
    "Written by `make bench`; a subject's figures are replaced when it is measured again, at its full load.",
    "Ours and the peer's were taken one after the other in the same run: compare within a row.",
)


@dataclass(frozen=True, slots=True)
class Report:
    """One subject measured: its rows, and with what, when and on what kind of machine."""

    subject: str
    title: str
    environment: dict[str, str]
    rows: tuple[Row, ...]


def environment(libraries: Iterable[str]) -> dict[str, str]:
    """Say what a figure depends on: versions, cores and how busy they were, the day; never which machine."""
    return {
        "date": f"{datetime.now(tz=UTC):%Y-%m-%d}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(_cores()),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "airflow-lineage-provider": airflow_lineage_provider.__version__,
        **{name: version(name) for name in libraries},
    }


def table(reports: Sequence[Report]) -> str:
    """Return all rows of some reports as one table that reads well in a terminal and as Markdown."""
    lines = [_HEADINGS, *(_cells(row) for report in reports for row in report.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    numeric = {1, 2, 4}
    rule = ["-" * (width - 1) + (":" if column in numeric else "-") for column, width in enumerate(widths)]
    laid_out = (
        [
            cell.rjust(width) if column in numeric else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in (lines[0], rule, *lines[1:])
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in laid_out)


def keep(report: Report, folder: Path = RESULTS) -> None:
    """Keep a report as JSON, and write the page of all kept ones again."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(asdict(report), indent=2, ensure_ascii=False)
    (folder / f"{report.subject}.json").write_text(f"{content}\n", encoding="utf-8")
    write_page(folder)


def write_page(folder: Path = RESULTS) -> None:
    """Write the page of all kept reports, as after a merge in which two subjects met."""
    sections = (_section(kept) for kept in kept_reports(folder))
    page = "\n".join([*_FIRST_LINES, *(line for section in sections for line in section)])
    (folder / "README.md").write_text(f"{page}\n", encoding="utf-8")


def kept_reports(folder: Path = RESULTS) -> list[Report]:
    """Read the kept reports back, by subject."""
    return [_parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def _parse(text: str) -> Report:
    content = json.loads(text)
    return Report(
        subject=content["subject"],
        title=content["title"],
        environment=content["environment"],
        rows=tuple(Row(**row) for row in content["rows"]),
    )


def _section(report: Report) -> list[str]:
    known = ", ".join(f"{name} {value}" for name, value in report.environment.items())
    return ["", f"## {report.subject}: {report.title}", "", known, "", table([report])]


def _cells(row: Row) -> tuple[str, ...]:
    remarks = "; ".join(text for text in (row.peer_name, row.note) if text)
    return (row.what, _figure(row.ours), _figure(row.peer), row.unit, _comparison(row), remarks)


def _figure(value: float | None) -> str:
    """Print a figure with three digits that count."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 if abs(value) >= 1 else 3}f}"


def _comparison(row: Row) -> str:
    advantage = row.advantage
    if advantage is None:
        return "–"
    if abs(advantage - 1) < 0.005:
        return "the same"
    if advantage > 1:
        return f"{_figure(advantage)}× better"
    return f"{_figure(1 / advantage)}× worse"


def _cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
