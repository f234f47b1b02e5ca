"""The resource types there are, by name."""

from __future__ import annotations

from functools import cache

from airflow_lineage_provider.local_aws.services.cloudformation.exceptions import TemplateError
from airflow_lineage_provider.local_aws.services.cloudformation.resource_types import ResourceType
from airflow_lineage_provider.local_aws.services.cloudformation.template import Template
from airflow_lineage_provider.local_aws.services.cloudformation.types.aws_lambda import LambdaFunction
from airflow_lineage_provider.local_aws.services.cloudformation.types.custom import CustomResource, is_custom
from airflow_lineage_provider.local_aws.services.cloudformation.types.datazone import (
    DataZoneConnection,
    DataZoneDataSource,
    DataZoneDomain,
    DataZoneProject,
)
from airflow_lineage_provider.local_aws.services.cloudformation.types.dynamodb import DynamoDBTable
from airflow_lineage_provider.local_aws.services.cloudformation.types.glue import (
    GlueClassifier,
    GlueConnection,
    GlueCrawler,
    GlueDatabase,
    GlueTable,
)
from airflow_lineage_provider.local_aws.services.cloudformation.types.iam import IamManagedPolicy, IamRole
from airflow_lineage_provider.local_aws.services.cloudformation.types.lake_formation import (
    LakeFormationPrincipalPermissions,
)
from airflow_lineage_provider.local_aws.services.cloudformation.types.placeholders import (
    PLACEHOLDERS,
    Placeholder,
)
from airflow_lineage_provider.local_aws.services.cloudformation.types.s3 import S3Bucket, S3BucketPolicy

__all__ = ["OWN_TYPES", "check_types", "resource_type"]

OWN_TYPES: dict[str, ResourceType] = {
    each.name: each
    for each in (
        DataZoneConnection(),
        DataZoneDataSource(),
        DataZoneDomain(),
        DataZoneProject(),
        DynamoDBTable(),
        GlueClassifier(),
        GlueConnection(),
        GlueCrawler(),
        GlueDatabase(),
        GlueTable(),
        IamManagedPolicy(),
        IamRole(),
        LakeFormationPrincipalPermissions(),
        LambdaFunction(),
        S3Bucket(),
        S3BucketPolicy(),
        *(Placeholder(name) for name in PLACEHOLDERS),
    )
}
"""The types that are not moto's, custom resources apart."""


@cache
def resource_type(name: str) -> ResourceType | None:
    """Return a type; ``None`` if the local stack has none of that name."""
    if is_custom(name):
        return CustomResource(name)
    if name in OWN_TYPES:
        return OWN_TYPES[name]
    from airflow_lineage_provider.local_aws.services.cloudformation.types.moto_models import moto_type

    return moto_type(name)


def check_types(template: Template) -> None:
    """
    Refuse a template with types that are not there.

    :raises TemplateError: Naming all of them.
    """
    names = {definition.type for definition in template.resources.values()}
    unknown = sorted(name for name in names if resource_type(name) is None)
    if unknown:
        raise TemplateError(
            f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]. "
            "The local AWS stack does not have them."
        )
