"""A button whose address the task knows: it works while the task runs, and afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey

__all__ = ["PushedLink"]


class PushedLink(BaseOperatorLink):
    """A link whose whole address the task pushes as an XCom, so that it works while the task runs."""

    key: ClassVar[str]

    @property
    def xcom_key(self) -> str:
        """Return the key of the XCom that holds the address."""
        return self.key

    @classmethod
    def push(cls, context: Any, url: str) -> None:
        """Store the address; an empty one gives no button."""
        if url and context.get("ti"):
            context["ti"].xcom_push(key=cls.key, value=url)

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        """Return the address; Airflow 2 calls it in the web server, Airflow 3 in the worker at the end."""
        return str(XCom.get_value(ti_key=ti_key, key=self.key) or "")
