from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.glue.models import GlueBackend, glue_backends

from airflow_lineage_provider.local_aws.install import reset
from airflow_lineage_provider.local_aws.services import glue
from airflow_lineage_provider.local_aws.services.glue.models import CrawlingGlueBackend

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Begin and end with our backend and no account."""
    glue.install()
    reset()
    yield
    glue.install()
    reset()


class TestInstall:
    def test_forgets_accounts_made_before(self) -> None:
        glue_backends.backend = GlueBackend
        assert type(glue_backends[ACCOUNT][REGION]) is GlueBackend

        glue.install()

        assert type(glue_backends[ACCOUNT][REGION]) is CrawlingGlueBackend

    def test_a_second_time_changes_nothing(self) -> None:
        backend = glue_backends[ACCOUNT][REGION]

        glue.install()

        assert glue_backends[ACCOUNT][REGION] is backend

    def test_survives_a_reset(self) -> None:
        reset()

        assert type(glue_backends[ACCOUNT][REGION]) is CrawlingGlueBackend
