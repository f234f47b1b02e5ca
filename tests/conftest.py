"""
What every test can rely on: a clean environment, a home of its own for Airflow, and no network but loopback.

The environment is prepared when this file is imported, because Airflow reads it when *it* is imported. Every
worker process of pytest-xdist does so for itself and gets its own ``AIRFLOW_HOME``.
"""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# A busy machine must not fail a test: how long examples take is no property of the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

pytest_plugins = ["airflow_lineage_provider.local_aws.pytest_plugin"]

_FOREIGN = ("AIRFLOW_", "AWS_", "BOTO_", "CELERY_", "OPENLINEAGE_", "OTEL_")
_WANTED = ("OPENLINEAGE_SPEC_DIR",)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class NetworkIsOffError(RuntimeError):
    """A test tried to leave this machine."""


def _closed_port() -> socket.socket:
    """Return a loopback socket that is bound but does not listen: connecting to it is refused at once."""
    closed = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    closed.bind(("127.0.0.1", 0))
    return closed


def _prepare_environment(home: Path, nowhere: int) -> None:
    """Drop what the caller's shell says about Airflow, AWS and proxies; say what holds in tests."""
    for name in list(os.environ):
        if name in _WANTED:
            continue
        if name.startswith(_FOREIGN) or name.lower() in _PROXIES:
            del os.environ[name]
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_CONFIG_FILE=str(home / "no-aws-config"),
        AWS_SHARED_CREDENTIALS_FILE=str(home / "no-aws-credentials"),
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{nowhere}",
        NO_PROXY="*",
    )


def _remove_home(home: Path, owner: int) -> None:
    """Remove Airflow's home, but not from a process that was forked off."""
    if os.getpid() == owner:
        shutil.rmtree(home, ignore_errors=True)


_NOWHERE = _closed_port()
atexit.register(_NOWHERE.close)
_HOME = Path(tempfile.mkdtemp(prefix="airflow-home-"))
atexit.register(_remove_home, _HOME, os.getpid())
_prepare_environment(_HOME, _NOWHERE.getsockname()[1])


def _is_this_machine(host: object) -> bool:
    """Tell whether a host, as sockets take it, is this machine."""
    name = host.decode("ascii", errors="replace") if isinstance(host, bytes) else host
    if name is None or name in {"", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return str(name).endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _is_allowed(family: int, address: Any) -> bool:
    """Tell whether a socket of ``family`` may connect to ``address``."""
    return family == socket.AF_UNIX or _is_this_machine(address[0])


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse to resolve or to connect to anything but this machine, for the whole run."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if not _is_allowed(self.family, address):
            raise NetworkIsOffError(f"tests must not connect to {address!r}")
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_allowed(self.family, address):
            raise NetworkIsOffError(f"tests must not connect to {address!r}")
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_this_machine(host):
            raise NetworkIsOffError(f"tests must not resolve {host!r}")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def _service_models_are_read_once() -> Iterator[None]:
    """
    Let botocore read each of its data files once per worker process.

    Each hook has a boto3 session of its own, and each session reads its services' models anew: a tenth of a
    second every time, a quarter of what tests that make many hooks take.
    """
    from botocore.loaders import JSONFileLoader

    with pytest.MonkeyPatch.context() as patch:
        read = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))

        @wraps(JSONFileLoader.load_file)
        def load_once(_: JSONFileLoader, file_path: str) -> Any:
            return read(file_path)

        patch.setattr(JSONFileLoader, "load_file", load_once)
        yield


@pytest.fixture(autouse=True)
def _same_environment_afterwards() -> Iterator[None]:
    """Give every test the environment the run began with, whatever the test before it set."""
    before = dict(os.environ)
    yield
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def airflow_database() -> Path:
    """Create Airflow's metadata database (SQLite) once per worker process and return Airflow's home."""
    from airflow.utils.db import initdb

    initdb()
    return _HOME
