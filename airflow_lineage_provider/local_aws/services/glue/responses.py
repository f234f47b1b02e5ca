"""
HTTP to models: the operations this package implements; the others are moto's.

An operation that neither implements answers at once with ``NotImplementedException`` and HTTP 501, which no
AWS client retries.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.glue.models import glue_backends
from moto.glue.responses import GlueResponse

from airflow_lineage_provider.local_aws.services.glue.constraints import check_request, operation_names
from airflow_lineage_provider.local_aws.services.glue.crawling import CrawlerStore, check_names
from airflow_lineage_provider.local_aws.services.glue.exceptions import InvalidInputError
from airflow_lineage_provider.local_aws.services.glue.models import CrawlingGlueBackend
from airflow_lineage_provider.local_aws.services.glue.paging import page

__all__ = ["CrawlingGlueResponse"]

_PAGE = 100
_PARTITIONS_PAGE = 1000


class CrawlingGlueResponse(GlueResponse):
    """The Glue API: crawlers, and the parts of the Data Catalog that moto answers differently from AWS."""

    @property
    def glue_backend(self) -> CrawlingGlueBackend:
        """The backend of the caller's account and region."""
        backend = glue_backends[self.current_account][self.region]
        if not isinstance(backend, CrawlingGlueBackend):
            raise TypeError("services.glue.install() has not been called")
        return backend

    def call_action(self) -> TYPE_RESPONSE:
        """Answer one request, or say at once that nobody implements its operation."""
        operation = self._get_action()
        if camelcase_to_underscores(operation) not in method_names_from_class(type(self)):
            return _refusal(operation)
        try:
            return super().call_action()
        except NotImplementedError:
            return _refusal(operation)

    @property
    def _crawlers(self) -> CrawlerStore:
        return self.glue_backend.crawler_store

    def _request(self, *, checked: bool = True) -> dict[str, Any]:
        """Return the request's members without nulls, checked against the API's model."""
        request = {key: value for key, value in json.loads(self.body or "{}").items() if value is not None}
        if checked:
            check_request(self._get_action(), request)
        return request

    # Crawlers

    def create_crawler(self) -> ActionResult:
        """CreateCrawler."""
        self._crawlers.create(self._request())
        return EmptyResult()

    def update_crawler(self) -> ActionResult:
        """UpdateCrawler."""
        self._crawlers.update(self._request())
        return EmptyResult()

    def delete_crawler(self) -> ActionResult:
        """DeleteCrawler."""
        self._crawlers.delete(self._request()["Name"])
        return EmptyResult()

    def start_crawler(self) -> ActionResult:
        """StartCrawler."""
        self._crawlers.start(self._request()["Name"])
        return EmptyResult()

    def stop_crawler(self) -> ActionResult:
        """StopCrawler."""
        self._crawlers.stop(self._request()["Name"])
        return EmptyResult()

    def get_crawler(self) -> ActionResult:
        """GetCrawler."""
        return ActionResult({"Crawler": self._crawlers.describe(self._request()["Name"])})

    def get_crawlers(self) -> ActionResult:
        """GetCrawlers."""
        request = self._request()
        crawlers, token = self._crawlers.describe_page(request.get("MaxResults", _PAGE), _token(request))
        return ActionResult({"Crawlers": crawlers, "NextToken": token})

    def list_crawlers(self) -> ActionResult:
        """ListCrawlers."""
        request = self._request()
        limit, tags = request.get("MaxResults", _PAGE), request.get("Tags", {})
        names, token = self._crawlers.names_page(limit, _token(request), tags)
        return ActionResult({"CrawlerNames": names, "NextToken": token})

    def batch_get_crawlers(self) -> ActionResult:
        """BatchGetCrawlers; too many names are an InvalidInputException here, not the model's own error."""
        check_names(self._request(checked=False).get("CrawlerNames", ()))
        found, missing = self._crawlers.describe_named(self._request()["CrawlerNames"])
        return ActionResult({"Crawlers": found, "CrawlersNotFound": missing})

    def get_crawler_metrics(self) -> ActionResult:
        """GetCrawlerMetrics."""
        request = self._request()
        metrics, token = self._crawlers.metrics_page(
            request.get("CrawlerNameList", []), request.get("MaxResults", _PAGE), _token(request)
        )
        return ActionResult({"CrawlerMetricsList": metrics, "NextToken": token})

    def list_crawls(self) -> ActionResult:
        """ListCrawls."""
        request = self._request()
        crawls, token = self._crawlers.crawls_page(
            request["CrawlerName"], request.get("Filters", []), request.get("MaxResults"), _token(request)
        )
        return ActionResult({"Crawls": crawls, "NextToken": token})

    def start_crawler_schedule(self) -> ActionResult:
        """StartCrawlerSchedule."""
        self._crawlers.start_schedule(self._request()["CrawlerName"])
        return EmptyResult()

    def stop_crawler_schedule(self) -> ActionResult:
        """StopCrawlerSchedule."""
        self._crawlers.stop_schedule(self._request()["CrawlerName"])
        return EmptyResult()

    def update_crawler_schedule(self) -> ActionResult:
        """UpdateCrawlerSchedule."""
        request = self._request()
        self._crawlers.update_schedule(request["CrawlerName"], request.get("Schedule", ""))
        return EmptyResult()

    # Tags

    def get_tags(self) -> ActionResult:
        """GetTags."""
        self._check_tagged()
        return super().get_tags()

    def tag_resource(self) -> ActionResult:
        """TagResource."""
        self._check_tagged()
        return super().tag_resource()

    def untag_resource(self) -> ActionResult:
        """UntagResource."""
        self._check_tagged()
        return super().untag_resource()

    def _check_tagged(self) -> None:
        """Refuse tags of a crawler that does not exist."""
        arn = self._request()["ResourceArn"]
        if self._crawlers.is_crawler_arn(arn):
            self._crawlers.check_arn(arn)

    # The Data Catalog

    def get_databases(self) -> ActionResult:
        """GetDatabases."""
        request = self._request()
        databases = sorted(self.glue_backend.get_databases(), key=lambda database: database.name)
        chosen, token = page(
            databases,
            key=lambda database: database.name,
            limit=request.get("MaxResults", _PAGE),
            token=_token(request),
            scope="GetDatabases",
        )
        return ActionResult({"DatabaseList": [item.as_dict() for item in chosen], "NextToken": token})

    def get_tables(self) -> ActionResult:
        """GetTables."""
        request = self._request()
        tables = self.glue_backend.get_tables(request["DatabaseName"], request.get("Expression"))
        chosen, token = page(
            sorted(tables, key=lambda table: table.name),
            key=lambda table: table.name,
            limit=request.get("MaxResults", _PAGE),
            token=_token(request),
            scope=f"GetTables/{request['DatabaseName']}",
        )
        return ActionResult({"TableList": [table.as_dict() for table in chosen], "NextToken": token})

    def create_table(self) -> ActionResult:
        """CreateTable."""
        request = self._request()
        table_input = _table_input(request)
        self.glue_backend.create_table(
            request["DatabaseName"], table_input["Name"], table_input, request.get("OpenTableFormatInput")
        )
        return EmptyResult()

    def update_table(self) -> ActionResult:
        """UpdateTable."""
        request = self._request()
        self.glue_backend.change_table(
            request["DatabaseName"],
            _table_input(request),
            skip_archive=request.get("SkipArchive", False),
            expected_version=request.get("VersionId"),
        )
        return EmptyResult()

    def get_table_versions(self) -> ActionResult:
        """GetTableVersions, newest first."""
        request = self._request()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        chosen, token = page(
            sorted(table.versions, key=int, reverse=True),
            key=str,
            limit=request.get("MaxResults", _PAGE),
            token=_token(request),
            scope=f"GetTableVersions/{request['DatabaseName']}/{request['TableName']}",
        )
        versions = [{"Table": table.as_dict(version), "VersionId": version} for version in chosen]
        return ActionResult({"TableVersions": versions, "NextToken": token})

    def get_table_version(self) -> ActionResult:
        """GetTableVersion; without a version the newest."""
        request = self._request()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        version = request.get("VersionId", table.current_version)
        return ActionResult({"TableVersion": {"Table": table.as_dict(version), "VersionId": version}})

    def get_partitions(self) -> ActionResult:
        """GetPartitions."""
        request = self._request()
        names = request["DatabaseName"], request["TableName"]
        partitions = list(self.glue_backend.get_partitions(*names, request.get("Expression", "")))
        segment = request.get("Segment")
        if segment is not None:
            partitions = partitions[segment["SegmentNumber"] :: segment["TotalSegments"]]
        chosen, token = page(
            partitions,
            key=lambda partition: json.dumps(partition.values),
            limit=request.get("MaxResults", _PARTITIONS_PAGE),
            token=_token(request),
            scope=f"GetPartitions/{'/'.join(names)}",
        )
        return ActionResult({"Partitions": [item.as_dict() for item in chosen], "NextToken": token})

    def create_partition_index(self) -> ActionResult:
        """CreatePartitionIndex."""
        request = self._request()
        index = request["PartitionIndex"]
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        table.create_index(index["IndexName"], index["Keys"])
        return EmptyResult()

    def delete_partition_index(self) -> ActionResult:
        """DeletePartitionIndex."""
        request = self._request()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        table.delete_index(request["IndexName"])
        return EmptyResult()

    def get_partition_indexes(self) -> ActionResult:
        """GetPartitionIndexes."""
        request = self._request()
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableName"])
        return ActionResult({"PartitionIndexDescriptorList": table.describe_indexes()})


def _token(request: dict[str, Any]) -> str | None:
    return request.get("NextToken") or None


def _table_input(request: dict[str, Any]) -> dict[str, Any]:
    """Return the request's TableInput; tables defined in other ways are not available."""
    table_input: dict[str, Any] | None = request.get("TableInput")
    if table_input is None:
        raise InvalidInputError("A table without TableInput is not available in the local stack.")
    return table_input


def _refusal(operation: str) -> TYPE_RESPONSE:
    """Return the answer for an operation that is not there."""
    known = operation in operation_names()
    code, status = ("NotImplementedException", 501) if known else ("UnknownOperationException", 400)
    what = "is not implemented by the local AWS stack" if known else "is no operation of AWS Glue"
    body = json.dumps({"__type": code, "message": f"glue:{operation} {what}."})
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}, body
