"""The base of our hooks: one way to call AWS, one place where its errors become ours."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from types import FrameType
from typing import Any, ClassVar, Self

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from airflow_lineage_provider.exceptions import AwsCallError
from airflow_lineage_provider.hooks.error_codes import error_class_of
from airflow_lineage_provider.hooks.lean_client import lean_config, read_excerpts
from airflow_lineage_provider.hooks.repeating import repeat_while_transient

__all__ = ["LineageAwsHook", "Repeat", "map_client_error", "service_time"]

Reply = dict[str, Any]
Repeat = Callable[[Callable[[], Reply]], Reply]
"""Makes a call that changes nothing, and decides whether it is made again when it was refused."""

_READS = ("batch_get_", "get_", "list_", "query_")


def map_client_error(service: str, operation: str, error: Exception, subject: str = "") -> AwsCallError:
    """
    Make our error of one that botocore raised.

    :param service: Name of the service as botocore knows it, such as ``glue``.
    :param operation: Name of the API operation, such as ``StartCrawler``.
    :param error: What botocore raised. A :class:`~botocore.exceptions.ClientError` is mapped by its code,
        any other error (no credentials, no connection, a parameter of the wrong type) by its class.
    :param subject: What the call was about, such as ``crawler 'sales'``.
    """
    if isinstance(error, ClientError):
        facts = error.response.get("Error", {})
        code = str(facts.get("Code") or "Unknown")
        message = str(facts.get("Message") or "")
    else:
        code, message = type(error).__name__, str(error)
    message = " ".join(message.split()) or "AWS gave no message."
    if message[-1] not in ".!?":
        message += "."
    return error_class_of(code)(
        service=service, operation=operation, code=code, message=message, subject=subject
    )


def service_time(response: Mapping[str, Any]) -> datetime:
    """
    Return the service's own time of a reply, from its ``Date`` header: aware, UTC, whole seconds.

    Without the header this process' clock has to do.
    """
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        said = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return datetime.now(tz=UTC)
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


class LineageAwsHook(AwsBaseHook):
    """
    Call one AWS service through an Airflow connection; every error that comes back is one of ours.

    A subclass names its service in :attr:`service`.

    :param aws_conn_id: Airflow connection; ``None`` leaves the credentials to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param config: Options of the botocore client.
    """

    service: ClassVar[str]
    bears_until: float | None = None
    """Until when refused calls are repeated, in seconds since the epoch; see :meth:`bear_throttling`."""
    _serves_poller = False
    _repeat: Repeat | None = None

    def __init__(
        self,
        aws_conn_id: str | None = "aws_default",
        *,
        region_name: str | None = None,
        verify: bool | str | None = None,
        config: Any = None,
    ) -> None:
        super().__init__(
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            config=config,
            client_type=self.service,
        )

    def bear_throttling(self, until: float) -> None:
        """
        From now on, repeat calls while the service is throttled, busy or cannot be reached.

        Only for hooks whose calls have their effect once, however often they are made.

        :param until: Until when, in seconds since the epoch; then the last refusal is raised.
        """
        self.bears_until = until

    def serve_poller(self) -> None:
        """
        Make a client for the shared poller, from the first call on; see :mod:`.lean_client`.

        It sends every request once: the poller repeats it. botocore would repeat a refused call a few times
        in the thread it was made in, unseen by a poller that has to slow down for it. And it may know only
        what a poller asks. All other options of the client stay as they are.
        """
        self._serves_poller = True

    def get_session(
        self,
        region_name: str | None = None,
        deferrable: bool = False,  # noqa: FBT001, FBT002 - the provider's signature
    ) -> Any:
        """Make the session; see :meth:`serve_poller`."""
        session = super().get_session(region_name, deferrable)
        if self._serves_poller and not deferrable:
            read_excerpts(session)
        return session

    def patient(self, repeat: Repeat) -> Self:
        """
        Return the same hook, with the same client, whose reads are made by ``repeat``, one by one.

        Whatever takes several reads (a listing with many pages, a row and its crawler) goes on where it was
        when one of them is refused.
        """
        twin = copy.copy(self)
        twin._repeat = repeat
        return twin

    def get_client_type(
        self,
        region_name: str | None = None,
        config: Config | None = None,
        deferrable: bool = False,  # noqa: FBT001, FBT002 - the provider's signature
    ) -> Any:
        """Make the client; see :meth:`serve_poller`."""
        if self._serves_poller:
            config = lean_config(config or self.config)
        return super().get_client_type(region_name, config, deferrable)

    def _get_caller(self, target_function_name: str = "execute") -> str:
        """
        Name the operator or sensor that makes the client, for the ``User-Agent``.

        The provider reads the source files of the whole stack for that, which takes longer than the client.
        """
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if frame.f_code.co_name in {target_function_name, "poke"} and "self" in frame.f_locals:
                return type(frame.f_locals["self"]).__name__
            frame = frame.f_back
        return "Unknown"

    def call(self, operation: str, *, subject: str = "", **params: Any) -> dict[str, Any]:
        """
        Make one API call and return the reply, with its ``ResponseMetadata``; see :meth:`patient` for reads.

        :param operation: The client's method, such as ``start_crawler``.
        :param subject: What the call is about; it appears in the error.
        :param params: The request, as boto3 takes it.
        :raises AwsCallError: If AWS refuses the call or cannot be reached; the subclass says why.
        """
        once = partial(self._call_once, operation, subject, params)
        if self.bears_until is not None:
            return repeat_while_transient(once, deadline=self.bears_until)
        if self._repeat is not None and operation.startswith(_READS):
            return self._repeat(once)
        return once()

    def _call_once(self, operation: str, subject: str, params: Mapping[str, Any]) -> Reply:
        """Make a call once, but for what botocore repeats."""
        name = operation
        try:
            client: Any = self.conn
            name = client.meta.method_to_api_mapping.get(operation, operation)
            reply: Reply = getattr(client, operation)(**params)
        except (ClientError, BotoCoreError) as error:
            raise map_client_error(self.service, name, error, subject) from error
        return reply

    def place(self) -> tuple[str, str]:
        """
        Return the region and the partition that calls go to.

        :raises RequestInvalidError: If neither the arguments nor the connection name a region.
        """
        try:
            client: Any = self.conn
        except BotoCoreError as error:
            raise map_client_error(self.service, "(client)", error) from error
        return client.meta.region_name, client.meta.partition

    def account(self) -> str:
        """
        Return the 12-digit number of the account that calls are made in (STS ``GetCallerIdentity``).

        :raises AwsCallError: If STS cannot be asked.
        """
        try:
            return str(self.account_id)
        except (ClientError, BotoCoreError) as error:
            raise map_client_error("sts", "GetCallerIdentity", error) from error

    @staticmethod
    def service_time(response: Mapping[str, Any]) -> datetime:
        """Return the service's own time of a reply; see :func:`service_time`."""
        return service_time(response)
