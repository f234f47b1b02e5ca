"""What differs from AWS in operations that the stack implements: one sentence each, for the documentation."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["APPROXIMATIONS"]

APPROXIMATIONS: Mapping[str, Mapping[str, str]] = {
    "glue": {
        "CreateClassifier": "what could never recognise anything is refused; expressions are Python's",
        "CreateConnection": "a connection is READY at once; ``ValidateCredentials`` does nothing",
        "GetConnection": "overrides for compute environments are not applied",
        "TestConnection": "logs in to PostgreSQL, MySQL, MariaDB and MongoDB; other kinds are refused",
        "UpdateClassifier": "crawls classify all anew; AWS keeps the classification of data it has crawled",
        "CreateCrawler": "the role need not exist unless rights are enforced; one catalog per account",
        "CreatePartitionIndex": "the index is ACTIVE at once",
        "CreateTable": "only with a ``TableInput``",
        "DeleteColumnStatisticsForTable": "statistics are what clients put there; none are computed",
        "GetCatalogImportStatus": "complete from the start",
        "GetColumnStatisticsForPartition": "statistics are what clients put there; none are computed",
        "GetColumnStatisticsForTable": "statistics are what clients put there; none are computed",
        "GetCrawlerMetrics": "numbers of tables are those of the last crawl that ended",
        "ImportCatalogToGlue": "does nothing: there is no older catalog",
        "ListCrawls": "``DPUHour`` counts one DPU; the ``Summary`` is never cut",
        "SearchTables": "which members AWS searches is not published; the choice is in ``table_search``",
        "StartCrawler": "the error above ``max_running_crawlers`` is a guess; AWS's is not published",
        "StartCrawlerSchedule": "TRANSITIONING lasts ``schedule_seconds``, 0 unless set",
        "StopCrawlerSchedule": "TRANSITIONING lasts ``schedule_seconds``, 0 unless set",
        "UpdateCrawler": "VersionMismatchException comes as a fault only: requests carry no version",
        "UpdateConnection": "``ValidateCredentials`` does nothing",
    },
    "datazone": {
        "AcceptSubscriptionRequest": "only Glue tables are granted by themselves, by a link and permissions",
        "CreateConnection": "a connection is READY at once; data sources use those over Glue databases only",
        "CreateDataSource": "of type GLUE only, other types are refused; no recommendations are made",
        "CreateListingChangeSet": "of assets only; data products are refused",
        "CreateProject": "makes a Glue database, and no other resources outside of DataZone",
        "CreateProjectProfile": "blueprints of a profile are kept and not deployed",
        "CreateSubscriptionTarget": "only Glue databases are reached; of others their owner tells the status",
        "CreateUserProfile": "the user need not exist: there is no IAM Identity Center",
        "GetEnvironment": "a project has one environment; more cannot be made",
        "GetEnvironmentBlueprint": "one blueprint, with no template behind it",
        "GetJobRun": "always not found: lineage jobs of Redshift and Snowflake never run",
        "ListEnvironmentBlueprints": "one blueprint per domain",
        "ListEnvironments": "one environment per project",
        "ListJobRuns": "always empty: lineage jobs of Redshift and Snowflake never run",
        "PostTimeSeriesDataPoints": "is the only source of data points: nothing measures the quality of data",
        "PutEnvironmentBlueprintConfiguration": "is kept and not used",
        "Search": "finds what has every word in it; no search by meaning",
        "SearchListings": "finds what has every word in it; no search by meaning",
        "StartDataSourceRun": "reads Glue; what each status of a table needs is in ``assumptions``",
    },
    "cloudformation": {
        "CreateChangeSet": "complete at once; no imports of resources, no nested stacks",
        "CreateStack": "resources one after the other; no transforms, stack policies or rollback triggers",
        "DeleteStack": "what moto's models cannot delete is skipped",
        "UpdateStack": "what moto's models cannot change fails; no stack policies or rollback triggers",
        "ValidateTemplate": "checks references and types, too, as CreateStack does",
    },
}
"""By service and operation; an operation that is not here behaves as AWS documents it, as far as is known."""
