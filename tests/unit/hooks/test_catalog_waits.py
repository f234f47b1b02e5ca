"""What a task can wait for in SageMaker Catalog, and how a worker waits for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_lineage_provider.exceptions import (
    CatalogThingFailedError,
    CatalogTimeoutError,
    LineageError,
    PermissionDeniedError,
)
from airflow_lineage_provider.hooks.catalog_patience import CatalogPatience
from airflow_lineage_provider.hooks.catalog_waits import (
    CatalogWait,
    DataSourceGone,
    DataSourceReady,
    DataSourceRunsOver,
    EventProcessed,
    ListingInactive,
    ProjectGone,
)
from tests.unit.hooks.scripted_answers import Answer, ScriptedAnswers, make_hook
from tests.unit.hooks.sleeping_clock import SleepingClock

DOMAIN = "dzd-abc123"
NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)
GONE = "ResourceNotFoundException"
SLOW = "ThrottlingException"


def wait_for(wait: CatalogWait, method: str, *answers: Answer, timeout: float = 100) -> Any:
    """Wait for something while a method gives these answers; return what came of it, or the error."""
    clock = SleepingClock()
    patience = CatalogPatience(timeout, timeout, 10, clock=clock.read, sleep=clock.sleep)
    try:
        return patience.wait(make_hook(ScriptedAnswers(**{method: list(answers)})), wait)
    except LineageError as error:
        return error


def source(status: str, **overrides: Any) -> dict[str, Any]:
    """Return a data source in a state."""
    return {"id": "source", "status": status, **overrides}


def runs(*statuses: str) -> dict[str, Any]:
    """Return a list of runs in some states."""
    return {"items": [{"id": f"run{number}", "status": status} for number, status in enumerate(statuses)]}


RUNS_OVER = DataSourceRunsOver(DOMAIN, "source00000001")
READY = DataSourceReady(DOMAIN, "source00000001")
SOURCE_GONE = DataSourceGone(DOMAIN, "source00000001")
PROJECT_GONE = ProjectGone(DOMAIN, "project0000001")
EVENT = EventProcessed(DOMAIN, "a1b2c3d4e5f6g7")
UNPUBLISHED = ListingInactive(DOMAIN, "asset000000001")


@pytest.mark.parametrize(
    "wait, method, answers, result",
    [
        pytest.param(
            READY, "get_data_source", [source("CREATING"), source("READY")], {"status": "READY"}, id="ready"
        ),
        pytest.param(
            READY, "get_data_source", [source("RUNNING")], {"status": "RUNNING"}, id="ready while it runs"
        ),
        pytest.param(READY, "get_data_source", [SLOW, SLOW, source("READY")], {"status": "READY"}, id="slow"),
        pytest.param(SOURCE_GONE, "get_data_source", [source("DELETING"), GONE], {}, id="source gone"),
        pytest.param(
            RUNS_OVER,
            "list_data_source_runs",
            [runs("REQUESTED"), SLOW, runs("RUNNING", "FAILED"), runs("SUCCESS", "FAILED")],
            {"status": "over"},
            id="runs",
        ),
        pytest.param(RUNS_OVER, "list_data_source_runs", [runs()], {"status": "over"}, id="no runs"),
        pytest.param(RUNS_OVER, "list_data_source_runs", [GONE], {"status": "absent"}, id="runs of nothing"),
        pytest.param(PROJECT_GONE, "get_project", [{"projectStatus": "DELETING"}, GONE], {}, id="project"),
        pytest.param(PROJECT_GONE, "get_project", [{}, GONE], {}, id="project without a state"),
        pytest.param(
            UNPUBLISHED,
            "get_asset",
            [{"listing": {"listingStatus": "ACTIVE"}}, {"listing": {"listingStatus": "INACTIVE"}}],
            {"asset_id": "asset000000001"},
            id="unpublished",
        ),
        pytest.param(UNPUBLISHED, "get_asset", [{}], {"asset_id": "asset000000001"}, id="never published"),
        pytest.param(UNPUBLISHED, "get_asset", [GONE], {"asset_id": "asset000000001"}, id="asset gone"),
        pytest.param(
            EVENT,
            "get_lineage_event",
            [
                GONE,
                {"processingStatus": "REQUESTED"},
                {"processingStatus": "PROCESSING"},
                {"processingStatus": "FAILED", "eventTime": NOON, "createdAt": NOON},
            ],
            {
                "event_id": "a1b2c3d4e5f6g7",
                "status": "FAILED",
                "event_time": "2025-06-04T12:00:00.000Z",
                "created_at": "2025-06-04T12:00:00.000Z",
            },
            id="event",
        ),
    ],
)
def test_is_waited_for(wait: CatalogWait, method: str, answers: list[Answer], result: Any) -> None:
    assert wait_for(wait, method, *answers) == result


@pytest.mark.parametrize(
    "wait, method, answer, said",
    [
        pytest.param(
            READY,
            "get_data_source",
            source("FAILED_CREATION", errorMessage={"errorType": "X", "errorDetail": "no role"}),
            "Data source source00000001 of domain 'dzd-abc123' is FAILED_CREATION: X: no role. Remove",
            id="creation failed",
        ),
        pytest.param(
            READY, "get_data_source", source("DELETING"), "is DELETING: The service gave no", id="deleted"
        ),
        pytest.param(
            SOURCE_GONE, "get_data_source", source("FAILED_DELETION"), "is FAILED_DELETION", id="kept"
        ),
        pytest.param(
            PROJECT_GONE,
            "get_project",
            {"projectStatus": "DELETE_FAILED", "failureReasons": [{"message": "it is in use"}, {}]},
            "Project project0000001 of domain 'dzd-abc123' is DELETE_FAILED: it is in use.",
            id="project kept",
        ),
    ],
)
def test_fails_when_it_will_not_come(wait: CatalogWait, method: str, answer: Answer, said: str) -> None:
    error = wait_for(wait, method, answer)

    assert isinstance(error, CatalogThingFailedError)
    assert said in str(error)


@pytest.mark.parametrize(
    "wait, method, answer, said",
    [
        pytest.param(READY, "get_data_source", source("CREATING"), "still CREATING, not READY", id="source"),
        pytest.param(SOURCE_GONE, "get_data_source", source("DELETING"), "DELETING, not gone", id="gone"),
        pytest.param(PROJECT_GONE, "get_project", {}, "still ACTIVE, not gone", id="project"),
        pytest.param(EVENT, "get_lineage_event", GONE, "still absent, not processed", id="event"),
        pytest.param(
            UNPUBLISHED, "get_asset", {"listing": {"listingStatus": "ACTIVE"}}, "ACTIVE, not IN", id="listing"
        ),
        pytest.param(READY, "get_data_source", SLOW, "still unknown, not READY", id="never answered"),
    ],
)
def test_says_in_which_state_it_stayed(wait: CatalogWait, method: str, answer: Answer, said: str) -> None:
    error = wait_for(wait, method, answer, timeout=90)

    assert isinstance(error, CatalogTimeoutError)
    assert isinstance(error, TimeoutError)
    assert said in str(error)
    assert "after 90 s" in str(error)


def test_is_not_waited_for_where_it_may_not_be_read() -> None:
    error = wait_for(EVENT, "get_lineage_event", "AccessDeniedException")

    assert isinstance(error, PermissionDeniedError)
    assert EVENT.event_id in str(error)
