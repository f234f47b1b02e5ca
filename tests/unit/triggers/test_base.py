"""How errors and events travel from the triggerer to the worker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider import exceptions
from airflow_lineage_provider.exceptions import CrawlerDeletedError, InvalidArgumentError, LineageError
from airflow_lineage_provider.triggers.base import error_from_payload, error_payload, validated_event

ERROR = CrawlerDeletedError(crawler_name="sales", crawl_id="c")


def test_an_error_is_the_same_after_the_journey() -> None:
    assert error_from_payload(json.loads(json.dumps(error_payload(ERROR)))) == ERROR


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "OSError", "facts": {}},
        {"type": "Callable", "facts": {}},
        {"type": "CrawlerDeletedError"},
        {"type": "CrawlerDeletedError", "facts": []},
    ],
)
def test_makes_no_error_of_what_is_none_of_ours(payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        error_from_payload(payload)


def test_only_errors_of_the_package_can_be_made() -> None:
    made = {name for name in vars(exceptions) if _can_be_made(name)}

    assert made == {
        name for name in exceptions.__all__ if issubclass(getattr(exceptions, name), LineageError)
    }


def _can_be_made(name: str) -> bool:
    """Tell whether a payload with this type is accepted as far as its class goes."""
    try:
        error_from_payload({"type": name, "facts": {}})
    except InvalidArgumentError as refusal:
        return refusal.argument != "event"
    except TypeError:
        return True
    return True


def test_returns_the_payload_of_an_event_with_a_known_status() -> None:
    event = {"status": "ended", "crawl": {}}

    assert validated_event(event, wanted="an event", statuses=("ended",)) == event


def test_raises_the_error_that_an_event_carries() -> None:
    event = {"status": "error", "error": error_payload(ERROR)}

    with pytest.raises(CrawlerDeletedError) as caught:
        validated_event(event, wanted="an event", statuses=("ended",))

    assert caught.value == ERROR


@pytest.mark.parametrize("event", [None, "ended", {}, {"status": "other"}, {"status": "error"}])
def test_refuses_anything_else(event: object) -> None:
    with pytest.raises(InvalidArgumentError, match="an event"):
        validated_event(event, wanted="an event", statuses=("ended",))
