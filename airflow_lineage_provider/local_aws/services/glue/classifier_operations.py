"""The operations on custom classifiers; moto has none of them."""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult

from airflow_lineage_provider.local_aws.services.glue.classifiers import ClassifierStore
from airflow_lineage_provider.local_aws.services.glue.requests import GlueOperations, next_token

__all__ = ["ClassifierOperations"]

_PAGE = 100


class ClassifierOperations(GlueOperations):
    """Custom classifiers of all four kinds."""

    @property
    def _classifiers(self) -> ClassifierStore:
        return self.glue_backend.classifiers

    def create_classifier(self) -> ActionResult:
        """CreateClassifier."""
        self._classifiers.create(self.request_members())
        return EmptyResult()

    def update_classifier(self) -> ActionResult:
        """UpdateClassifier."""
        self._classifiers.update(self.request_members())
        return EmptyResult()

    def delete_classifier(self) -> ActionResult:
        """DeleteClassifier."""
        self._classifiers.delete(self.request_members()["Name"])
        return EmptyResult()

    def get_classifier(self) -> ActionResult:
        """GetClassifier."""
        return ActionResult({"Classifier": self._classifiers.describe(self.request_members()["Name"])})

    def get_classifiers(self) -> ActionResult:
        """GetClassifiers."""
        request = self.request_members()
        limit = request.get("MaxResults", _PAGE)
        classifiers, token = self._classifiers.describe_page(limit, next_token(request))
        return ActionResult({"Classifiers": classifiers, "NextToken": token})
