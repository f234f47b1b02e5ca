"""Make a hook from the path of its class, so that nothing imports boto3 before it must."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_lineage_provider.hooks.base import LineageAwsHook

__all__ = ["load_hook"]


def load_hook(
    class_path: str,
    *,
    aws_conn_id: str | None,
    region_name: str | None,
    verify: bool | str | None,
    botocore_config: dict[str, Any] | None,
) -> LineageAwsHook:
    """
    Import a hook's module and make the hook.

    :param class_path: Dotted path of the class.
    :param aws_conn_id: Airflow connection with the AWS credentials.
    :param region_name: AWS region.
    :param verify: Check of TLS certificates, as boto3 takes it.
    :param botocore_config: Options of the botocore client.
    """
    module, _, name = class_path.rpartition(".")
    hook: LineageAwsHook = getattr(import_module(module), name)(
        aws_conn_id, region_name=region_name, verify=verify, config=botocore_config
    )
    return hook
