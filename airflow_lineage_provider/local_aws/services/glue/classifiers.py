"""
Custom classifiers: what CreateClassifier and its siblings keep, and what a crawl makes of them.

Names are unique over all four kinds. AWS's checks beyond the API's model are not published: what could never
recognise anything (a pattern that cannot be compiled, a delimiter that is also the quote) is refused here
when it is created, not when a crawl meets it. A classifier that a crawler names can be deleted; its crawl
fails then.

AWS keeps the classification of data that was crawled before; here a crawl classifies all it reads anew.

.. seealso:: AWS Glue Web API Reference, "Classifier API"; AWS Glue Developer Guide, "Writing custom
    classifiers for diverse data formats".
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from airflow_lineage_provider.local_aws.engine.errors import ClassifierMissingError, InvalidClassifierError
from airflow_lineage_provider.local_aws.engine.formats import FileFormat
from airflow_lineage_provider.local_aws.services.glue.classifier_kinds import CLASSIFIER_KINDS
from airflow_lineage_provider.local_aws.services.glue.clock import now
from airflow_lineage_provider.local_aws.services.glue.exceptions import (
    AlreadyExistsError,
    EntityNotFoundError,
    InvalidInputError,
)
from airflow_lineage_provider.local_aws.services.glue.paging import page

__all__ = ["ClassifierStore"]


@dataclass(frozen=True, slots=True)
class _Classifier:
    """One classifier; ``kind`` is the member of the API's shapes that holds it, ``members`` what it says."""

    kind: str
    members: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def describe(self) -> dict[str, Any]:
        """Return its ``Classifier``."""
        times = {"CreationTime": self.created_at, "LastUpdated": self.updated_at, "Version": self.version}
        return {self.kind: {**self.members, **times}}


class ClassifierStore:
    """
    The custom classifiers of one account and region.

    :param lock: Guards them.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._classifiers: dict[str, _Classifier] = {}

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a classifier of a name."""
        return name in self._classifiers

    def create(self, request: Mapping[str, Any]) -> None:
        """Create a classifier."""
        kind, given = _single_member(request)
        members = {**CLASSIFIER_KINDS[kind].defaults, **given}
        with self._lock:
            if members["Name"] in self._classifiers:
                raise AlreadyExistsError(f"Classifier with name {members['Name']} already exists")
            _check(kind, members)
            at = now()
            self._classifiers[members["Name"]] = _Classifier(kind, members, created_at=at, updated_at=at)

    def update(self, request: Mapping[str, Any]) -> None:
        """Change a classifier; what the request leaves out stays."""
        kind, given = _single_member(request)
        with self._lock:
            held = self._existing(given["Name"])
            if held.kind != kind:
                raise InvalidInputError(
                    f"Classifier {given['Name']} is a {held.kind}; it cannot be updated as a {kind}."
                )
            members = {**held.members, **given}
            _check(kind, members)
            self._classifiers[given["Name"]] = replace(
                held, members=members, updated_at=now(), version=held.version + 1
            )

    def delete(self, name: str) -> None:
        """Delete a classifier."""
        with self._lock:
            self._existing(name)
            del self._classifiers[name]

    def describe(self, name: str) -> dict[str, Any]:
        """Return one classifier."""
        with self._lock:
            return self._existing(name).describe()

    def describe_page(self, limit: int, token: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of classifiers, by name."""
        with self._lock:
            names, following = page(
                sorted(self._classifiers), key=str, limit=limit, token=token, scope="GetClassifiers"
            )
            return [self._classifiers[name].describe() for name in names], following

    def formats(self, names: Iterable[str]) -> tuple[FileFormat, ...]:
        """
        Return what a crawl asks for the classifiers of a crawler.

        :raises ClassifierMissingError: If one has been deleted since.
        """
        with self._lock:
            return tuple(self._format(name) for name in names)

    def _format(self, name: str) -> FileFormat:
        classifier = self._classifiers.get(name)
        if classifier is None:
            raise ClassifierMissingError(name=name)
        return CLASSIFIER_KINDS[classifier.kind].format(classifier.members)

    def _existing(self, name: str) -> _Classifier:
        if name not in self._classifiers:
            raise EntityNotFoundError(f"Classifier with name {name} does not exist")
        return self._classifiers[name]


def _single_member(request: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the one classifier in a request, and its kind."""
    given = [kind for kind in CLASSIFIER_KINDS if kind in request]
    if len(given) != 1:
        kinds = ", ".join(CLASSIFIER_KINDS)
        raise InvalidInputError(f"Exactly one of {kinds} must be given, not {len(given)}.")
    return given[0], {key: value for key, value in request[given[0]].items() if value is not None}


def _check(kind: str, members: Mapping[str, Any]) -> None:
    try:
        CLASSIFIER_KINDS[kind].check(members)
    except InvalidClassifierError as error:
        raise InvalidInputError(f"Classifier {members['Name']} is not valid: {error.problem}.") from error
