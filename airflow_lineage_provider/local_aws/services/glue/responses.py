"""
HTTP to models: the operations this package implements; the others are moto's.

An operation that neither implements answers at once with ``NotImplementedException`` and HTTP 501, which no
AWS client retries. Of the Data Catalog these are: catalogs of catalogs (CreateCatalog …), column statistics
tasks, table optimizers, views over several engines, and what needs another account (GetUnfiltered…).
"""

from __future__ import annotations

import json

from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, method_names_from_class

from airflow_lineage_provider.local_aws.services.glue.catalog_operations import CatalogOperations
from airflow_lineage_provider.local_aws.services.glue.classifier_operations import ClassifierOperations
from airflow_lineage_provider.local_aws.services.glue.connection_operations import ConnectionOperations
from airflow_lineage_provider.local_aws.services.glue.constraints import operation_names
from airflow_lineage_provider.local_aws.services.glue.crawler_operations import CrawlerOperations
from airflow_lineage_provider.local_aws.services.glue.function_operations import FunctionOperations
from airflow_lineage_provider.local_aws.services.glue.partition_operations import PartitionOperations
from airflow_lineage_provider.local_aws.services.glue.statistics_operations import StatisticsOperations

__all__ = ["CrawlingGlueResponse"]


class CrawlingGlueResponse(
    CrawlerOperations,
    ClassifierOperations,
    ConnectionOperations,
    CatalogOperations,
    PartitionOperations,
    StatisticsOperations,
    FunctionOperations,
):
    """The Glue API: crawlers, connections, and what of the Data Catalog moto answers differently from AWS."""

    def call_action(self) -> TYPE_RESPONSE:
        """
        Answer one request, or say at once that nobody implements its operation.

        Requests for operations of moto's are checked against the model, too: moto checks none.
        """
        operation = self._get_action()
        method = getattr(type(self), camelcase_to_underscores(operation), None)
        if not self._is_json_object():
            return _error(400, "SerializationException", "The request's body is not a JSON object.")
        if method is None or method.__name__ not in method_names_from_class(type(self)):
            return _refusal(operation)
        try:
            if method.__module__.startswith("moto."):
                self.request_members()
            return super().call_action()
        except ServiceException as error:
            return self.serialized(ActionResult(error))
        except NotImplementedError:
            return _refusal(operation)

    def _is_json_object(self) -> bool:
        try:
            return isinstance(json.loads(self.body or "{}"), dict)
        except ValueError:
            return False


def _refusal(operation: str) -> TYPE_RESPONSE:
    """Return the answer for an operation that is not there."""
    known = operation in operation_names()
    code, status = ("NotImplementedException", 501) if known else ("UnknownOperationException", 400)
    what = "is not implemented by the local AWS stack" if known else "is no operation of AWS Glue"
    return _error(status, code, f"glue:{operation} {what}.")


def _error(status: int, code: str, message: str) -> TYPE_RESPONSE:
    """Return an error that Glue's own model does not name."""
    body = json.dumps({"__type": code, "message": message})
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}, body
