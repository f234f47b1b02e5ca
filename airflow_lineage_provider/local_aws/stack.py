"""The stack as a context manager, for tests and notebooks."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from airflow_lineage_provider.local_aws.faults import CALLS, FAULTS, Fault
from airflow_lineage_provider.local_aws.install import reset
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.seed import SEEDS, EcommerceEstate

if TYPE_CHECKING:
    from airflow_lineage_provider.local_aws.server import Server

__all__ = ["LocalAws"]

_CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


class LocalAws:
    """
    A local AWS on a free loopback port, empty when entered and emptied when left.

    .. code-block:: python

        with LocalAws() as aws:
            glue = aws.client("glue")

    One at a time in a process: all servers of a process share their resources.

    :param port: Port to listen on; 0 takes a free one.
    :param region_name: Region of the clients this object makes.
    :param allow_lambda: Whether Lambda functions, those of CloudFormation templates included, may run on this
        machine; each gets a process with an environment of its own.
    """

    account_id = "123456789012"

    def __init__(self, *, port: int = 0, region_name: str = "us-east-1", allow_lambda: bool = False) -> None:
        self.region_name = region_name
        self._port = port
        self._allow_lambda = allow_lambda
        self._stack = ExitStack()
        self._server: Server | None = None

    def __enter__(self) -> LocalAws:
        """Start serving an empty account."""
        from airflow_lineage_provider.local_aws.server import Server

        self._server = self._stack.enter_context(Server(port=self._port, allow_lambda=self._allow_lambda))
        reset()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Empty the account and free the port."""
        reset()
        self._stack.close()
        self._server = None

    @property
    def endpoint_url(self) -> str:
        """Where AWS clients reach the stack, for ``endpoint_url`` or ``AWS_ENDPOINT_URL``."""
        if self._server is None:
            raise RuntimeError("LocalAws is not running; use it in a with statement.")
        return self._server.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point any AWS client of a process at the stack."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": self.region_name,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, **arguments: Any) -> Any:
        """Return a boto3 client of ``service`` that talks to the stack; arguments as ``boto3.client``."""
        defaults: dict[str, Any] = {
            "region_name": self.region_name,
            "config": Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            **_CREDENTIALS,
        }
        make_client: Any = boto3.client
        return make_client(service, endpoint_url=self.endpoint_url, **{**defaults, **arguments})

    def settings(self, **changes: float | bool) -> dict[str, object]:
        """
        Change how long simulated work takes and which limits hold, and return all settings.

        :param changes: Members of :class:`~airflow_lineage_provider.local_aws.runtime.RuntimeSettings`.
        :raises ValueError: If a name is unknown or a value is not of its setting's kind.
        """
        return RUNTIME.configure(dict(changes))

    def now(self) -> datetime:
        """Return the time of the stack's clock."""
        return RUNTIME.now()

    def advance(self, seconds: float) -> datetime:
        """
        Let the stack's clock go on at once; everything that becomes due happens before this returns.

        A crawl of five minutes is over after ``advance(300)``. What the clock does not move is the time of
        whoever calls: Airflow, boto3's signatures, the test.

        :return: The clock's time afterwards.
        :raises ValueError: If ``seconds`` is negative or no finite number.
        """
        return RUNTIME.advance(seconds)

    def fault(self, **members: Any) -> None:
        """
        Add a fault.

        :param members: ``service``, ``operation``, ``error_code``, ``status``, ``times``, ``probability``,
            ``latency_seconds``, ``message``, ``drop``; see
            :class:`~airflow_lineage_provider.local_aws.faults.Fault`.
        :raises ValueError: If a member is unknown or out of range.
        """
        FAULTS.add(Fault.parse(members))

    def clear_faults(self) -> None:
        """Remove all faults."""
        FAULTS.clear()

    def calls(self) -> dict[str, dict[str, int]]:
        """Return how often each operation was called since the last reset."""
        return CALLS.counted()

    def reset(self) -> None:
        """Forget every resource, call, fault and setting."""
        reset()

    def seed(self, name: str = "ecommerce") -> EcommerceEstate:
        """
        Make an example estate.

        :raises ValueError: If there is no such estate.
        """
        if name not in SEEDS:
            raise ValueError(f"unknown seed {name!r}; known: {', '.join(SEEDS)}")
        return SEEDS[name](self.endpoint_url)
