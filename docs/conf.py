"""Settings of the documentation; ``make docs`` builds it and takes warnings for errors."""

from __future__ import annotations

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
