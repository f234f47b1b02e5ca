"""Grant what a crawler's role needs in Lake Formation, and take it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_lineage_provider.exceptions import InvalidArgumentError
from airflow_lineage_provider.tasks.aws import aws_template_fields
from airflow_lineage_provider.tasks.patience import PatientAwsOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_lineage_provider.hooks.lake_formation import Grant, LakeFormationHook

    _Operator = PatientAwsOperator[LakeFormationHook]
else:
    _Operator = PatientAwsOperator

__all__ = ["LakeFormationGrantPermissionsOperator", "LakeFormationRevokePermissionsOperator"]

_ARGUMENTS = ("principal", "resource", "permissions", "permissions_with_grant_option")


class _PermissionsOperator(_Operator):
    """Base of both: who, on what, which permissions; one or many."""

    hook_class_path = "airflow_lineage_provider.hooks.lake_formation.LakeFormationHook"
    template_fields: Sequence[str] = aws_template_fields(*_ARGUMENTS, "entries", "catalog_id")
    ui_color = "#d9efe4"

    _needs_permissions: ClassVar[bool] = True
    """Whether a grant option alone is nothing to work on."""

    def __init__(
        self,
        *,
        principal: str | None = None,
        resource: Mapping[str, Any] | None = None,
        permissions: Sequence[str] | None = None,
        permissions_with_grant_option: Sequence[str] | None = None,
        entries: Sequence[Mapping[str, Any]] | None = None,
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.principal = principal
        self.resource = resource
        self.permissions = permissions
        self.permissions_with_grant_option = permissions_with_grant_option
        self.entries = entries
        self.catalog_id = catalog_id

    def _grants(self) -> list[Grant]:
        """
        Read the arguments.

        :raises InvalidArgumentError: If they do not make a grant.
        """
        single = {name: getattr(self, name) for name in _ARGUMENTS}
        entries: object = self.entries
        if entries is None:
            return [_grant(single, "", needs_permissions=self._needs_permissions)]
        if any(value is not None for value in single.values()):
            wanted = "left out where a single grant is given"
            raise InvalidArgumentError(argument="entries", value=entries, wanted=wanted)
        if isinstance(entries, str) or not isinstance(entries, Sequence) or not entries:
            raise InvalidArgumentError(argument="entries", value=entries, wanted="a list of mappings")
        return [
            _grant(entry, f"entries[{number}]", needs_permissions=self._needs_permissions)
            for number, entry in enumerate(entries)
        ]


class LakeFormationGrantPermissionsOperator(_PermissionsOperator):
    """
    Grant Lake Formation permissions, one grant or many.

    Safe to run twice: a permission that the principal has already is no error. If some grants are refused,
    the others are made all the same, and the error lists each refused one with Lake Formation's reason.

    .. seealso::
        - Guide: :ref:`howto/operator:LakeFormationGrantPermissionsOperator`
        - AWS API: `BatchGrantPermissions
          <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html>`__

    :param principal: Who gets the permissions: the ARN of a user or a role, an account, or
        ``IAM_ALLOWED_PRINCIPALS``. (templated)
    :param resource: What they are for, as the API writes a ``Resource``, such as
        ``{"Database": {"Name": "sales"}}``. (templated)
    :param permissions: Such as ``["CREATE_TABLE", "DESCRIBE"]``. (templated)
    :param permissions_with_grant_option: Those that the principal may hand on. (templated)
    :param entries: Many grants instead of one: a list of mappings with the four arguments above as keys.
        (templated)
    :param catalog_id: The Data Catalog, by its account; ``None`` is the caller's. (templated)
    :param timeout: How long a try may take altogether while AWS is throttled or busy, in seconds or as a
        timedelta. ``None`` means 15 minutes.
    :returns: A mapping with ``granted``, the number of grants that stand.
    :raises InvalidArgumentError: If the arguments do not make a grant; nothing has been called then.
    :raises PermissionsNotGrantedError: If some grants were refused.
    """

    def execute(self, context: Context) -> dict[str, int]:  # noqa: ARG002
        """Make the grants."""
        grants = self._grants()
        granted = self.hook.batch_grant_permissions(grants, catalog_id=self.catalog_id)
        for grant in grants:
            self.log.info("Granted %s", grant)
        return {"granted": granted}


class LakeFormationRevokePermissionsOperator(_PermissionsOperator):
    """
    Take Lake Formation permissions back, one grant or many.

    Safe to run twice: a permission that the principal does not have is no error, nor is a database or table
    that does not exist. If some cannot be revoked, the others are all the same, and the error lists each with
    Lake Formation's reason. Nothing else that the principal has is touched.

    .. seealso::
        - Guide: :ref:`howto/operator:LakeFormationRevokePermissionsOperator`
        - AWS API: `BatchRevokePermissions
          <https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchRevokePermissions.html>`__

    :param principal: Whose permissions: the ARN of a user or a role, an account, or
        ``IAM_ALLOWED_PRINCIPALS``. (templated)
    :param resource: What they are for, as the API writes a ``Resource``, such as
        ``{"Database": {"Name": "sales"}}``. (templated)
    :param permissions: Such as ``["CREATE_TABLE", "DESCRIBE"]``. (templated)
    :param permissions_with_grant_option: Those that the principal shall not hand on any more; without
        ``permissions`` the permissions themselves stay. (templated)
    :param entries: Many grants instead of one: a list of mappings with the four arguments above as keys.
        (templated)
    :param catalog_id: The Data Catalog, by its account; ``None`` is the caller's. (templated)
    :param timeout: How long a try may take altogether while AWS is throttled or busy, in seconds or as a
        timedelta. ``None`` means 15 minutes.
    :returns: A mapping with ``revoked`` and ``absent``: how many permissions were revoked, and how many there
        were not.
    :raises InvalidArgumentError: If the arguments do not name permissions; nothing has been called then.
    :raises PermissionsNotRevokedError: If some could not be revoked.
    """

    _needs_permissions: ClassVar[bool] = False

    def execute(self, context: Context) -> dict[str, int]:  # noqa: ARG002
        """Revoke the permissions."""
        grants = self._grants()
        revoked, absent = self.hook.batch_revoke_permissions(grants, catalog_id=self.catalog_id)
        for grant in grants:
            self.log.info("Revoked %s", grant)
        return {"revoked": revoked, "absent": absent}


def _grant(given: Mapping[str, Any], place: str, *, needs_permissions: bool) -> Grant:
    """Read one grant."""
    from airflow_lineage_provider.hooks.lake_formation import Grant

    if not isinstance(given, Mapping) or set(given) - set(_ARGUMENTS):
        wanted = f"a mapping with the keys {', '.join(_ARGUMENTS)}"
        raise InvalidArgumentError(argument=place, value=given, wanted=wanted)
    principal, resource = given.get("principal"), given.get("resource")
    prefix = f"{place}." if place else ""
    if not isinstance(principal, str) or not principal.strip() or "{{" in principal:
        wanted = "the ARN of a user or a role, an account or IAM_ALLOWED_PRINCIPALS"
        raise InvalidArgumentError(argument=f"{prefix}principal", value=principal, wanted=wanted)
    if not isinstance(resource, Mapping) or len(resource) != 1:
        wanted = "a mapping with one member, such as {'Database': {'Name': 'sales'}}"
        raise InvalidArgumentError(argument=f"{prefix}resource", value=resource, wanted=wanted)
    grantable = _permissions(given, "permissions_with_grant_option", prefix, required=False)
    needed = needs_permissions or not grantable
    return Grant(
        principal=principal,
        resource=resource,
        permissions=_permissions(given, "permissions", prefix, required=needed),
        grantable=grantable,
    )


def _permissions(
    given: Mapping[str, Any], name: str, prefix: str, *, required: bool = True
) -> tuple[str, ...]:
    """Read a list of permissions."""
    value = given.get(name)
    if value is None and not required:
        return ()
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or (required and not value)
        or not all(isinstance(permission, str) for permission in value)
    ):
        raise InvalidArgumentError(
            argument=f"{prefix}{name}", value=value, wanted="a list such as ['CREATE_TABLE']"
        )
    return tuple(value)
