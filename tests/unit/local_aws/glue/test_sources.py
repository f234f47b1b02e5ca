from __future__ import annotations

import gc
import io
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_lineage_provider.local_aws.engine.errors import SourceMissingError
from airflow_lineage_provider.local_aws.services.glue.sources import DynamoTables, S3Objects
from tests.unit.local_aws.glue.conftest import ACCOUNT, REGION, GlueWorld

MEGABYTE = 1024 * 1024
LARGE = 20 * MEGABYTE


class TestDynamoTables:
    def test_give_items_in_dynamodbs_json_form(self, world: GlueWorld) -> None:
        world.make_table()
        item = {
            "id": {"S": "1"},
            "m": {"M": {"x": {"L": [{"N": "1"}, {"NULL": True}]}}},
            "s": {"NS": ["1", "2"]},
        }
        world.put_item(item)

        assert list(DynamoTables(ACCOUNT, REGION).scan("Orders")) == [item]

    def test_describe_by_name_and_by_arn(self, world: GlueWorld) -> None:
        world.make_table()
        tables = DynamoTables(ACCOUNT, REGION)

        by_name = tables.describe("Orders")

        assert by_name is not None
        assert by_name == tables.describe(by_name.arn)
        assert (by_name.hash_key, by_name.range_key, by_name.key_types) == ("id", None, {"id": "S"})

    def test_can_be_scanned_while_others_write(self, world: GlueWorld) -> None:
        world.make_table()
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                world.put_item({"id": {"S": str(number % 500)}})

        writer = threading.Thread(target=write)
        writer.start()
        try:
            scans = [len(list(DynamoTables(ACCOUNT, REGION).scan("Orders"))) for _ in range(20)]
        finally:
            stop.set()
            writer.join()

        assert scans == sorted(scans)


class TestS3Objects:
    def test_are_listed_by_key_and_opened(self, world: GlueWorld) -> None:
        world.put_object("b", "2")
        world.put_object("a", "1")
        reader = S3Objects(ACCOUNT, REGION)

        listed = reader.list("lake", "")

        assert [stored.key for stored in listed] == ["a", "b"]
        assert reader.open(listed[0]).read() == b"1"

    def test_do_not_copy_a_large_object(self, world: GlueWorld) -> None:
        content = bytes(range(256)) * (LARGE // 256)
        world.put_object("large", content)
        reader = S3Objects(ACCOUNT, REGION)
        (stored,) = reader.list("lake", "")

        tracemalloc.start()
        try:
            with reader.open(stored) as raw:
                raw.seek(-300, io.SEEK_END)
                end = raw.read()
                raw.seek(1000)
                middle = raw.read(10)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert (end, middle) == (content[-300:], content[1000:1010])
        assert peak < MEGABYTE

    @pytest.mark.parametrize("size", [10, LARGE], ids=["small", "large"])
    def test_stay_as_they_were_when_opened(self, world: GlueWorld, size: int) -> None:
        world.put_object("a", b"old" * size)
        reader = S3Objects(ACCOUNT, REGION)
        (stored,) = reader.list("lake", "")

        with reader.open(stored) as raw:
            start = raw.read(3)
            world.put_object("a", b"new" * size)
            world.put_object("b", b"another" * size)
            gc.collect()
            rest = raw.read()

        assert (start, rest) == (b"old", b"old" * (size - 1))
        with reader.open(stored) as raw:
            assert raw.read(3) == b"new"

    def test_are_read_by_many_at_once(self, world: GlueWorld) -> None:
        world.put_object("large", b"".join(number.to_bytes(4, "big") for number in range(LARGE // 4)))
        reader = S3Objects(ACCOUNT, REGION)
        (stored,) = reader.list("lake", "")

        def read_every_thousandth(first: int) -> bool:
            with reader.open(stored) as raw:
                for number in range(first, LARGE // 4, 1000):
                    raw.seek(4 * number)
                    if raw.read(4) != number.to_bytes(4, "big"):
                        return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(read_every_thousandth, range(8)))

    def test_are_missing_once_deleted(self, world: GlueWorld) -> None:
        world.put_object("a", "1")
        reader = S3Objects(ACCOUNT, REGION)
        (stored,) = reader.list("lake", "")
        world.delete_object("a")

        with pytest.raises(SourceMissingError, match="s3://lake/a vanished during the crawl"):
            reader.open(stored)
