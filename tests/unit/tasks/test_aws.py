"""The thin base of our operators and sensors."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from airflow_lineage_provider.hooks.glue_crawl import GlueCrawlHook
from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator

MODULES = [
    "airflow_lineage_provider.operators.glue_crawl",
    "airflow_lineage_provider.operators.lake_formation",
    "airflow_lineage_provider.sensors.base",
    "airflow_lineage_provider.tasks.aws",
    "airflow_lineage_provider.tasks.memory",
    "airflow_lineage_provider.triggers.base",
    "airflow_lineage_provider.triggers.glue_crawl",
    "airflow_lineage_provider.triggers.poller",
    "airflow_lineage_provider.links.glue_crawl",
]
HEAVY = [
    "boto3",
    "botocore",
    "aiohttp",
    "openlineage",
    "airflow.providers.amazon",
    "airflow.providers.openlineage",
]


def make_operator(**overrides: Any) -> GlueCrawlOperator:
    """Build an operator."""
    return GlueCrawlOperator(task_id="task", crawler_name="sales", **overrides)


class TestHook:
    def test_is_made_of_the_connection_arguments(self) -> None:
        operator = make_operator(
            aws_conn_id=None, region_name="eu-west-1", verify=False, botocore_config={"read_timeout": 7}
        )

        assert isinstance(operator.hook, GlueCrawlHook)
        client: Any = operator.hook.conn
        assert client.meta.region_name == "eu-west-1"
        assert client.meta.config.read_timeout == 7
        assert operator.hook is operator.hook


def test_importing_what_a_dag_file_imports_brings_no_aws_library_along() -> None:
    program = (
        "import sys, airflow; from airflow.triggers.base import BaseTrigger\n"
        "from airflow.providers.common.compat.sdk import BaseOperator, BaseOperatorLink, XCom, conf\n"
        "before = set(sys.modules)\n"
        f"import {', '.join(MODULES)}\n"
        f"print([name for name in sorted(set(sys.modules) - before) for heavy in {HEAVY}"
        " if name == heavy or name.startswith(heavy + '.')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout.splitlines()[-1] == "[]"
