"""Glue of one account in this process, without HTTP: its backend, and the S3 and DynamoDB it crawls."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.glue.models import glue_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from airflow_lineage_provider.local_aws.install import reset
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.services import glue
from airflow_lineage_provider.local_aws.services.glue.crawling import CrawlerStore
from airflow_lineage_provider.local_aws.services.glue.models import CrawlingGlueBackend

ACCOUNT, REGION = "123456789012", "us-east-1"
_PATIENCE = 20.0
_TICK = threading.Event()


class GlueWorld:
    """An empty account with a bucket ``lake``."""

    def __init__(self) -> None:
        backend = glue_backends[ACCOUNT][REGION]
        assert isinstance(backend, CrawlingGlueBackend)
        self.backend = backend
        self._s3 = s3_backends[ACCOUNT]["aws"]
        self._dynamodb = dynamodb_backends[ACCOUNT][REGION]
        self._events: Any = events_backends[ACCOUNT][REGION]
        self._queues: Any = sqs_backends[ACCOUNT][REGION]
        self._s3.create_bucket("lake", REGION)

    @property
    def store(self) -> CrawlerStore:
        return self.backend.crawler_store

    def put_object(self, key: str, content: str | bytes) -> None:
        self._s3.put_object("lake", key, content.encode() if isinstance(content, str) else content)

    def delete_object(self, key: str) -> None:
        self._s3.delete_object("lake", key)

    def make_connection(self, name: str, url: str) -> None:
        kind, key = (
            ("JDBC", "JDBC_CONNECTION_URL") if url.startswith("jdbc:") else ("MONGODB", "CONNECTION_URL")
        )
        definition = {"Name": name, "ConnectionType": kind, "ConnectionProperties": {key: url}}
        self.backend.connection_store.create(definition, {})

    def make_table(self, name: str = "Orders") -> None:
        self._dynamodb.create_table(
            name,
            schema=[{"AttributeName": "id", "KeyType": "HASH"}],
            throughput=None,
            attr=[{"AttributeName": "id", "AttributeType": "S"}],
            global_indexes=None,
            indexes=None,
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )

    def put_item(self, item: dict[str, Any], table: str = "Orders") -> None:
        self._dynamodb.put_item(table, item)

    def delete_dynamodb_table(self, name: str = "Orders") -> None:
        self._dynamodb.delete_table(name)

    def make_crawler(self, name: str = "crawler", **members: Any) -> None:
        request: dict[str, Any] = {
            "Name": name,
            "Role": "glue-crawler-role",
            "DatabaseName": "lab",
            "Targets": {"S3Targets": [{"Path": "s3://lake/data/"}]},
        }
        self.store.create(request | members)

    def crawl(self, name: str = "crawler") -> dict[str, Any]:
        """Run one crawl to its end and return its record."""
        self.store.start(name)
        self.wait_until(lambda: self.state(name) == "READY")
        return self.crawls(name)[0]

    def state(self, name: str = "crawler") -> str:
        return str(self.store.describe(name)["State"])

    def crawls(self, name: str = "crawler") -> list[dict[str, Any]]:
        return self.store.crawls_page(name, [], None, None)[0]

    def table(self, name: str, database: str = "lab") -> dict[str, Any]:
        return self.backend.get_table(database, name).as_dict()

    def log(self, stream: str = "crawler") -> list[str]:
        group = logs_backends[ACCOUNT][REGION].groups["/aws-glue/crawlers"]
        return [event.message for event in group.streams[stream].events]

    def listen(self, detail_type: str) -> None:
        """Collect the events of one type; :meth:`events` returns them."""
        queue = self._queues.create_queue("events")
        self._events.put_rule(name="all", event_pattern=json.dumps({"detail-type": [detail_type]}))
        self._events.put_targets(
            name="all", event_bus_arn="default", targets=[{"Id": "q", "Arn": queue.queue_arn}]
        )

    def events(self) -> list[dict[str, Any]]:
        """Return what has been sent since :meth:`listen`, oldest first."""
        return [json.loads(message.body) for message in self._queues.get_queue("events").messages]

    @staticmethod
    def wait_until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            _TICK.wait(0.002)


@pytest.fixture
def world() -> Iterator[GlueWorld]:
    """Give the test an empty Glue that works without waiting times."""
    glue.install()
    reset()
    RUNTIME.configure({"crawl_seconds": 0, "stopping_seconds": 0})
    yield GlueWorld()
    reset()
