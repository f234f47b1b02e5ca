"""Schedules of data sources: the time zones the model names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from botocore.session import get_session

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError
from airflow_lineage_provider.local_aws.services.datazone.source_timetable import check_schedule, time_zone


@pytest.mark.parametrize(
    "name, offset_hours",
    [
        pytest.param("UTC", 0, id="UTC"),
        pytest.param("US_EASTERN", -5, id="an area in capitals"),
        pytest.param("EUROPE_LONDON", 0, id="a capital"),
        pytest.param("AMERICA_SAO_PAULO", -3, id="three words"),
        pytest.param("ASIA_KUALA_LUMPUR", 8, id="a city of two words"),
        pytest.param("ISRAEL", 2, id="one word"),
        pytest.param("MST7MDT", -7, id="with digits"),
        pytest.param("ETC_GMT_ADD_3", -3, id="west of Greenwich"),
        pytest.param("ETC_GMT_NEG_3", 3, id="east of Greenwich"),
        pytest.param("ETC_GMT0", 0, id="Greenwich"),
    ],
)
def test_zone_has_its_offset(name: str, offset_hours: int) -> None:
    winter = datetime(2025, 1, 15, tzinfo=time_zone(name))

    offset = winter.utcoffset()

    assert offset is not None
    assert offset.total_seconds() / 3600 == offset_hours


def test_every_zone_of_the_service_model_is_known() -> None:
    shape: Any = get_session().get_service_model("datazone").shape_for("Timezone")

    unknown = []
    for name in shape.enum:
        try:
            time_zone(name)
        except KeyError:
            unknown.append(name)

    assert unknown == []


def test_zone_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(KeyError):
        time_zone("MOON_BASE")


def test_expression_the_pattern_lets_through_may_still_be_none() -> None:
    with pytest.raises(ValidationError, match="exactly one of day-of-month and day-of-week"):
        check_schedule({"schedule": {"schedule": "cron(7 22 * * * *)"}})
