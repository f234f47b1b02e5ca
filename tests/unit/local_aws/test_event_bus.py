from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from moto.events.models import events_backends
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from airflow_lineage_provider.local_aws.install import reset
from airflow_lineage_provider.local_aws.services import event_bus

ACCOUNT, REGION = "123456789012", "us-east-1"
PATTERN = {"source": ["aws.test"]}


class Bus:
    """The default bus of an account, and a queue ``q`` that collects what rules send there."""

    def __init__(self) -> None:
        self.events: Any = events_backends[ACCOUNT][REGION]
        self.queues: Any = sqs_backends[ACCOUNT][REGION]
        self.queue_arn = self.queues.create_queue("q").queue_arn

    def rule(self, *targets: dict[str, Any], pattern: dict[str, Any] | None = None, **members: Any) -> None:
        self.events.put_rule(name="r", event_pattern=json.dumps(pattern or PATTERN), **members)
        self.target(*targets)

    def target(self, *targets: dict[str, Any]) -> None:
        to_queue = {"Id": "q", "Arn": self.queue_arn}
        self.events.put_targets(name="r", event_bus_arn="default", targets=list(targets) or [to_queue])

    def received(self) -> list[Any]:
        return [json.loads(message.body) for message in self.queues.get_queue("q").messages]


@pytest.fixture
def bus() -> Iterator[Bus]:
    reset()
    yield Bus()
    reset()


def send(**members: Any) -> None:
    event_bus.send(
        ACCOUNT, REGION, **{"source": "aws.test", "detail_type": "A Change", "detail": {"a": "1"}} | members
    )


def test_a_queue_receives_the_whole_envelope(bus: Bus) -> None:
    bus.rule()

    send(resources=["arn:one", "arn:two"], detail={"names": ["a", "<source>"], "count": 2})

    (event,) = bus.received()
    assert list(event) == [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    ]
    assert (event["version"], event["source"], event["detail-type"]) == ("0", "aws.test", "A Change")
    assert (event["account"], event["region"]) == (ACCOUNT, REGION)
    assert event["resources"] == ["arn:one", "arn:two"]
    assert event["detail"] == {"names": ["a", "<source>"], "count": 2}
    assert event["time"].endswith("Z")


def test_only_matching_events_are_delivered(bus: Bus) -> None:
    bus.rule(pattern={"detail-type": ["A Change"], "detail": {"state": ["good"], "tables": ["t"]}})

    send(detail={"state": "bad", "tables": ["t"]})
    send(detail={"state": "good", "tables": ["s", "t"]})

    assert [event["detail"]["state"] for event in bus.received()] == ["good"]


def test_a_disabled_rule_delivers_nothing(bus: Bus) -> None:
    bus.rule(state="DISABLED")

    send()

    assert bus.received() == []


def test_a_rule_with_a_schedule_alone_delivers_nothing(bus: Bus) -> None:
    bus.events.put_rule(name="r", scheduled_expression="rate(5 minutes)")
    bus.target()

    send()

    assert bus.received() == []


def test_an_input_transformer_words_what_arrives(bus: Bus) -> None:
    words = {"InputPathsMap": {"who": "$.account"}, "InputTemplate": '{"from": "<who>"}'}
    bus.rule({"Id": "q", "Arn": bus.queue_arn, "InputTransformer": words})

    send()

    assert bus.received() == [{"from": ACCOUNT}]


def test_a_target_that_cannot_be_served_does_not_keep_the_event_from_the_others(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    gone = f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone"
    bus.rule({"Id": "1", "Arn": function}, {"Id": "2", "Arn": gone}, {"Id": "3", "Arn": bus.queue_arn})

    with caplog.at_level(logging.WARNING):
        send(detail={"secret": "do not log"})

    assert len(bus.received()) == 1
    assert [arn in caplog.text for arn in (function, gone)] == [True, True]
    assert "do not log" not in caplog.text


def test_a_topic_passes_the_event_on(bus: Bus) -> None:
    topics: Any = sns_backends[ACCOUNT][REGION]
    topic = topics.create_topic("t").arn
    topics.subscribe(topic, bus.queue_arn, "sqs")
    bus.rule({"Id": "t", "Arn": topic})

    send()

    (notification,) = bus.received()
    event = json.loads(notification["Message"])
    assert (event["account"], event["detail"]) == (ACCOUNT, {"a": "1"})


def test_a_log_group_receives_the_event(bus: Bus) -> None:
    logs: Any = logs_backends[ACCOUNT][REGION]
    logs.create_log_group("g", {})
    bus.rule({"Id": "g", "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"})

    send()

    (stream,) = logs.groups["g"].streams.values()
    assert [json.loads(line.message)["account"] for line in stream.events] == [ACCOUNT]
