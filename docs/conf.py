"""Settings of the documentation; ``make docs`` builds it and takes warnings for errors."""

from __future__ import annotations

import shutil
from pathlib import Path

from sphinx.application import Sphinx

import airflow_lineage_provider

project = "airflow-lineage-provider"
author = "The airflow-lineage-provider authors"
project_copyright = author
version = release = airflow_lineage_provider.__version__

extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
highlight_language = "default"
html_theme = "alabaster"
html_theme_options = {"description": "Crawl, import, and prove the lineage.", "fixed_sidebar": True}

autodoc_member_order = "bysource"
autodoc_typehints = "signature"


def _publish_facets(app: Sphinx, _: Exception | None) -> None:
    """Put the JSON Schemas of our OpenLineage facets where the facets say they are: /facets/."""
    facets = Path(app.outdir, "facets")
    facets.mkdir(parents=True, exist_ok=True)
    for schema in Path(airflow_lineage_provider.__file__).parent.glob("lineage/schemas/*.json"):
        shutil.copy(schema, facets)


def setup(app: Sphinx) -> None:
    """Connect what this project adds to the build."""
    app.connect("build-finished", _publish_facets)
