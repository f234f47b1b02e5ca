from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import yaml

from airflow_lineage_provider.exceptions import InvalidExpectationError
from airflow_lineage_provider.lineage import expectations
from airflow_lineage_provider.lineage.expectations import (
    AllColumnsTraced,
    ColumnTracedTo,
    CrawledBy,
    Expectation,
    FreshWithin,
    HasDownstream,
    HasNoPath,
    HasOrigin,
    HasUpstream,
    NoOrphans,
    OnlyUpstreams,
    SchemaCompatible,
    expectation_from_dict,
    parse_expectations,
)
from airflow_lineage_provider.lineage.statements import unrendered
from tests.unit.lineage.builders import CLICKS, NOW

EVERY = [
    (HasOrigin("t", "o"), {"type": "has_origin", "subject": "t", "origin": "o"}),
    (HasUpstream("t", "u"), {"type": "has_upstream", "subject": "t", "upstream": "u"}),
    (HasDownstream("t", "d"), {"type": "has_downstream", "subject": "t", "downstream": "d"}),
    (HasNoPath("s", "t"), {"type": "has_no_path", "source": "s", "target": "t"}),
    (OnlyUpstreams("t", ("a", "b")), {"type": "only_upstreams", "subject": "t", "allowed": ["a", "b"]}),
    (
        ColumnTracedTo("t", "c", "o", "oc"),
        {"type": "column_traced_to", "subject": "t", "column": "c", "origin": "o", "origin_column": "oc"},
    ),
    (AllColumnsTraced("t"), {"type": "all_columns_traced", "subject": "t", "min_ratio": 1.0}),
    (
        CrawledBy("t", "c", "id"),
        {"type": "crawled_by", "subject": "t", "crawler_name": "c", "crawl_id": "id"},
    ),
    (CrawledBy("t", "c"), {"type": "crawled_by", "subject": "t", "crawler_name": "c"}),
    (
        FreshWithin("t", timedelta(minutes=15), NOW),
        {
            "type": "fresh_within",
            "subject": "t",
            "max_age": "PT15M",
            "data_as_of": "2025-06-04T09:40:00Z",
        },
    ),
    (
        SchemaCompatible("t", "BACKWARD", "first"),
        {"type": "schema_compatible", "subject": "t", "mode": "BACKWARD", "since": "first"},
    ),
    (NoOrphans(), {"type": "no_orphans"}),
]
every = pytest.mark.parametrize("value, document", EVERY, ids=lambda each: getattr(each, "type", "json"))


class TestForms:
    def test_all_expectations_are_tried_here(self) -> None:
        named = {getattr(expectations, name) for name in expectations.__all__}
        known = {each for each in named if isinstance(each, type) and issubclass(each, Expectation)}

        assert {type(value) for value, _ in EVERY} == known - {Expectation}

    @every
    def test_are_written_as_json(self, value: Any, document: Any) -> None:
        assert value.to_dict() == document

    @every
    def test_are_read_from_json_and_yaml(self, value: Any, document: Any) -> None:
        assert Expectation.from_dict(json.loads(json.dumps(document))) == value
        assert expectation_from_dict(yaml.safe_load(yaml.safe_dump(document))) == value

    @every
    def test_can_be_hashed_pickled_and_not_changed(self, value: Any, document: Any) -> None:
        assert pickle.loads(pickle.dumps(value)) == value
        assert hash(value) == hash(Expectation.from_dict(document))
        with pytest.raises((AttributeError, TypeError)):
            value.subject = "other"

    def test_take_keywords(self) -> None:
        assert HasOrigin(subject="t", origin="o") == HasOrigin("t", "o")

    def test_take_a_dataset_for_its_source_identifier(self) -> None:
        table: Any = CLICKS

        assert HasOrigin(table, table).to_dict()["subject"] == CLICKS.source_identifier
        assert OnlyUpstreams("t", [table]).allowed == (CLICKS.source_identifier,)

    @pytest.mark.parametrize("max_age", ["PT15M", "900", 900, 900.0, timedelta(minutes=15)])
    def test_take_an_age_in_seconds_or_iso_8601(self, max_age: Any) -> None:
        document = {"type": "fresh_within", "subject": "t", "max_age": max_age}

        assert Expectation.from_dict(document) == FreshWithin("t", max_age=timedelta(minutes=15))

    def test_take_a_time_as_yaml_reads_it(self) -> None:
        (document,) = yaml.safe_load("[{type: fresh_within, subject: t, data_as_of: 2025-06-04T09:40:00Z}]")

        assert Expectation.from_dict(document) == FreshWithin(
            "t", data_as_of=datetime(2025, 6, 4, 9, 40, tzinfo=UTC)
        )

    def test_take_a_mode_in_any_case(self) -> None:
        assert SchemaCompatible("t", "full", "first").mode == "FULL"

    def test_may_be_mixed_with_their_json(self) -> None:
        assert parse_expectations([NoOrphans(), {"type": "no_orphans"}]) == (NoOrphans(), NoOrphans())


