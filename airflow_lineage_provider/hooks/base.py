"""The base of our hooks: one way to call AWS, one place where its errors become ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from airflow_lineage_provider.exceptions import AwsCallError
from airflow_lineage_provider.hooks.error_codes import error_class_of

__all__ = ["LineageAwsHook", "map_client_error", "service_time"]


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
    _sends_once = False

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

    def leave_retries_to_caller(self) -> None:
        """
        Send every request once, from the first call on: whoever calls repeats it himself.

        botocore would repeat a refused call a few times in the thread it was made in, unseen by a caller who
        has to slow down for it. All other options of the client stay as they are.
        """
        self._sends_once = True

    def get_client_type(
        self,
        region_name: str | None = None,
        config: Config | None = None,
        deferrable: bool = False,  # noqa: FBT001, FBT002 - the provider's signature
    ) -> Any:
        """Make the client; see :meth:`leave_retries_to_caller`."""
        if self._sends_once:
            config = (config or self.config).merge(Config(retries={"total_max_attempts": 1}))
        return super().get_client_type(region_name, config, deferrable)

    def call(self, operation: str, *, subject: str = "", **params: Any) -> dict[str, Any]:
        """
        Make one API call and return the reply, with its ``ResponseMetadata``.

        :param operation: The client's method, such as ``start_crawler``.
        :param subject: What the call is about; it appears in the error.
        :param params: The request, as boto3 takes it.
        :raises AwsCallError: If AWS refuses the call or cannot be reached; the subclass says why.
        """
        name = operation
        try:
            client: Any = self.conn
            name = client.meta.method_to_api_mapping.get(operation, operation)
            reply: dict[str, Any] = getattr(client, operation)(**params)
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
