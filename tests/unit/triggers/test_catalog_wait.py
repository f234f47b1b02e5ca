"""The waits for events, nodes and states in the triggerer, on a double of the AWS client."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    CatalogThingFailedError,
    CatalogTimeoutError,
    InvalidArgumentError,
    PermissionDeniedError,
)
from airflow_lineage_provider.hooks.datazone import DataZoneHook
from airflow_lineage_provider.triggers.base import error_from_payload
from airflow_lineage_provider.triggers.datazone import (
    DataZoneLineageEventTrigger,
    DataZoneLineageNodeTrigger,
    DataZoneStateTrigger,
)
from tests.unit.hooks.scripted_answers import Answer, ScriptedAnswers
from tests.unit.operators.driving import fire

DOMAIN = "dzd-abc123"
GONE = "ResourceNotFoundException"


def make_client(monkeypatch: pytest.MonkeyPatch, **answers: list[Answer]) -> ScriptedAnswers:
    """Put a client in the place of every hook's."""
    client = ScriptedAnswers(**answers)
    monkeypatch.setattr(DataZoneHook, "conn", client)
    return client


def arguments(**overrides: Any) -> dict[str, Any]:
    """Return arguments of a wait that does not have to be waited for by the clock."""
    return {
        "domain_identifier": DOMAIN,
        "waiter_delay": 0.001,
        "timeout": 30.0,
        "deadline": time.time() + 30,
        "carried": {"number": 1},
        "aws_conn_id": None,
        "region_name": "eu-west-1",
        "verify": False,
        "botocore_config": {"retries": {"max_attempts": 2}},
        **overrides,
    }


def make_state(**overrides: Any) -> DataZoneStateTrigger:
    """Build the wait for a data source."""
    given = {"wanted": "data_source_ready", "identifiers": ["source1"], **overrides}
    return DataZoneStateTrigger(**arguments(**given))


@pytest.mark.parametrize(
    "cls, own",
    [
        (DataZoneLineageEventTrigger, {"event_identifiers": ["event1", "event2"]}),
        (
            DataZoneLineageNodeTrigger,
            {"node_identifier": "a", "upstream_identifier": "b", "crawl_id": "c"},
        ),
        (DataZoneStateTrigger, {"wanted": "project_gone", "identifiers": ["p"]}),
    ],
)
def test_serialize_every_argument_as_json(cls: type[Any], own: dict[str, Any]) -> None:
    trigger = cls(**arguments(**own))

    path, kwargs = trigger.serialize()

    assert path.rpartition(".")[2] == cls.__name__
    assert set(kwargs) == {*arguments(), *own}
    assert cls(**json.loads(json.dumps(kwargs))).serialize() == (path, kwargs)


def test_brings_what_was_seen_and_what_it_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(monkeypatch, get_data_source=[{"status": "CREATING"}, {"status": "READY"}])
    trigger = make_state(deadline=4e9)

    assert fire(trigger) == {
        "status": "seen",
        "results": [{"status": "READY"}],
        "carried": {"number": 1},
        "deadline": 4e9,
    }


def test_waits_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(
        monkeypatch,
        get_lineage_event=[{"processingStatus": state} for state in ("REQUESTED", "FAILED", "SUCCESS")],
    )

    payload = fire(DataZoneLineageEventTrigger(**arguments(event_identifiers=["event1", "event2"])))

    assert [each["event_id"] for each in payload["results"]] == ["event1", "event2"]
    assert {each["status"] for each in payload["results"]} <= {"SUCCESS", "FAILED"}


def test_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(monkeypatch)

    assert fire(make_state(identifiers=[]))["results"] == []


def test_outlasts_throttling(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(monkeypatch, get_data_source=["ThrottlingException"] * 3 + [{"status": "READY"}])

    assert fire(make_state())["status"] == "seen"


@pytest.mark.parametrize(
    "answer, error",
    [
        ("AccessDeniedException", PermissionDeniedError),
        ({"status": "FAILED_CREATION"}, CatalogThingFailedError),
        ({"status": "CREATING"}, CatalogTimeoutError),
        ("ThrottlingException", CatalogTimeoutError),
    ],
)
def test_reports_what_went_wrong(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, error: type[Exception]
) -> None:
    make_client(monkeypatch, get_data_source=[answer])

    payload = fire(make_state(timeout=0.2, deadline=time.time() + 0.2))

    assert isinstance(error_from_payload(payload["error"]), error)
    assert payload["carried"] == {"number": 1}


def test_reports_a_state_that_cannot_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(monkeypatch)

    error = error_from_payload(fire(make_state(wanted="happy"))["error"])

    assert isinstance(error, InvalidArgumentError)
    assert error.argument == "wanted"


def test_stops_looking_at_the_others_when_one_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(monkeypatch, get_data_source=["AccessDeniedException", {"status": "CREATING"}])

    async def fail_and_count() -> int:
        trigger = make_state(identifiers=["source1", "source2"])
        async for _ in trigger.run():
            break
        await asyncio.sleep(0)
        return len([task for task in asyncio.all_tasks() if "_wait" in repr(task.get_coro())])

    assert asyncio.run(fail_and_count()) == 0


def test_waits_for_the_same_share_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client(monkeypatch, get_lineage_event=[GONE] * 3 + [{"processingStatus": "SUCCESS"}])

    async def wait_for_all() -> list[dict[str, Any]]:
        async def first_event(trigger: DataZoneLineageEventTrigger) -> dict[str, Any]:
            async for event in trigger.run():
                return event.payload  # type: ignore[no-any-return]
            return {}

        triggers = [
            DataZoneLineageEventTrigger(**arguments(event_identifiers=["event1"], carried={"n": number}))
            for number in range(40)
        ]
        return list(await asyncio.gather(*(first_event(trigger) for trigger in triggers)))

    payloads = asyncio.run(wait_for_all())

    assert [payload["carried"]["n"] for payload in payloads] == list(range(40))
    assert client.times("get_lineage_event") < 40
