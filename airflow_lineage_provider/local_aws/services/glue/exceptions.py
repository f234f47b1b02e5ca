"""
Glue's errors with AWS's texts, all in one place.

Where AWS's text is unknown the sentence is ours; the code is always AWS's.

.. seealso:: AWS Glue Web API Reference, "Common errors" and the errors of each crawler operation.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException

__all__ = [
    "AlreadyExistsError",
    "ConcurrentModificationError",
    "CrawlerNotRunningError",
    "CrawlerRunningError",
    "CrawlerStoppingError",
    "EntityNotFoundError",
    "GlueEncryptionError",
    "GlueServiceError",
    "InvalidInputError",
    "NoScheduleError",
    "ResourceNumberLimitExceededError",
    "SchedulerNotRunningError",
    "SchedulerRunningError",
    "SchedulerTransitioningError",
    "ValidationError",
    "already_started",
    "cannot_delete_running",
    "cannot_update_running",
    "crawler_entry_missing",
    "crawler_missing",
    "too_many_running",
]


class GlueServiceError(ServiceException):
    """An error of the Glue API; ``code`` is the name clients see."""

    code = "InternalServiceException"


class AlreadyExistsError(GlueServiceError):
    """A resource of that name exists."""

    code = "AlreadyExistsException"


class ConcurrentModificationError(GlueServiceError):
    """The table has another version by now."""

    code = "ConcurrentModificationException"


class CrawlerNotRunningError(GlueServiceError):
    """The crawler is READY."""

    code = "CrawlerNotRunningException"


class CrawlerRunningError(GlueServiceError):
    """The crawler is not READY."""

    code = "CrawlerRunningException"


class CrawlerStoppingError(GlueServiceError):
    """The crawler is stopping already."""

    code = "CrawlerStoppingException"


class EntityNotFoundError(GlueServiceError):
    """There is no such thing."""

    code = "EntityNotFoundException"


class GlueEncryptionError(GlueServiceError):
    """Something cannot be encrypted or decrypted."""

    code = "GlueEncryptionException"


class InvalidInputError(GlueServiceError):
    """An argument that cannot be."""

    code = "InvalidInputException"


class NoScheduleError(GlueServiceError):
    """The crawler has no schedule."""

    code = "NoScheduleException"


class ResourceNumberLimitExceededError(GlueServiceError):
    """The account has as many as it may have."""

    code = "ResourceNumberLimitExceededException"


class SchedulerNotRunningError(GlueServiceError):
    """The schedule is switched off."""

    code = "SchedulerNotRunningException"


class SchedulerRunningError(GlueServiceError):
    """The schedule is switched on already."""

    code = "SchedulerRunningException"


class SchedulerTransitioningError(GlueServiceError):
    """The schedule is being switched on or off."""

    code = "SchedulerTransitioningException"


class ValidationError(GlueServiceError):
    """A request that breaks the API model's own limits."""

    code = "ValidationException"


def crawler_missing(name: str) -> EntityNotFoundError:
    """Return the error of Start, Stop, Update and Delete for an unknown crawler."""
    return EntityNotFoundError(f"Crawler with name {name} does not exist")


def crawler_entry_missing(name: str) -> EntityNotFoundError:
    """Return the error of GetCrawler and ListCrawls for an unknown crawler."""
    return EntityNotFoundError(f"Crawler entry with name {name} does not exist")


def already_started(name: str) -> CrawlerRunningError:
    """Return the error of StartCrawler while the crawler is not READY."""
    return CrawlerRunningError(f"Crawler with name {name} has already started")


def too_many_running(limit: int) -> ResourceNumberLimitExceededError:
    """
    Return the error of StartCrawler when as many crawlers run as may run together.

    Code and text are ours: which AWS uses is unknown, and StartCrawler's model names none for it.
    """
    return ResourceNumberLimitExceededError(
        "The number of concurrently running crawlers has exceeded the limit. "
        f"Your account is limited to {limit} running crawlers."
    )


def cannot_update_running() -> CrawlerRunningError:
    """Return the error of UpdateCrawler while the crawler is not READY."""
    return CrawlerRunningError(
        "Cannot update Crawler while running. Please stop crawl or wait until it completes to update."
    )


def cannot_delete_running(name: str) -> CrawlerRunningError:
    """Return the error of DeleteCrawler while the crawler is not READY."""
    return CrawlerRunningError(f"Cannot delete {name} while it's running")
