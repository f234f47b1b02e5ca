"""The thin base of our triggers, and how errors travel from the triggerer to the worker."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.triggers.base import BaseTrigger

from airflow_lineage_provider import exceptions
from airflow_lineage_provider.exceptions import InvalidArgumentError, LineageError
from airflow_lineage_provider.hooks.loading import load_hook
from airflow_lineage_provider.triggers.poller_hooks import PollerHook

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.base import LineageAwsHook

__all__ = ["LineageAwsTrigger", "error_from_payload", "error_payload", "validated_event"]


def error_payload(error: LineageError) -> dict[str, Any]:
    """Describe one of our errors as JSON, so that a trigger's event can carry it to the worker."""
    return {"type": type(error).__name__, "facts": dict(error.__dict__)}


def error_from_payload(payload: Mapping[str, Any]) -> LineageError:
    """
    Make the error again that :func:`error_payload` described: the same class, the same facts.

    :raises InvalidArgumentError: If the payload describes no error of ours.
    """
    found = getattr(exceptions, str(payload.get("type")), None)
    facts = payload.get("facts")
    if not (isinstance(found, type) and issubclass(found, LineageError) and isinstance(facts, Mapping)):
        raise InvalidArgumentError(argument="event", value=dict(payload), wanted="an error of this package")
    return found(**facts)


def validated_event(event: object, *, wanted: str, statuses: tuple[str, ...]) -> dict[str, Any]:
    """
    Return the payload of a trigger's event, or raise the error it carries.

    A payload is a mapping with a ``status``. One with the status ``error`` carries an ``error``.

    :param event: What Airflow handed to ``execute_complete``.
    :param wanted: What it should be, for the message, such as ``the event of a GlueCrawlTrigger``.
    :param statuses: The statuses that the caller knows, besides ``error``.
    :raises InvalidArgumentError: If it is anything else.
    :raises LineageError: The error that the event carries.
    """
    if not isinstance(event, Mapping) or event.get("status") not in (*statuses, "error"):
        raise InvalidArgumentError(argument="event", value=event, wanted=wanted)
    if event["status"] == "error":
        carried = event.get("error")
        if not isinstance(carried, Mapping):
            raise InvalidArgumentError(argument="event", value=event, wanted=wanted)
        raise error_from_payload(carried)
    return dict(event)


class LineageAwsTrigger(BaseTrigger):
    """
    Base of the triggers that ask AWS. Importing it imports no AWS library.

    A subclass names its hook in :attr:`hook_class_path` and returns its own arguments from
    :meth:`own_arguments`; the shared poller asks for :attr:`client_key`.

    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` leaves them to boto3.
    :param region_name: AWS region; ``None`` takes the connection's or boto3's.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """

    hook_class_path: ClassVar[str]

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    @abstractmethod
    def own_arguments(self) -> dict[str, Any]:
        """Return the arguments of the subclass, as JSON."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and every argument, so that another triggerer can go on."""
        cls = type(self)
        return f"{cls.__module__}.{cls.__qualname__}", {**self.own_arguments(), **self.aws_arguments}

    @property
    def aws_arguments(self) -> dict[str, Any]:
        """Return the AWS connection arguments."""
        return {
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
            "verify": self.verify,
            "botocore_config": self.botocore_config,
        }

    @property
    def client_key(self) -> tuple[Hashable, ...]:
        """Return what makes two triggers ask through the same client."""
        options = json.dumps(self.botocore_config, sort_keys=True, default=repr)
        return (self.hook_class_path, self.aws_conn_id, self.region_name, self.verify, options)

    def make_hook(self) -> LineageAwsHook:
        """
        Import and make the hook.

        This reads the Airflow connection and blocks: call it in a thread, never on the event loop.
        """
        return load_hook(self.hook_class_path, **self.aws_arguments)

    def poller_hook(self) -> PollerHook[Any]:
        """Return the hook that all pollers of this connection share; see :meth:`.PollerHook.shared`."""
        return PollerHook.shared(self.client_key, self.make_hook)
