"""
What the role of a crawler may read and write: every read of a crawl and every write to the catalog asks here.

A refusal fails the crawl with AWS's text, never StartCrawler. With ``UseLakeFormationCredentials`` the data
is read through Lake Formation, so the role needs no S3 rights but a registered location and a grant on it.

.. seealso:: AWS Glue Developer Guide, "Crawler prerequisites" and "Error: AWS Lake Formation permissions".
"""

from __future__ import annotations

from dataclasses import dataclass

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from airflow_lineage_provider.local_aws.enforcement.lake_formation import LakeFormation
from airflow_lineage_provider.local_aws.enforcement.policies import parse_policy
from airflow_lineage_provider.local_aws.enforcement.principals import Principal, assumed_role
from airflow_lineage_provider.local_aws.engine.errors import UnfitForCrawlError
from airflow_lineage_provider.local_aws.engine.plan import Write

__all__ = ["AccessRefusedError", "CrawlAccess", "may_be_assumed"]

_SESSION = "AWS-Crawler"
_GUIDE = (
    "For more information, see Setting up IAM Permissions in the Developer Guide "
    "(http://docs.aws.amazon.com/glue/latest/dg/getting-started-access.html)."
)
_REFUSALS = {
    "dynamodb": "(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: AccessDeniedException)",
    "glue": "(Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException)",
    "s3": "(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)",
}
_TABLE_RIGHTS = {"UPDATE": ("UpdateTable", "ALTER", "Alter"), "DELETE": ("DeleteTable", "DROP", "Drop")}
_PARTITION_ACTIONS = {
    "ADD": "BatchCreatePartition",
    "UPDATE": "UpdatePartition",
    "DELETE": "BatchDeletePartition",
}


class AccessRefusedError(UnfitForCrawlError):
    """The crawler's role lacks a right; the text is AWS's own."""

    def __init__(self, *, message: str) -> None:
        super().__init__(message=message)
        self.message = message

    def __str__(self) -> str:
        """Repeat the service's text, and where AWS explains it."""
        return f"{self.message}. {_GUIDE}"


def may_be_assumed(account_id: str, region: str, role: str) -> bool | None:
    """
    Tell whether a role's trust policy admits AWS Glue.

    :return: ``None`` if there is no such role.
    """
    name = role.rpartition("/")[2]
    roles = iam_backends[account_id][get_partition(region)].roles.values()
    found = next((held for held in roles if held.name == name), None)
    if found is None:
        return None
    return any(
        statement.allows
        and statement.concerns("sts:AssumeRole", None)
        and (
            "glue.amazonaws.com" in statement.principals.get("Service", ())
            or "*" in statement.principals.get("AWS", ())
        )
        for statement in parse_policy(found.assume_role_policy_document or "{}")
    )


