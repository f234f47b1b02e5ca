"""
Run fifty crawlers, a few at a time, and learn what became of each.

**What it shows.** One mapped ``GlueCrawlOperator`` makes one task per crawler. Ten of them run at a time, so
that neither the workers nor Glue's limit of crawlers running at once are exhausted. A crawler that fails
stops none of the others: ``summarise`` runs when all have ended, whatever became of them, and returns which
crawled and which failed with which message. ``name_failures`` then fails if any did, naming them, because a
run whose crawls failed must not look like a success.

**What it needs.** The crawlers, named by the run's parameter ``crawlers``, and an ``aws_default`` connection
that may run them.

**Waiting in the triggerer.** With ``deferrable=True``, waiting tasks take no worker. Airflow 3.3 counts them
for ``max_active_tis_per_dagrun`` all the same. Airflow 2.11 does not and would start all fifty at once:
there, put them in a pool that counts deferred tasks (*Include deferred*); its slots are the bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import DAG, AirflowFailException, Param, task

from airflow_lineage_provider.operators.glue_crawl import GlueCrawlOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

CRAWLERS = [f"sales-region-{number:02d}" for number in range(1, 51)]
AT_ONCE = 10


def note_failure(context: Context) -> None:
    """Leave the crawler's name and the error's text behind: a failed task returns nothing."""
    crawl: Any = context["task"]
    noted = {"crawler_name": crawl.crawler_name, "message": str(context.get("exception"))}
    context["ti"].xcom_push(key="failure", value=noted)


# [START howto_mapped_crawls]
with DAG(
    "example_glue_crawl_mapped",
    schedule=None,
    catchup=False,
    doc_md=__doc__,
    tags=["example", "glue", "mapped"],
    params={
        "crawlers": Param(
            CRAWLERS,
            type="array",
            items={"type": "string"},
            minItems=1,
            uniqueItems=True,
            description="The Glue crawlers to run.",
        )
    },
) as dag:

    @task
    def list_crawlers(params: dict[str, Any] | None = None) -> list[str]:
        """Return the crawlers of the run's parameter."""
        return list((params or {})["crawlers"])

    crawlers: Any = list_crawlers()
    crawls = GlueCrawlOperator.partial(
        task_id="crawl",
        waiter_delay=10,
        deferrable=False,
        max_active_tis_per_dagrun=AT_ONCE,
        on_failure_callback=note_failure,
    ).expand(crawler_name=crawlers)

    @task(trigger_rule="all_done")
    def summarise(names: list[str], ti: Any = None) -> dict[str, Any]:
        """Return the crawl of each crawler that crawled, and the message of each that failed."""

        def left_behind(key: str) -> dict[str, dict[str, Any]]:
            values = ti.xcom_pull(task_ids="crawl", key=key, map_indexes=range(len(names)))
            return {value["crawler_name"]: value for value in values or () if value is not None}

        crawled, failures = left_behind("return_value"), left_behind("failure")
        unknown = {"message": "ended without a message; see the log of its task"}
        failed = {name: failures.get(name, unknown)["message"] for name in names if name not in crawled}
        return {"crawled": {name: crawl["crawl_id"] for name, crawl in crawled.items()}, "failed": failed}

    @task
    def name_failures(summary: dict[str, Any]) -> None:
        """Fail if a crawler failed, and say which and why."""
        failed = summary["failed"]
        if failed:
            reasons = "\n".join(f"- {name}: {message}" for name, message in failed.items())
            total = len(failed) + len(summary["crawled"])
            raise AirflowFailException(f"{len(failed)} of {total} crawlers failed:\n{reasons}")

    summary: Any = summarise(crawlers)
    crawls >> summary
    name_failures(summary)
# [END howto_mapped_crawls]
