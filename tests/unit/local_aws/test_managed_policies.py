"""AWS's managed policies: there from the start, the same after every reset, and each stack's own."""

from __future__ import annotations

from airflow_lineage_provider.local_aws import LocalAws

SERVICE_ROLE = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"


def test_are_the_same_after_a_reset(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam")
    before = iam.get_policy(PolicyArn=SERVICE_ROLE)["Policy"]

    local_aws.reset()

    assert iam.get_policy(PolicyArn=SERVICE_ROLE)["Policy"] == before


def test_forget_with_a_reset_who_had_them(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam")
    iam.create_role(RoleName="crawler", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="crawler", PolicyArn=SERVICE_ROLE)
    attached = iam.get_policy(PolicyArn=SERVICE_ROLE)["Policy"]["AttachmentCount"]

    local_aws.reset()

    assert attached == 1
    assert iam.get_policy(PolicyArn=SERVICE_ROLE)["Policy"]["AttachmentCount"] == 0


def test_forget_with_a_reset_what_was_changed_of_them(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam")
    before = iam.list_policy_versions(PolicyArn=SERVICE_ROLE)["Versions"]
    iam.create_policy_version(PolicyArn=SERVICE_ROLE, PolicyDocument=DOCUMENT, SetAsDefault=True)

    local_aws.reset()

    assert iam.list_policy_versions(PolicyArn=SERVICE_ROLE)["Versions"] == before


DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
)
