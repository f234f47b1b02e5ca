"""Settings of the documentation; ``make docs`` builds it and takes warnings for errors."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import airflow_lineage_provider
from airflow_lineage_provider.local_aws.coverage import Fidelity, operation_coverage
from airflow_lineage_provider.tasks.rights import RIGHTS, Right, least_policy

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


class LocalAwsOperations(SphinxDirective):
    """``.. local-aws-operations:: glue``: one row per operation of a service's model, read from the code."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table, and a list of what is missing."""
        entries = operation_coverage(self.arguments[0])
        rows = ["   * - Operation", "     - Fidelity", "     - What to know"]
        for entry in entries:
            if entry.fidelity is not Fidelity.MISSING:
                rows += [
                    f"   * - ``{entry.operation}``",
                    f"     - {entry.fidelity.value}",
                    f"     - {entry.note}",
                ]
        missing = ", ".join(
            f"``{entry.operation}``" for entry in entries if entry.fidelity is Fidelity.MISSING
        )
        header = [".. list-table::", "   :header-rows: 1", "   :widths: 30 15 55", ""]
        lines = [*header, *rows, "", f"Missing: {missing or 'none'}.", ""]
        parsed = nodes.container()
        self.state.nested_parse(StringList(lines, source="local-aws-operations"), self.content_offset, parsed)
        return parsed.children


class TaskRights(SphinxDirective):
    """``.. task-rights::``: what each class may call, and its least IAM policy, from the code."""

    def run(self) -> list[nodes.Node]:
        """Return a section of text for each class, with a table and a policy."""
        lines = [line for name, rights in sorted(RIGHTS.items()) for line in _rights_of(name, rights)]
        parsed = nodes.container()
        self.state.nested_parse(StringList(lines, source="task-rights"), self.content_offset, parsed)
        return parsed.children


def _rights_of(name: str, rights: tuple[Right, ...]) -> Iterator[str]:
    """Yield the lines about one class."""
    yield from (
        f".. rubric:: {name}",
        "",
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 40 45 15",
        "",
    )
    yield from ("   * - Action", "     - When", "     - Changes something")
    for right in rights:
        yield from (f"   * - ``{right.action}``", f"     - {right.when or 'always'}")
        yield f"     - {'yes' if right.changes else 'no'}"
    yield from ("", ".. code-block:: json", "")
    yield from (f"   {line}" for line in json.dumps(least_policy(rights), indent=2).splitlines())
    yield ""


def setup(app: Sphinx) -> None:
    """Connect what this project adds to the build."""
    app.add_directive("local-aws-operations", LocalAwsOperations)
    app.add_directive("task-rights", TaskRights)
    app.connect("build-finished", _publish_facets)
