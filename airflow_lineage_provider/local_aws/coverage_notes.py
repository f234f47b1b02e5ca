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
        "UpdateConnection": "``ValidateCredentials`` does nothing",
    },
    "datazone": {},
}
"""By service and operation; an operation that is not here behaves as AWS documents it, as far as is known."""
