"""
Capabilities: what a request has to acknowledge before a template may make IAM resources.

.. seealso:: AWS CloudFormation User Guide, "Acknowledging IAM resources in CloudFormation templates".
"""

from __future__ import annotations

from collections.abc import Collection

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import (
    InsufficientCapabilitiesError,
)
from airflow_lineage_provider.local_aws.services.cloudformation.template import Template

__all__ = ["check_capabilities", "reason_for", "required_capabilities"]

_IAM = "CAPABILITY_IAM"
_NAMED_IAM = "CAPABILITY_NAMED_IAM"
_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}


def required_capabilities(template: Template) -> list[str]:
    """Return the capability a template needs: none, one for IAM resources, one for those with a name."""
    found = [each for each in template.resources.values() if each.type in _NAMES]
    if any(_NAMES[each.type] in each.properties for each in found):
        return [_NAMED_IAM]
    return [_IAM] if found else []


def reason_for(template: Template) -> str | None:
    """Return why a template needs a capability, as GetTemplateSummary words it."""
    types = sorted({each.type for each in template.resources.values() if each.type in _NAMES})
    if not types:
        return None
    return f"The following resource(s) require capabilities: [{', '.join(types)}]"


def check_capabilities(template: Template, capabilities: Collection[str]) -> None:
    """
    Refuse a template whose capability nobody acknowledged; that for named resources covers the others.

    :raises InsufficientCapabilitiesError: Naming the capability.
    """
    for needed in required_capabilities(template):
        if needed not in capabilities and _NAMED_IAM not in capabilities:
            raise InsufficientCapabilitiesError(f"Requires capabilities : [{needed}]")
