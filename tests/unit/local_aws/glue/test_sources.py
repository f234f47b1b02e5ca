from __future__ import annotations

import threading

from airflow_lineage_provider.local_aws.services.glue.sources import DynamoTables, S3Objects
from tests.unit.local_aws.glue.conftest import ACCOUNT, REGION, GlueWorld


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
