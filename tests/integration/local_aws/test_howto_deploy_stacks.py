"""The examples of the how-to page on stacks do what the page says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_lineage_provider.local_aws import LocalAws
from tests.integration.local_aws.howto_examples import examples_of


@pytest.fixture
def example() -> Callable[[str], Callable[[LocalAws], Any]]:
    """Return the functions of the page, by name."""
    return examples_of("deploy-stacks.rst")


def test_a_deployed_lake_can_be_crawled(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    assert example("crawl_a_deployed_lake")(local_aws) == ["orders"]


def test_a_fault_is_the_reason_of_a_rollback(local_aws: LocalAws, example: Callable[[str], Any]) -> None:
    (reason,) = example("see_why_it_was_rolled_back")(local_aws)

    assert "OperationTimeoutException" in reason
