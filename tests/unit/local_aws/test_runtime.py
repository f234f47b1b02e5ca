"""Tests of what the simulated services share."""

from __future__ import annotations

import re
import threading

import pytest

from airflow_lineage_provider.local_aws.runtime import Runtime


class TestRuntime:
    """``Runtime`` gives ids, durations and workers that end with a reset."""

    def test_makes_ids_as_the_catalog_does(self) -> None:
        assert re.fullmatch("[a-z0-9]{14}", Runtime().new_id())

    def test_repeats_the_ids_of_a_label_after_a_reset(self) -> None:
        runtime = Runtime()
        first = [runtime.new_id("domain/a"), runtime.new_id("domain/a"), runtime.new_id("domain/b")]

        runtime.reset()
        runtime.new_id("something else")
        second = [runtime.new_id("domain/a"), runtime.new_id("domain/a"), runtime.new_id("domain/b")]

        assert first == second
        assert len(set(first)) == 3

    def test_never_repeats_a_crawl_id(self) -> None:
        runtime = Runtime()
        before = runtime.new_uuid()

        runtime.reset()

        assert runtime.new_uuid() != before

    def test_ends_workers_at_a_reset(self) -> None:
        runtime = Runtime()
        ended = threading.Event()

        def work(stop: threading.Event) -> None:
            if runtime.wait(60, stop):
                ended.set()

        runtime.run_worker("test", work)
        runtime.reset()

        assert ended.is_set()
        assert runtime.epoch == 1

    def test_changes_nothing_when_one_setting_is_wrong(self) -> None:
        runtime = Runtime()

        with pytest.raises(ValueError, match="number of seconds"):
            runtime.configure({"crawl_seconds": 1, "import_seconds": -1})

        assert runtime.settings.crawl_seconds == 2.0

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "1", None])
    def test_takes_only_numbers_as_durations(self, value: object) -> None:
        with pytest.raises(ValueError, match="crawl_seconds"):
            Runtime().configure({"crawl_seconds": value})

    def test_names_the_known_settings_when_one_is_unknown(self) -> None:
        with pytest.raises(ValueError, match="known: api_rate_limits, choice_types, crawl_seconds"):
            Runtime().configure({"speed": 1})
