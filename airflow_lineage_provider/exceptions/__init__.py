"""
Every error of the package, under one root.

Facts are constructor arguments and attributes; the sentence is made in ``__str__``. Errors therefore
survive pickling between Airflow's processes, and a caller can decide by attribute instead of by text.

::

    LineageError
    ├── InvalidIdentifierError (ValueError)      a name or ARN that is none
    ├── InvalidArgumentError (ValueError)        an operator argument that cannot work
    ├── InvalidEventError (ValueError)           not an OpenLineage run event
    ├── InvalidExpectationError (ValueError)     not an expectation
    ├── InvalidSnapshotError (ValueError)        not a lineage snapshot
    ├── SnapshotNotFoundError (LookupError)      no lineage snapshot where one was expected
    ├── NodeNotFoundError (LookupError)          a dataset, job or run that the graph does not have
    ├── ExpectationViolatedError                 the catalog's lineage breaks an expectation
    ├── SchemaChangedError                       a gate on schema compatibility was not passed
    ├── AwsCallError                             AWS refused a call, mapped once in the hooks
    │   ├── PermissionDeniedError (PermissionError)
    │   ├── ResourceNotFoundError (LookupError)
    │   ├── RequestInvalidError (ValueError)
    │   ├── QuotaExceededError
    │   └── ThrottledError
    ├── CrawlError
    │   ├── CrawlFailedError                     the crawl ended FAILED
    │   ├── CrawlStoppedError                    somebody stopped the crawl
    │   ├── CrawlerBusyError                     a crawl is running that may not be used
    │   ├── CrawlerDeletedError (LookupError)    the crawler disappeared while a crawl was awaited
    │   ├── CrawlNotVisibleError                 a started crawl never showed up in the history
    │   ├── CrawlTimeoutError (TimeoutError)     the crawl did not end in time
    │   └── FreshCrawlTimeoutError (TimeoutError)  nobody's crawl came that is fresh enough
    ├── CatalogError
    │   ├── AssetsNotDeletedError                some assets could not be deleted
    │   ├── CatalogThingFailedError              a data source or project ended in a failed state
    │   ├── CatalogTimeoutError (TimeoutError)   something did not become what was waited for
    │   ├── DataSourceDiffersError               a data source of that name is set up in another way
    │   └── LineageEventFailedError              the catalog could not process an event
    ├── PermissionsNotGrantedError               Lake Formation refused some grants of a batch
    ├── PermissionsNotRevokedError               Lake Formation kept some grants of a batch
    └── ImportRunError
        ├── LineageImportOffError                lineage import is off on the connection
        ├── DataSourceNotReadyError              the data source cannot be run now
        ├── DataSourceRunFailedError             the run, an asset or the lineage import failed
        └── DataSourceRunTimeoutError (TimeoutError)
"""

from __future__ import annotations

from airflow_lineage_provider.exceptions.aws import (
    AwsCallError,
    PermissionDeniedError,
    PermissionsNotGrantedError,
    PermissionsNotRevokedError,
    QuotaExceededError,
    RequestInvalidError,
    ResourceNotFoundError,
    ThrottledError,
)
from airflow_lineage_provider.exceptions.catalog import (
    AssetsNotDeletedError,
    CatalogError,
    CatalogThingFailedError,
    CatalogTimeoutError,
    DataSourceDiffersError,
    LineageEventFailedError,
)
from airflow_lineage_provider.exceptions.checks import (
    ExpectationViolatedError,
    NodeNotFoundError,
    SchemaChangedError,
)
from airflow_lineage_provider.exceptions.crawls import (
    CrawlerBusyError,
    CrawlerDeletedError,
    CrawlError,
    CrawlFailedError,
    CrawlNotVisibleError,
    CrawlStoppedError,
    CrawlTimeoutError,
    FreshCrawlTimeoutError,
)
from airflow_lineage_provider.exceptions.imports import (
    DataSourceNotReadyError,
    DataSourceRunFailedError,
    DataSourceRunTimeoutError,
    ImportRunError,
    LineageImportOffError,
)
from airflow_lineage_provider.exceptions.inputs import (
    InvalidArgumentError,
    InvalidEventError,
    InvalidExpectationError,
    InvalidIdentifierError,
    InvalidSnapshotError,
    SnapshotNotFoundError,
)
from airflow_lineage_provider.exceptions.root import LineageError

__all__ = [
    "AssetsNotDeletedError",
    "AwsCallError",
    "CatalogError",
    "CatalogThingFailedError",
    "CatalogTimeoutError",
    "CrawlError",
    "CrawlFailedError",
    "CrawlNotVisibleError",
    "CrawlStoppedError",
    "CrawlTimeoutError",
    "CrawlerBusyError",
    "CrawlerDeletedError",
    "DataSourceDiffersError",
    "DataSourceNotReadyError",
    "DataSourceRunFailedError",
    "DataSourceRunTimeoutError",
    "ExpectationViolatedError",
    "FreshCrawlTimeoutError",
    "ImportRunError",
    "InvalidArgumentError",
    "InvalidEventError",
    "InvalidExpectationError",
    "InvalidIdentifierError",
    "InvalidSnapshotError",
    "LineageError",
    "LineageEventFailedError",
    "LineageImportOffError",
    "NodeNotFoundError",
    "PermissionDeniedError",
    "PermissionsNotGrantedError",
    "PermissionsNotRevokedError",
    "QuotaExceededError",
    "RequestInvalidError",
    "ResourceNotFoundError",
    "SchemaChangedError",
    "SnapshotNotFoundError",
    "ThrottledError",
]
