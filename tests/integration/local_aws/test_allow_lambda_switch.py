"""``--allow-lambda``: the served process runs functions, and takes them with it when it ends."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve the stack in a process of its own and give its endpoint."""
    command = [sys.executable, "-m", "airflow_lineage_provider.local_aws", "--port", "0", "--quiet", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            yield process, dict(fact.split("=", 1) for fact in ready[1:])["endpoint"]
        finally:
            process.terminate()


def make_function(endpoint: str, source: str) -> Any:
    """Make a function and return a client to call it with."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", source)
    config = Config(retries={"max_attempts": 0})
    make_client: Any = boto3.client
    iam = make_client("iam", endpoint_url=endpoint)
    role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    client = make_client("lambda", endpoint_url=endpoint, config=config)
    client.create_function(
        FunctionName="greeter",
        Runtime="python3.12",
        Role=role["Arn"],
        Handler="index.handler",
        Timeout=300,
        Code={"ZipFile": packed.getvalue()},
    )
    return client


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_functions_run_where_it_is_given_and_end_with_the_server(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    source = (
        "import os, pathlib, time\n"
        "def handler(event, context):\n"
        f"    pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(600)\n"
    )
    with served("--allow-lambda") as (server, endpoint):
        client = make_function(endpoint, source)
        client.invoke(FunctionName="greeter", InvocationType="Event")
        wait_for(lambda: mark.exists() and bool(mark.read_text()))
        pid = int(mark.read_text())
        ran = runs(pid)

        server.terminate()
        server.wait()

        assert ran
        wait_for(lambda: not runs(pid))


def test_functions_do_not_run_where_it_is_not_given() -> None:
    with served() as (_, endpoint):
        client = make_function(endpoint, "def handler(event, context):\n    return 1")

        with pytest.raises(ClientError, match=r"\(AccessDeniedException\).*--allow-lambda"):
            client.invoke(FunctionName="greeter")
