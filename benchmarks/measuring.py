"""Taking figures: wall time, CPU time and the memory a piece of work needs at its height."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

__all__ = ["MEBIBYTE", "Measured", "measure"]

MEBIBYTE = 1024 * 1024

Answer = TypeVar("Answer")

_PROCESS = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Measured(Generic[Answer]):
    """
    One piece of work done.

    ``cpu_seconds`` counts all threads of this process. ``peak_bytes`` is by how much the process was larger
    at its height than before; ``None`` where the system does not tell (it does on Linux).
    """

    answer: Answer
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int | None


def measure(work: Callable[[], Answer], *, times: int = 1) -> Measured[Answer]:
    """
    Do a piece of work and say what it took.

    Memory that an earlier piece of work gave back to the allocator and not to the system is used again
    without being counted, so of two pieces the first is at a disadvantage: measure ours first.

    :param times: How often; each figure is the best of so many, but memory, which is the first time's.
    """
    gc.collect()
    before = _reset_peak()
    answer, wall, cpu = _timed(work)
    after = _memory("VmHWM") if before is not None else None
    for _ in range(times - 1):
        _, other_wall, other_cpu = _timed(work)
        wall, cpu = min(wall, other_wall), min(cpu, other_cpu)
    peak = None if before is None or after is None else max(0, after - before)
    return Measured(answer=answer, wall_seconds=wall, cpu_seconds=cpu, peak_bytes=peak)


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float, float]:
    """Do a piece of work; return its answer, the time that passed and the time of all threads."""
    cpu, wall = time.process_time(), time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - wall, time.process_time() - cpu


def _reset_peak() -> int | None:
    """Make the system forget the highest size so far; return the current one."""
    try:
        (_PROCESS / "clear_refs").write_text("5", encoding="ascii")
        return _memory("VmRSS")
    except OSError:
        return None


def _memory(field: str) -> int | None:
    """Read one size, in bytes, of this process from ``/proc``."""
    found = re.search(
        rf"^{field}:\s+(\d+) kB$", (_PROCESS / "status").read_text(encoding="ascii"), re.MULTILINE
    )
    return int(found[1]) * 1024 if found else None
