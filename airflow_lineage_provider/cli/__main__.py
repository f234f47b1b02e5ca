"""``python -m airflow_lineage_provider.cli``: the same as ``airflow-lineage``."""

from __future__ import annotations

import sys

from airflow_lineage_provider.cli import main

sys.exit(main())
