"""
An Airflow of its own on this machine: SQLite, scheduler, DAG processor, triggerer and API server.

Everything listens on loopback and keeps its files in one folder; nothing of another Airflow or AWS account in
the environment reaches it.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from airflow_lineage_provider.cli.airflow_api import AirflowApi
from airflow_lineage_provider.cli.processes import Processes, free_port

__all__ = ["LocalAirflow", "clean_environment"]

_AIRFLOW = (sys.executable, "-m", "airflow")
_COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


def clean_environment() -> dict[str, str]:
    """Return our environment without settings of another Airflow or AWS account."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "AWS_", "OPENLINEAGE", "MOTO_", "FORCE_COLOR"))
    }
    binaries = str(Path(sys.executable).parent)
    return kept | {
        "PATH": binaries + os.pathsep + kept.get("PATH", os.defpath),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",
    }


class LocalAirflow:
    """
    An Airflow that is made anew in a folder, and runs as long as its processes do.

    :param home: Its ``AIRFLOW_HOME``; must not exist.
    :param dags_folder: Folder with its DAGs.
    :param port: Port of its API server.
    :param aws_endpoint: Address of the AWS that its connection ``aws_default`` leads to.
    :param aws_region: Region of that connection.
    :param options: Further variables of its environment.
    """

    username = "admin"
    """Its only user."""

    def __init__(
        self,
        home: Path,
        *,
        dags_folder: Path,
        port: int,
        aws_endpoint: str,
        aws_region: str,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.password = secrets.token_urlsafe(9)
        extra = {"region_name": aws_region, "endpoint_url": aws_endpoint}
        connection = {"conn_type": "aws", "login": "testing", "password": "testing", "extra": extra}
        self._home = home
        self._passwords = home / "passwords.json"
        self._environment = {
            **clean_environment(),
            **self._own_options(port),
            "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
            **(options or {}),
        }

    def make_database(self, processes: Processes) -> None:
        """
        Make its home and its database.

        :raises ProcessDiedError: If the database cannot be made.
        """
        self._home.mkdir()
        self._passwords.write_text(json.dumps({self.username: self.password}), encoding="utf-8")
        self._passwords.chmod(0o600)
        processes.run("airflow-db-migrate", [*_AIRFLOW, "db", "migrate"], self._environment)

    def start(self, processes: Processes) -> AirflowApi:
        """Start every component and return a client of the API, which answers a little later."""
        for name in _COMPONENTS:
            processes.start(f"airflow-{name}", [*_AIRFLOW, name], self._environment)
        return AirflowApi(self.url, self.username, self.password)

    def _own_options(self, port: int) -> dict[str, str]:
        """Return what keeps it apart from any other Airflow."""
        return {
            "AIRFLOW_HOME": str(self._home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{self.username}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._passwords),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            # How soon Airflow notices that a worker process has ended. A crawl here takes two seconds: with
            # the default of five, a deferred task can be resumed before, and the scheduler then takes it for
            # lost.
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        }
