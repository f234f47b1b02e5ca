from __future__ import annotations

import pytest

from benchmarks.measuring import MEBIBYTE, measure


class TestMeasure:
    def test_gives_the_works_own_answer(self) -> None:
        measured = measure(lambda: "answer")

        assert measured.answer == "answer"
        assert measured.wall_seconds >= 0
        assert measured.cpu_seconds >= 0

    def test_does_the_work_as_often_as_asked(self) -> None:
        calls = []

        measure(lambda: calls.append(1), times=3)

        assert len(calls) == 3

    def test_knows_how_large_the_process_grew(self) -> None:
        measured = measure(lambda: len(bytearray(b"x" * (64 * MEBIBYTE))))

        if measured.peak_bytes is None:
            pytest.skip("this system does not tell")
        assert measured.answer == 64 * MEBIBYTE
        assert 60 * MEBIBYTE < measured.peak_bytes < 256 * MEBIBYTE

    def test_lets_errors_through(self) -> None:
        def fail() -> None:
            raise LookupError("nothing to measure")

        with pytest.raises(LookupError, match="nothing to measure"):
            measure(fail)
