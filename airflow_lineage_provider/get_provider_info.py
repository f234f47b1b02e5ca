"""What Airflow reads about this provider. Imports nothing: Airflow loads it on every command."""

from __future__ import annotations

__all__ = ["get_provider_info"]

_GLUE = "AWS Glue crawler"
_CATALOG = "Amazon SageMaker Catalog"
_LAKE_FORMATION = "AWS Lake Formation"
_LINEAGE = "Data lineage"


def get_provider_info() -> dict[str, object]:
    """Return the dictionary of the ``apache_airflow_provider`` entry point."""
    package = "airflow_lineage_provider"
    glue_tables = {
        "schemes": ["glue"],
        "handler": f"{package}.assets.sanitize_uri",
        "factory": f"{package}.assets.create_asset",
        "to_openlineage_converter": f"{package}.assets.convert_asset_to_openlineage",
    }
    return {
        "package-name": "airflow-lineage-provider",
        "name": "AWS lineage",
        "description": (
            "Run AWS Glue crawlers and Amazon SageMaker Catalog (DataZone) imports, "
            "wait for exactly that run, and verify the lineage they leave."
        ),
        "integrations": [
            {
                "integration-name": _GLUE,
                "external-doc-url": "https://docs.aws.amazon.com/glue/",
                "tags": ["aws"],
            },
            {
                "integration-name": _CATALOG,
                "external-doc-url": "https://docs.aws.amazon.com/datazone/",
                "tags": ["aws"],
            },
            {
                "integration-name": _LAKE_FORMATION,
                "external-doc-url": "https://docs.aws.amazon.com/lake-formation/",
                "tags": ["aws"],
            },
            {
                "integration-name": _LINEAGE,
                "external-doc-url": "https://openlineage.io/",
                "tags": ["protocol"],
            },
        ],
        "operators": [
            {"integration-name": _GLUE, "python-modules": [f"{package}.operators.glue_crawl"]},
            {"integration-name": _CATALOG, "python-modules": [f"{package}.operators.datazone"]},
            {"integration-name": _LAKE_FORMATION, "python-modules": [f"{package}.operators.lake_formation"]},
            {"integration-name": _LINEAGE, "python-modules": [f"{package}.operators.lineage"]},
        ],
        "sensors": [
            {"integration-name": _GLUE, "python-modules": [f"{package}.sensors.glue_crawl"]},
            {"integration-name": _CATALOG, "python-modules": [f"{package}.sensors.datazone"]},
        ],
        "hooks": [
            {
                "integration-name": _GLUE,
                "python-modules": [f"{package}.hooks.crawl_queue", f"{package}.hooks.glue_crawl"],
            },
            {"integration-name": _CATALOG, "python-modules": [f"{package}.hooks.datazone"]},
            {"integration-name": _LAKE_FORMATION, "python-modules": [f"{package}.hooks.lake_formation"]},
        ],
        "asset-uris": [glue_tables],
        "dataset-uris": [glue_tables],  # the same for Airflow 2
        "extra-links": [
            f"{package}.links.datazone.DataZoneDataSourceRunLink",
            f"{package}.links.datazone.DataZoneProjectLink",
            f"{package}.links.glue_crawl.GlueCrawlLogLink",
            f"{package}.links.glue_crawl.GlueCrawlerLink",
        ],
        "triggers": [
            {
                "integration-name": _GLUE,
                "python-modules": [
                    f"{package}.triggers.glue_crawl",
                    f"{package}.triggers.glue_crawl_event",
                ],
            },
            {"integration-name": _CATALOG, "python-modules": [f"{package}.triggers.datazone"]},
        ],
    }
