"""Why a crawl cannot end well; the text becomes the crawl's ``ErrorMessage``."""

from __future__ import annotations

from airflow_lineage_provider.exceptions import LineageError

__all__ = [
    "ClassifierMissingError",
    "CrawlCancelledError",
    "CrawlFaultError",
    "DataUnreadableError",
    "InvalidClassifierError",
    "InvalidConfigurationError",
    "InvalidIncludePathError",
    "InvalidPatternError",
    "SourceMissingError",
    "SourceUnreachableError",
    "TableThresholdError",
    "TableUnsupportedError",
    "UnfitForCrawlError",
]


class UnfitForCrawlError(LineageError):
    """The data cannot be turned into tables; nothing is written then."""


class DataUnreadableError(UnfitForCrawlError):
    """An object whose content is broken."""

    def __init__(self, *, uri: str, problem: str) -> None:
        super().__init__(uri=uri, problem=problem)
        self.uri = uri
        self.problem = problem

    def __str__(self) -> str:
        """Name the object and what is wrong with it."""
        return f"The data of {self.uri} cannot be read: {self.problem}. Repair or exclude the object."


class SourceMissingError(UnfitForCrawlError):
    """A bucket or a table that is not there; the text is AWS's own."""

    def __init__(self, *, message: str) -> None:
        super().__init__(message=message)
        self.message = message

    def __str__(self) -> str:
        """Repeat the service's text."""
        return self.message


class SourceUnreachableError(UnfitForCrawlError):
    """A database that cannot be reached, or does not let the connection's user in."""

    def __init__(self, *, message: str) -> None:
        super().__init__(message=message)
        self.message = message

    def __str__(self) -> str:
        """Repeat what AWS says where it is known; never a password."""
        return self.message


class ClassifierMissingError(UnfitForCrawlError):
    """A custom classifier that has been deleted since the crawler was told to use it."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)
        self.name = name

    def __str__(self) -> str:
        """Name the classifier, and say what to do."""
        return f"Classifier {self.name} does not exist. Create it, or take it from the crawler's Classifiers."


class CrawlFaultError(UnfitForCrawlError):
    """A failure that somebody asked for; the text is theirs."""

    def __init__(self, *, message: str) -> None:
        super().__init__(message=message)
        self.message = message

    def __str__(self) -> str:
        """Repeat the text."""
        return self.message


class TableThresholdError(UnfitForCrawlError):
    """More tables than ``TableThreshold`` allows."""

    def __init__(self, *, found: int, threshold: int) -> None:
        super().__init__(found=found, threshold=threshold)
        self.found = found
        self.threshold = threshold

    def __str__(self) -> str:
        """Use the text AWS documents."""
        return (
            f"The number of tables detected by crawler: {self.found} is greater than the table threshold "
            f"value provided: {self.threshold}. Failing crawler without writing to Data Catalog."
        )


class TableUnsupportedError(UnfitForCrawlError):
    """A table of an open format that a crawler, or the library that reads it, does not support."""

    def __init__(self, *, location: str, problem: str) -> None:
        super().__init__(location=location, problem=problem)
        self.location = location
        self.problem = problem

    def __str__(self) -> str:
        """Name the table and what is not supported, and say how to leave it out."""
        return (
            f"The table at {self.location} is not supported by crawlers: {self.problem}. "
            "Exclude it, or take its path out of the crawler's targets."
        )


class CrawlCancelledError(LineageError):
    """Somebody asked the crawl to stop."""

    def __str__(self) -> str:
        """Say so."""
        return "The crawl was asked to stop."


class InvalidPatternError(LineageError, ValueError):
    """An exclusion that is not a glob."""

    def __init__(self, *, pattern: str, problem: str) -> None:
        super().__init__(pattern=pattern, problem=problem)
        self.pattern = pattern
        self.problem = problem

    def __str__(self) -> str:
        """Name the pattern and what is wrong with it."""
        return f"Exclusion pattern {self.pattern!r} is not valid: {self.problem}."


class InvalidIncludePathError(LineageError, ValueError):
    """An include path that is not of the shape its kind of target wants."""

    def __init__(self, *, path: str, wanted: str) -> None:
        super().__init__(path=path, wanted=wanted)
        self.path = path
        self.wanted = wanted

    def __str__(self) -> str:
        """Show the path and the shape."""
        return f"The include path {self.path!r} is not valid. It must look like {self.wanted}."


class InvalidConfigurationError(LineageError, ValueError):
    """A crawler ``Configuration`` that Glue refuses."""

    def __init__(self, *, problem: str) -> None:
        super().__init__(problem=problem)
        self.problem = problem

    def __str__(self) -> str:
        """Say what is wrong, as Glue words it."""
        return f"Crawler configuration not valid: {self.problem}"


class InvalidClassifierError(LineageError, ValueError):
    """A custom classifier that cannot work."""

    def __init__(self, *, problem: str) -> None:
        super().__init__(problem=problem)
        self.problem = problem

    def __str__(self) -> str:
        """Say what is wrong with it."""
        return f"The classifier is not valid: {self.problem}."
