"""The operations on crawlers, their schedules, their history and their tags."""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.crawling import CrawlerStore, check_names
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token

__all__ = ["CrawlerOperations"]

_PAGE = 100


class CrawlerOperations(GlueOperations):
    """Crawlers: none of moto's are left."""

    @property
    def _store(self) -> CrawlerStore:
        return self.glue_backend.crawler_store

    def create_crawler(self) -> ActionResult:
        """CreateCrawler."""
        self._store.create(self.request_members())
        return EmptyResult()

    def update_crawler(self) -> ActionResult:
        """UpdateCrawler."""
        self._store.update(self.request_members())
        return EmptyResult()

    def delete_crawler(self) -> ActionResult:
        """DeleteCrawler."""
        self._store.delete(self.request_members()["Name"])
        return EmptyResult()

    def start_crawler(self) -> ActionResult:
        """StartCrawler."""
        self._store.start(self.request_members()["Name"])
        return EmptyResult()

    def stop_crawler(self) -> ActionResult:
        """StopCrawler."""
        self._store.stop(self.request_members()["Name"])
        return EmptyResult()

    def get_crawler(self) -> ActionResult:
        """GetCrawler."""
        return ActionResult({"Crawler": self._store.describe(self.request_members()["Name"])})

    def get_crawlers(self) -> ActionResult:
        """GetCrawlers."""
        request = self.request_members()
        crawlers, token = self._store.describe_page(request.get("MaxResults", _PAGE), next_token(request))
        return ActionResult({"Crawlers": crawlers, "NextToken": token})

    def list_crawlers(self) -> ActionResult:
        """ListCrawlers."""
        request = self.request_members()
        limit, tags = request.get("MaxResults", _PAGE), request.get("Tags", {})
        names, token = self._store.names_page(limit, next_token(request), tags)
        return ActionResult({"CrawlerNames": names, "NextToken": token})

    def batch_get_crawlers(self) -> ActionResult:
        """BatchGetCrawlers; too many names are an InvalidInputException here, not the model's own error."""
        check_names(self.request_members(checked=False).get("CrawlerNames", ()))
        found, missing = self._store.describe_named(self.request_members()["CrawlerNames"])
        return ActionResult({"Crawlers": found, "CrawlersNotFound": missing})

    def get_crawler_metrics(self) -> ActionResult:
        """GetCrawlerMetrics."""
        request = self.request_members()
        metrics, token = self._store.metrics_page(
            request.get("CrawlerNameList", []), request.get("MaxResults", _PAGE), next_token(request)
        )
        return ActionResult({"CrawlerMetricsList": metrics, "NextToken": token})

    def list_crawls(self) -> ActionResult:
        """ListCrawls."""
        request = self.request_members()
        crawls, token = self._store.crawls_page(
            request["CrawlerName"], request.get("Filters", []), request.get("MaxResults"), next_token(request)
        )
        return ActionResult({"Crawls": crawls, "NextToken": token})

    def start_crawler_schedule(self) -> ActionResult:
        """StartCrawlerSchedule."""
        self._store.start_schedule(self.request_members()["CrawlerName"])
        return EmptyResult()

    def stop_crawler_schedule(self) -> ActionResult:
        """StopCrawlerSchedule."""
        self._store.stop_schedule(self.request_members()["CrawlerName"])
        return EmptyResult()

    def update_crawler_schedule(self) -> ActionResult:
        """UpdateCrawlerSchedule."""
        request = self.request_members()
        self._store.update_schedule(request["CrawlerName"], request.get("Schedule"))
        return EmptyResult()

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
        arn = self.request_members()["ResourceArn"]
        if self._store.is_crawler_arn(arn):
            self._store.check_arn(arn)
