"""
The thin base of our operators and sensors: which AWS they talk to.

The Amazon provider's own base operator imports boto3 in every DAG parse; this one imports the hook when it is
first used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_lineage_provider.hooks.loading import load_hook

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.base import LineageAwsHook

__all__ = ["LineageAwsOperator", "aws_template_fields"]

HookT = TypeVar("HookT", bound="LineageAwsHook")


def aws_template_fields(*names: str) -> tuple[str, ...]:
    """Return ``names`` and the AWS connection arguments that may be templated, sorted."""
    return tuple(sorted({"aws_conn_id", "region_name", "verify", *names}))


class LineageAwsOperator(BaseOperator, Generic[HookT]):
    """
    Base of the operators that call AWS. Importing it imports no AWS library.

    A subclass names its hook in :attr:`hook_class_path`.

    :param aws_conn_id: Airflow connection with the AWS credentials; ``None`` or empty leaves them to boto3,
        as each worker and triggerer is set up. (templated)
    :param region_name: AWS region; ``None`` takes the connection's or boto3's. (templated)
    :param verify: ``False`` does not check TLS certificates, a path names a bundle of certificates to trust;
        ``None`` takes the connection's setting. (templated)
    :param botocore_config: Options of the botocore client, such as ``{"retries": {"max_attempts": 10}}``.
    """

    hook_class_path: ClassVar[str]
    template_fields: Sequence[str] = aws_template_fields()

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    @cached_property
    def hook(self) -> HookT:
        """Return the hook; its module, and with it boto3, is imported on first use."""
        return cast("HookT", load_hook(self.hook_class_path, **self.aws_arguments))

    @property
    def aws_arguments(self) -> dict[str, Any]:
        """Return the AWS connection arguments, as our triggers take them."""
        return {
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
            "verify": self.verify,
            "botocore_config": self.botocore_config,
        }
