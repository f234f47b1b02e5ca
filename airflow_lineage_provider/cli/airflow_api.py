"""The few calls of Airflow's public REST API (v2) that the demo makes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

__all__ = ["AirflowApi", "AirflowApiError"]


class AirflowApiError(RuntimeError):
    """Airflow's API answered with an error."""

    def __init__(self, method: str, path: str, status: int, detail: str) -> None:
        super().__init__(method, path, status, detail)
        self.method = method
        self.path = path
        self.status = status
        self.detail = detail

    def __str__(self) -> str:
        """Name the call, the status and what Airflow said."""
        return f"Airflow answered {self.method} {self.path} with {self.status}: {self.detail}"


class AirflowApi:
    """
    A client of one Airflow.

    :param base_url: Address of the API server, such as ``http://127.0.0.1:8080``.
    :param username: User of the simple auth manager.
    :param password: That user's password.
    """

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=30.0, trust_env=False)
        self._username = username
        self._password = password
        self._token = ""

    def close(self) -> None:
        """Close the connections to Airflow; nothing can be asked any more."""
        self._client.close()

    def unhealthy(self) -> list[str]:
        """Return the names of the components that are not healthy yet; empty means all are."""
        try:
            health = self._client.get("/api/v2/monitor/health")
            health.raise_for_status()
        except httpx.HTTPError:
            return ["api-server"]
        wanted = ("metadatabase", "scheduler", "triggerer", "dag_processor")
        states = health.json()
        return [name for name in wanted if (states.get(name) or {}).get("status") != "healthy"]

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether the scheduler knows the DAG."""
        return self._request("GET", f"/api/v2/dags/{quote(dag_id)}", accept=(404,)) is not None

    def import_errors(self) -> list[str]:
        """Return what went wrong when DAG files were parsed."""
        errors = self._request("GET", "/api/v2/importErrors") or {}
        return [f"{item['filename']}: {item['stack_trace']}" for item in errors.get("import_errors", [])]

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Unpause the DAG, start a run and return the run's id."""
        self._request("PATCH", f"/api/v2/dags/{quote(dag_id)}", json={"is_paused": False})
        body = {"logical_date": None, "conf": conf}
        run = self._request("POST", f"/api/v2/dags/{quote(dag_id)}/dagRuns", json=body)
        return str((run or {})["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run: queued, running, success or failed."""
        run = self._request("GET", f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}")
        return str((run or {})["state"])

    def runs(self, dag_id: str) -> dict[str, str]:
        """Return the state of each run of a DAG, by the run's id."""
        listed = self._request("GET", f"/api/v2/dags/{quote(dag_id)}/dagRuns", params={"limit": 100})
        return {run["dag_run_id"]: run["state"] for run in (listed or {})["dag_runs"]}

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return the state of each task instance of a run."""
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}/taskInstances"
        listed = self._request("GET", path, params={"limit": 100}) or {}
        return {item["task_id"]: item["state"] or "none" for item in listed["task_instances"]}

    def result(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """Return what a task returned (its XCom), ``None`` if it returned nothing."""
        path = (
            f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}"
            f"/taskInstances/{quote(task_id)}/xcomEntries/return_value"
        )
        entry = self._request("GET", path, params={"deserialize": "true"}, accept=(404,))
        return None if entry is None else entry["value"]

    def task_log(self, dag_id: str, run_id: str, task_id: str) -> list[str]:
        """Return the log lines of a task's first try."""
        path = (
            f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}"
            f"/taskInstances/{quote(task_id)}/logs/1"
        )
        log = self._request("GET", path, accept=(404,)) or {}
        lines = []
        for item in log.get("content", []):
            lines.append(item if isinstance(item, str) else str(item.get("event", "")))
            for detail in [] if isinstance(item, str) else item.get("error_detail") or []:
                lines.append(f"{detail.get('exc_type')}: {detail.get('exc_value')}")
        return lines

    def _request(self, method: str, path: str, *, accept: tuple[int, ...] = (), **arguments: Any) -> Any:
        if not self._token:
            credentials = {"username": self._username, "password": self._password}
            answer = self._client.post("/auth/token", json=credentials)
            if answer.status_code >= 400:
                raise AirflowApiError("POST", "/auth/token", answer.status_code, answer.text[:500])
            self._token = answer.json()["access_token"]
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self._client.request(method, path, headers=headers, **arguments)
        if answer.status_code in accept:
            return None
        if answer.status_code >= 400:
            raise AirflowApiError(method, path, answer.status_code, answer.text[:500])
        return answer.json()
