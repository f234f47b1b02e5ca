from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.engine.errors import CrawlCancelledError
from airflow_lineage_provider.local_aws.engine.local_copy import local_copy
from tests.unit.local_aws.engine.memory_reader import MemoryObjects


class TestLocalCopy:
    def test_holds_the_objects_below_the_folder_and_is_removed(self) -> None:
        reader = MemoryObjects({"table/log/0.json": "{}", "table/log/deep/1.json": "[]"})

        with local_copy(reader, reader.list("bucket", "table/"), "table/", lambda: False) as root:
            held = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*.json")}

        assert held == {"log/0.json": "{}", "log/deep/1.json": "[]"}
        assert not root.exists()

    @pytest.mark.parametrize("name", ["..", "../outside", "log/../../outside", ".", "log//0.json", ""])
    def test_leaves_out_keys_that_lead_elsewhere(self, name: str) -> None:
        reader = MemoryObjects({f"table/{name}": "x"})

        with local_copy(reader, reader.list("bucket", "table/"), "table/", lambda: False) as root:
            assert list(root.iterdir()) == []
            assert not (root.parent / "outside").exists()

    def test_ends_when_the_crawl_was_cancelled(self) -> None:
        reader = MemoryObjects({"table/0.json": "{}"})

        with (
            pytest.raises(CrawlCancelledError),
            local_copy(reader, reader.list("bucket", "table/"), "table/", lambda: True),
        ):
            pass
