from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.lineage.facets import (
    ColumnLineageFacet,
    FieldInput,
    JobTypeFacet,
    LineageEntry,
    SchemaFacet,
    Symlink,
    SymlinksFacet,
    dataset_lineage,
    job_lineage,
)
from airflow_lineage_provider.lineage.graph import Field

_SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "openlineage-spec"
SPEC = Path(os.environ.get("OPENLINEAGE_SPEC_DIR", _SHARED))

PRODUCER = "https://example.com/producer"
SCHEMA = SchemaFacet((Field("id", "bigint"), Field("bare")))
SYMLINKS = SymlinksFacet((Symlink("arn:aws:glue:us-east-1:123456789012", "table/db/t"),))
COLUMNS = ColumnLineageFacet(
    (("id", (FieldInput("s3://b", "k", "ID"),)), ("bare", ())), (FieldInput("s3://b", "k", "filter"),)
)
JOB_TYPE = JobTypeFacet("BATCH", "GLUE", "CRAWLER")

WRITTEN = [
    pytest.param("schema", SCHEMA, "SchemaDatasetFacet", id="schema"),
    pytest.param("symlinks", SYMLINKS, "SymlinksDatasetFacet", id="symlinks"),
    pytest.param("columnLineage", COLUMNS, "ColumnLineageDatasetFacet", id="column lineage"),
    pytest.param(
        "columnLineage",
        ColumnLineageFacet(COLUMNS.fields),
        "ColumnLineageDatasetFacet",
        id="no wide influence",
    ),
    pytest.param("jobType", JOB_TYPE, "JobTypeJobFacet", id="job type"),
    pytest.param("jobType", JobTypeFacet("BATCH", "GLUE"), "JobTypeJobFacet", id="job type without kind"),
]


class TestWrittenFacets:
    @pytest.mark.parametrize("key, facet, schema", WRITTEN)
    def test_are_read_back(self, key: Any, facet: Any, schema: Any) -> None:
        written = json.loads(json.dumps({key: facet.to_dict(PRODUCER)}))

        assert type(facet).read(written) == facet

    @pytest.mark.parametrize("key, facet, schema", WRITTEN)
    def test_follow_the_schema_they_name(self, key: Any, facet: Any, schema: Any) -> None:
        jsonschema = pytest.importorskip("jsonschema")
        if not SPEC.is_dir():
            pytest.skip("the OpenLineage schemas are not here: set OPENLINEAGE_SPEC_DIR to check facets")
        schemas = [json.loads(path.read_text()) for path in SPEC.rglob("*.json")]
        referencing = pytest.importorskip("referencing")
        registry = referencing.Registry().with_contents([(each["$id"], each) for each in schemas])
        written = facet.to_dict(PRODUCER)
        wanted = next(each for each in schemas if each["$id"].endswith(f"/{schema}.json"))

        jsonschema.Draft202012Validator(wanted, registry=registry).validate({key: written})

        assert written["_schemaURL"] == f"{wanted['$id']}#/$defs/{schema}"


class TestReadFacets:
    @pytest.mark.parametrize(
        "reader", [SchemaFacet.read, SymlinksFacet.read, ColumnLineageFacet.read, JobTypeFacet.read]
    )
    @pytest.mark.parametrize("value", [None, [], "text"])
    def test_that_are_no_objects_count_as_absent(self, reader: Any, value: Any) -> None:
        facets = dict.fromkeys(("schema", "symlinks", "columnLineage", "jobType"), value)

        assert reader(facets) is None
        assert reader({}) is None

    def test_leave_out_entries_that_are_not_well_formed(self) -> None:
        assert SchemaFacet.read({"schema": {"fields": [1, {}, {"name": "a", "type": 5}]}}) == SchemaFacet(
            (Field("a"),)
        )
        assert SymlinksFacet.read(
            {"symlinks": {"identifiers": [{"namespace": "n"}, {"namespace": "n", "name": "x"}]}}
        ) == SymlinksFacet((Symlink("n", "x", ""),))
        assert ColumnLineageFacet.read(
            {
                "columnLineage": {
                    "fields": {
                        "a": {"inputFields": [{"namespace": "n", "name": "d"}]},
                        "b": [],
                        "": {"inputFields": []},
                    },
                    "dataset": "text",
                }
            }
        ) == ColumnLineageFacet((("a", ()),))
        assert ColumnLineageFacet.read({"columnLineage": {"fields": []}}) == ColumnLineageFacet(())
        assert SchemaFacet.read({"schema": {}}) == SchemaFacet(())


def source(name: Any, **more: Any) -> Any:
    """Return a source of an explicit lineage entry."""
    return {"namespace": "n", "name": name, "type": "DATASET", **more}


class TestExplicitLineage:
    def test_is_read_by_output(self) -> None:
        entry = source(
            "out",
            inputs=[source("in"), source("in", field="key")],
            fields={"x": {"inputs": [source("in", field="y")]}},
        )

        assert job_lineage({"lineage": {"entries": [entry]}}) == {
            ("n", "out"): LineageEntry(
                (FieldInput("n", "in"), FieldInput("n", "in", "key")), (("x", (FieldInput("n", "in", "y"),)),)
            )
        }

    def test_leaves_jobs_out(self) -> None:
        entries = [
            {"namespace": "n", "name": "job", "type": "JOB", "inputs": [source("in")]},
            source(
                "out", inputs=[{"type": "JOB"}, {"namespace": "n", "name": "j", "type": "JOB"}, source("in")]
            ),
            {"type": "DATASET"},
        ]

        found = job_lineage({"lineage": {"entries": entries}})

        assert found == {("n", "out"): LineageEntry((FieldInput("n", "in"),), ())}

    def test_tells_an_empty_list_from_none(self) -> None:
        assert dataset_lineage({"lineage": {"inputs": []}}) == LineageEntry((), ())
        assert dataset_lineage({"lineage": {"fields": {}}}) == LineageEntry(None, ())

    @pytest.mark.parametrize("facets", [{}, {"lineage": []}])
    def test_may_be_absent(self, facets: Any) -> None:
        assert dataset_lineage(facets) is None
        assert job_lineage(facets) == {}
