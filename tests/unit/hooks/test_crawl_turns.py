"""Whose turn it is to start a crawler."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from airflow_lineage_provider.hooks.crawl_turns import MachineTurn


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


class TestMachineTurn:
    def test_one_has_it_at_a_time(self) -> None:
        first, second = MachineTurn("aws_default", "sales"), MachineTurn("aws_default", "sales")

        assert first.take()
        assert not second.take()
        assert first.take()

    def test_the_next_has_it_when_it_is_given_back(self) -> None:
        first, second = MachineTurn("aws_default", "sales"), MachineTurn("aws_default", "sales")
        first.take()

        first.give_back()

        assert second.take()

    def test_another_crawler_has_a_turn_of_its_own(self) -> None:
        MachineTurn("aws_default", "sales").take()

        assert MachineTurn("aws_default", "orders").take()

    def test_giving_back_what_one_has_not_takes_it_from_nobody(self) -> None:
        first, second, third = (MachineTurn("sales") for _ in range(3))
        first.take()

        second.give_back()

        assert not third.take()

    def test_everybody_has_it_where_no_lock_can_be_made(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(folder / "missing" / "too"))

        assert MachineTurn("sales").take()
        assert MachineTurn("sales").take()
