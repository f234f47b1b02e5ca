"""
The pytest fixture ``local_aws``: an empty local AWS per test, and the environment pointing at it.

Use it with ``pytest_plugins = ["airflow_lineage_provider.local_aws.pytest_plugin"]``. Parallel runs
(pytest-xdist) are safe: every worker process has a stack of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_lineage_provider.local_aws.stack import LocalAws

__all__ = ["local_aws", "local_aws_server"]


@pytest.fixture(scope="session")
def local_aws_server() -> Iterator[LocalAws]:
    """Serve one stack for all tests of this process."""
    with LocalAws() as aws:
        yield aws


@pytest.fixture
def local_aws(local_aws_server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalAws]:
    """Give the test an empty account without waiting times, and point every AWS client at it."""
    local_aws_server.reset()
    local_aws_server.settings(crawl_seconds=0, stopping_seconds=0, import_seconds=0, lineage_seconds=0)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in local_aws_server.environment.items():
        monkeypatch.setenv(name, value)
    yield local_aws_server
    local_aws_server.reset()
