from __future__ import annotations

from functools import cache

import botocore.session
import pytest

from airflow_lineage_provider.local_aws.services.glue import exceptions


def _classes() -> list[type[exceptions.GlueServiceError]]:
    return [exceptions.GlueServiceError, *exceptions.GlueServiceError.__subclasses__()]


@cache
def _modelled_codes() -> frozenset[str]:
    model = botocore.session.get_session().get_service_model("glue")
    return frozenset(shape.name for shape in model.error_shapes)


class TestCodes:
    @pytest.mark.parametrize("error", _classes(), ids=lambda error: error.__name__)
    def test_are_known_to_the_api_model(self, error: type[exceptions.GlueServiceError]) -> None:
        assert error.code in _modelled_codes()
