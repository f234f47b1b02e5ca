"""Snapshots in files, by path. S3 is in tests/integration/test_lineage_in_airflow.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_lineage_provider.exceptions import (
    InvalidArgumentError,
    InvalidSnapshotError,
    SnapshotNotFoundError,
)
from airflow_lineage_provider.hooks.snapshot_store import S3SnapshotHook, SnapshotStore
from tests.unit.lineage.builders import make_snapshot


def no_s3() -> S3SnapshotHook:
    """Stand for a hook that must not be asked for."""
    raise AssertionError("S3 was asked for")


STORE = SnapshotStore(no_s3)


def test_reads_what_it_wrote(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "folder" / "snapshot.json")

    STORE.write(path, make_snapshot())

    assert STORE.read(path) == make_snapshot()


def test_writes_the_same_text_for_the_same_snapshot(tmp_path: Path) -> None:
    for name in ("a", "b"):
        STORE.write(str(tmp_path / name), make_snapshot())

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_replaces_what_was_there_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    path.write_text("old")

    STORE.write(str(path), make_snapshot())

    assert STORE.read(str(path)) == make_snapshot()
    assert list(tmp_path.iterdir()) == [path]


def test_says_where_no_snapshot_is(tmp_path: Path) -> None:
    with pytest.raises(SnapshotNotFoundError, match="LineageExtractOperator") as caught:
        STORE.read(str(tmp_path / "nothing.json"))

    assert caught.value.path == str(tmp_path / "nothing.json")


def test_refuses_what_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")

    with pytest.raises(InvalidSnapshotError, match="formatVersion"):
        STORE.read(str(tmp_path / "other.json"))


@pytest.mark.parametrize(
    "path", ["", "  ", "s3://bucket", "s3://bucket/", "s3:///key", "s3://b/folder/", "{{ x }}"]
)
def test_refuses_a_path_that_names_no_file(path: str) -> None:
    with pytest.raises(InvalidArgumentError, match="snapshot_path"):
        STORE.write(path, make_snapshot())