class TestTemplates:
    @pytest.mark.parametrize(
        "value, name",
        [
            (CrawledBy("t", "c", "{{ ti.xcom_pull('crawl')['crawl_id'] }}"), "crawl_id"),
            (FreshWithin("t", data_as_of=cast("Any", "{{ data_interval_end }}")), "data_as_of"),
            (FreshWithin("t", max_age=cast("Any", "{% if x %}1{% endif %}")), "max_age"),
            (AllColumnsTraced("{{ t }}"), "subject"),
            (OnlyUpstreams("t", ["a", "{{ b }}"]), "allowed"),
            (OnlyUpstreams("t", "{{ all_of_them }}"), "allowed"),
        ],
    )
    def test_are_kept_and_found(self, value: Any, name: Any) -> None:
        assert unrendered(value) == name
        assert Expectation.from_dict(value.to_dict()) == value

    def test_are_not_seen_where_there_are_none(self) -> None:
        assert not any(unrendered(value) for value, _ in EVERY)


class TestRefusals:
    @pytest.mark.parametrize(
        "document, words",
        [
            pytest.param([], "an object with a member 'type'", id="list"),
            pytest.param({}, "no type None", id="no type"),
            pytest.param({"type": 1}, "no type 1", id="type is a number"),
            pytest.param(
                {"type": "has_orgin"}, "no type 'has_orgin'; there are all_columns_traced", id="typo"
            ),
            pytest.param({"type": "has_origin", "subject": "t"}, "lacks the member 'origin'", id="missing"),
            pytest.param(
                {"type": "has_origin", "subject": "t", "orgin": "o"},
                "has no member 'orgin'; it has subject, origin",
                id="unknown member",
            ),
            pytest.param(
                {"type": "no_orphans", "subject": "t"}, "no member 'subject'; it has none", id="too many"
            ),
            pytest.param(
                {"type": "has_origin", "subject": "", "origin": "o"}, "has_origin.subject must", id="empty"
            ),
            pytest.param(
                {"type": "has_origin", "subject": "t", "origin": None}, "has_origin.origin must", id="null"
            ),
            pytest.param(
                {"type": "has_origin", "subject": 5, "origin": "o"}, "has_origin.subject must", id="number"
            ),
            pytest.param(
                {"type": "only_upstreams", "subject": "t", "allowed": "a"},
                "must be a list of texts",
                id="text",
            ),
            pytest.param(
                {"type": "only_upstreams", "subject": "t", "allowed": 5}, "must be a list", id="no list"
            ),
            pytest.param(
                {"type": "only_upstreams", "subject": "t", "allowed": [5]}, "must be a text", id="item"
            ),
            pytest.param(
                {"type": "all_columns_traced", "subject": "t", "min_ratio": 1.1}, "from 0 to 1", id="over 1"
            ),
            pytest.param(
                {"type": "all_columns_traced", "subject": "t", "min_ratio": True},
                "from 0 to 1",
                id="boolean ratio",
            ),
            pytest.param(
                {"type": "all_columns_traced", "subject": "t", "min_ratio": None},
                "from 0 to 1",
                id="no ratio",
            ),
            pytest.param(
                {"type": "fresh_within", "subject": "t"}, "needs max_age or data_as_of", id="no bound"
            ),
            pytest.param(
                {"type": "fresh_within", "subject": "t", "max_age": "15 minutes"}, "is no duration", id="age"
            ),
            pytest.param(
                {"type": "fresh_within", "subject": "t", "data_as_of": "2025-06-04T09:40:00"},
                "RFC 3339",
                id="time",
            ),
            pytest.param(
                {"type": "fresh_within", "subject": "t", "data_as_of": datetime(2025, 6, 4)},
                "with an offset",
                id="naive time",
            ),
            pytest.param(
                {"type": "fresh_within", "subject": "t", "data_as_of": 5}, "with an offset", id="moment"
            ),
            pytest.param(
                {"type": "schema_compatible", "subject": "t", "mode": "SIDEWAYS", "since": "s"},
                "BACKWARD, FORWARD, FULL",
                id="mode",
            ),
            pytest.param(
                {"type": "schema_compatible", "subject": "t", "mode": 1, "since": "s"},
                "must be one of",
                id="no mode",
            ),
        ],
    )
    def test_name_what_is_wrong(self, document: Any, words: Any) -> None:
        with pytest.raises(InvalidExpectationError) as caught:
            Expectation.from_dict(document)
        assert words in str(caught.value)