@dataclass(frozen=True, slots=True)
class CrawlAccess:
    """
    The rights of a crawler's role in one account and region.

    ``through_lake_formation`` is ``UseLakeFormationCredentials``.
    """

    account_id: str
    region: str
    role: str
    through_lake_formation: bool = False

    @property
    def role_arn(self) -> str:
        """The role's ARN."""
        if self.role.startswith("arn:"):
            return self.role
        return f"arn:{get_partition(self.region)}:iam::{self.account_id}:role/{self.role}"

    @property
    def lake_formation(self) -> LakeFormation:
        """The grants of the account and region."""
        return LakeFormation(self.account_id, self.region)

    def check(self, action: str, resource: str) -> None:
        """
        Check an IAM right of the role.

        :raises AccessRefusedError: If the role has it not, or there is no such role.
        """
        refusal = self._principal().refusal(action, resource)
        if refusal is not None:
            service = _REFUSALS.get(action.partition(":")[0], "")
            raise AccessRefusedError(message=f"{refusal} {service}".rstrip())

    def check_objects(self, bucket: str, prefix: str) -> None:
        """
        Check that the objects of a bucket may be listed.

        :raises AccessRefusedError: If not.
        """
        if self.through_lake_formation:
            self._check_location(f"s3://{bucket}/{prefix}")
        else:
            self.check("s3:ListBucket", self._arn("s3", bucket))

    def check_object(self, bucket: str, key: str, *, action: str = "GetObject") -> None:
        """
        Check that an object may be read; through Lake Formation its location has been checked already.

        :param action: GetObject, or another S3 action on an object.
        :raises AccessRefusedError: If not.
        """
        if not self.through_lake_formation:
            self.check(f"s3:{action}", self._arn("s3", f"{bucket}/{key}"))

    def check_items(self, operation: str, table: str) -> None:
        """
        Check that a DynamoDB table may be read.

        :param operation: DescribeTable or Scan.
        :raises AccessRefusedError: If not.
        """
        self.check(f"dynamodb:{operation}", self._arn("dynamodb", f"table/{table}"))

    def check_connection(self, name: str) -> None:
        """
        Check that a Glue connection may be read.

        :raises AccessRefusedError: If not.
        """
        try:
            self.check("glue:GetConnection", self._arn("glue", f"connection/{name}"))
        except AccessRefusedError as error:
            raise AccessRefusedError(
                message=f"Unable to retrieve connection {name}: {error.message}"
            ) from error

    def check_new_database(self, database: str) -> None:
        """
        Check that the role may create a database.

        :raises AccessRefusedError: If not.
        """
        self.check("glue:CreateDatabase", self._arn("glue", f"database/{database}"))
        if not self.lake_formation.may_create_databases(self.role_arn):
            raise _insufficient(": Required Create Database on Catalog")

    def check_write(self, database: str, write: Write, *, own_table: bool) -> None:
        """
        Check that the role may do one write of a crawl.

        :param own_table: Whether the role created the table: it has all rights on it then.
        :raises AccessRefusedError: If not.
        """
        if write.action == "TOUCH":
            return
        table = self._arn("glue", f"table/{database}/{write.table}")
        if write.subject == "PARTITION":
            self.check(f"glue:{_PARTITION_ACTIONS[write.action]}", table)
        elif write.action == "ADD":
            self.check("glue:CreateTable", table)
            self._check_database(database)
            self._check_table_location(write)
        else:
            action, right, words = _TABLE_RIGHTS[write.action]
            self.check(f"glue:{action}", table)
            granted = self.lake_formation.allows(self.role_arn, right, database=database, table=write.table)
            if not (own_table or granted):
                raise _insufficient(f": Required {words} on {write.table}")

    def _check_location(self, location: str) -> None:
        if not self.lake_formation.is_registered(location):
            raise AccessRefusedError(message=f"The S3 location: {location} is not registered")
        if self._principal().refusal("lakeformation:GetDataAccess", "*") is not None:
            text = "User/Role is not authorized to perform: lakeformation:GetDataAccess on resource"
            raise AccessRefusedError(message=text)
        if not self.lake_formation.location_allowed(self.role_arn, location):
            raise _insufficient(f" on {location}")

    def _check_database(self, database: str) -> None:
        grants = self.lake_formation
        if not grants.allows(self.role_arn, "DESCRIBE", database=database):
            raise _insufficient(f" on {database} (Database name: {database})")
        if not grants.allows(self.role_arn, "CREATE_TABLE", database=database):
            raise _insufficient(f": Required Create Table on {database}")

    def _check_table_location(self, write: Write) -> None:
        location = str(write.definition.get("StorageDescriptor", {}).get("Location", ""))
        if location.startswith("s3://") and not self.lake_formation.location_allowed(self.role_arn, location):
            raise _insufficient(f" on {location}")

    def _arn(self, service: str, rest: str) -> str:
        partition = get_partition(self.region)
        if service == "s3":
            return f"arn:{partition}:s3:::{rest}"
        return f"arn:{partition}:{service}:{self.region}:{self.account_id}:{rest}"

    def _principal(self) -> Principal:
        principal = assumed_role(self.account_id, self.region, self.role, _SESSION)
        if principal is None:
            text = "Service is unable to assume provided role. Please verify role's TrustPolicy"
            raise AccessRefusedError(message=text)
        return principal


def _insufficient(rest: str) -> AccessRefusedError:
    return AccessRefusedError(message=f"Insufficient Lake Formation permission(s){rest} {_REFUSALS['glue']}")
