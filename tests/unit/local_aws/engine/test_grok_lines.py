"""Grok classifiers on files: what the inference cases do not show."""

from __future__ import annotations

import io
from collections.abc import Callable

from airflow_lineage_provider.local_aws.engine.content import MEGABYTE
from airflow_lineage_provider.local_aws.engine.formats.base import FileSample, FileSource
from airflow_lineage_provider.local_aws.engine.formats.grok_lines import GrokFormat
from airflow_lineage_provider.local_aws.engine.reader import StoredObject

_NUMBERS = GrokFormat("numbers", "^%{INT:n} %{DATA:rest}$")


def _sample(
    content: str | bytes, file_format: GrokFormat = _NUMBERS, cancelled: Callable[[], bool] = lambda: False
) -> FileSample | None:
    data = content.encode() if isinstance(content, str) else content
    source = FileSource(StoredObject("bucket", "key", len(data)), io.BytesIO(data))
    return file_format.sample(source, cancelled)


class TestReading:
    def test_counts_lines_that_are_not_blank(self) -> None:
        sample = _sample("1 a\r\n\r\n2 b")

        assert sample is not None
        assert (sample.records, sample.size_bytes, sample.complete) == (2, 10, True)

    def test_stops_after_a_thousand_lines(self) -> None:
        sample = _sample("1 a\n" * 1000 + "no number\n")

        assert sample is not None
        assert (sample.records, sample.size_bytes, sample.complete) == (1000, 4000, False)

    def test_leaves_out_the_line_that_the_megabyte_cuts(self) -> None:
        line = f"1 {'x' * 9997}\n"

        sample = _sample(line * 200)

        assert sample is not None
        assert sample.records == MEGABYTE // len(line)
        assert not sample.complete

    def test_takes_no_line_of_more_than_16_kib(self) -> None:
        longest = f"1 {'x' * (16 * 1024 - 2)}\n"

        assert _sample(longest) is not None
        assert _sample(longest.replace("x", "xx", 1)) is None
        assert _sample("1 a\n" + longest.replace("x", "xx", 1)) is None

    def test_takes_no_text_that_is_not_utf_8(self) -> None:
        assert _sample(b"1 \xff\n") is None

    def test_ends_early_when_cancelled(self) -> None:
        assert _sample("1 a\n", cancelled=lambda: True) is None


class TestTables:
    def test_of_two_patterns_are_two_even_under_one_classification(self) -> None:
        samples = [_sample("1 a\n", GrokFormat("log", pattern)) for pattern in ("%{INT:n}", "%{INT:m}")]

        keys = {sample.format.grouping_key() for sample in samples if sample is not None}
        assert len(keys) == 2
