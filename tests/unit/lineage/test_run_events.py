from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_lineage_provider.exceptions import InvalidEventError
from airflow_lineage_provider.lineage.events import EventDataset, RunEvent, parse_run_event
from airflow_lineage_provider.lineage.identifiers import JobId, RunId
from tests.unit.lineage.builders import json_values, make_event, make_payload, run_ids, texts

moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))
event_datasets = st.builds(EventDataset, texts, texts, st.dictionaries(texts, json_values, max_size=2))
run_events = st.builds(
    RunEvent,
    event_time=moments,
    run=run_ids,
    event_type=st.sampled_from(["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]),
    inputs=st.lists(event_datasets, max_size=2).map(tuple),
    outputs=st.lists(event_datasets, max_size=2).map(tuple),
    run_facets=st.dictionaries(texts, json_values, max_size=2),
    job_facets=st.dictionaries(texts, json_values, max_size=2),
    producer=texts,
)


class TestAcceptedEvents:
    @pytest.mark.parametrize("form", [lambda p: p, json.dumps, lambda p: json.dumps(p).encode()])
    def test_are_read_from_an_object_text_or_bytes(self, form: Any) -> None:
        event = parse_run_event(form(make_payload()))

        assert event.run == RunId(JobId("glue_crawler", "GlueLineageCrawler"), event.run.run_id)
        assert event.job.name == "GlueLineageCrawler"
        assert event.event_time == datetime(2025, 6, 4, 9, 31, 12, tzinfo=UTC)
        assert event.event_type == "COMPLETE"
        assert (event.inputs, event.outputs) == ((), ())

    def test_may_have_a_run_id_that_is_no_uuid(self) -> None:
        run_id = "4e3da9e8-6228-4679-b0a2-fa916119fthr"

        assert make_event(run={"runId": run_id}).run.run_id == run_id

    def test_keep_milliseconds(self) -> None:
        assert make_event(eventTime="2025-06-04T11:31:12.123+02:00").event_time == datetime(
            2025, 6, 4, 9, 31, 12, 123_000, tzinfo=UTC
        )

    @pytest.mark.parametrize("event_type", ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"])
    def test_may_be_of_every_type_the_catalog_knows(self, event_type: Any) -> None:
        assert make_event(eventType=event_type).event_type == event_type

    @pytest.mark.parametrize("name", ["eventType", "inputs", "outputs", "producer", "schemaURL"])
    def test_may_lack_what_the_catalog_does_not_ask_for(self, name: Any) -> None:
        payload = make_payload()
        payload.pop(name, None)

        assert parse_run_event(payload) == parse_run_event(payload | {name: None})

    def test_without_a_type_are_of_type_other(self) -> None:
        assert make_event(eventType=None).event_type == "OTHER"

    def test_keep_facets_as_they_are(self) -> None:
        event = make_event(
            run={"runId": "r", "facets": {"anything": {"a": 1}}},
            job={"namespace": "n", "name": "j", "facets": {"sql": {"query": "select 1"}}},
            inputs=[{"namespace": "s3://b", "name": "k", "facets": {"schema": {"_schemaURL": "loose"}}}],
            outputs=[{"namespace": "s3://b", "name": "o"}],
        )

        assert event.run_facets == {"anything": {"a": 1}}
        assert event.job_facets == {"sql": {"query": "select 1"}}
        assert event.inputs == (EventDataset("s3://b", "k", {"schema": {"_schemaURL": "loose"}}),)
        assert event.outputs == (EventDataset("s3://b", "o", {}),)

    @given(run_events)
    def test_are_read_back_as_written(self, event: Any) -> None:
        assert parse_run_event(json.dumps(event.to_dict())) == event

    def test_can_be_hashed(self) -> None:
        assert len({make_event(), make_event()}) == 1


WRONG = [
    pytest.param(b"\xff", "$", "UTF-8", id="not UTF-8"),
    pytest.param("{", "$", "not JSON: .* line 1", id="not JSON"),
    pytest.param('{"a": NaN}', "$", "NaN is not JSON", id="NaN"),
    pytest.param("[" * 100_000, "$", "nested too deeply", id="nested deeply"),
    pytest.param("[]", "$", "must be a JSON object", id="not an object"),
    pytest.param("null", "$", "must be a JSON object", id="null"),
    pytest.param({}, "$.run", "is missing$", id="nothing at all"),
    pytest.param({"job": {"namespace": "n", "name": "j"}}, "$.run", "JobEvent", id="job event"),
    pytest.param({"dataset": {"namespace": "n", "name": "d"}}, "$.run", "DatasetEvent", id="dataset event"),
    pytest.param(make_payload(run="r"), "$.run", "must be an object", id="run is text"),
    pytest.param(make_payload(job=None), "$.job", "is missing", id="no job"),
    pytest.param(make_payload(job=[]), "$.job", "must be an object", id="job is a list"),
    pytest.param(make_payload(run={}), "$.run.runId", "is missing", id="no run id"),
    pytest.param(make_payload(run={"runId": ""}), "$.run.runId", "not empty", id="empty run id"),
    pytest.param(make_payload(run={"runId": 7}), "$.run.runId", "must be a text", id="run id is a number"),
    pytest.param(make_payload(run={"runId": "r", "facets": 1}), "$.run.facets", "an object", id="run facets"),
    pytest.param(make_payload(job={"name": "j"}), "$.job.namespace", "is missing", id="no job namespace"),
    pytest.param(make_payload(job={"namespace": "n"}), "$.job.name", "is missing", id="no job name"),
    pytest.param(make_payload(eventTime=None), "$.eventTime", "is missing", id="no event time"),
    pytest.param(make_payload(eventTime=1749029472), "$.eventTime", "must be a text", id="time is a number"),
    pytest.param(
        make_payload(eventTime="2025-06-04T09:31:12"), "$.eventTime", "offset", id="time without offset"
    ),
    pytest.param(make_payload(eventTime="yesterday"), "$.eventTime", "RFC 3339", id="time is none"),
    pytest.param(make_payload(eventType="DONE"), "$.eventType", "START, RUNNING", id="unknown type"),
    pytest.param(make_payload(eventType=["START"]), "$.eventType", "must be one of", id="type is a list"),
    pytest.param(make_payload(inputs={}), "$.inputs", "must be a list", id="inputs are an object"),
    pytest.param(make_payload(outputs=["x"]), "$.outputs[0]", "must be an object", id="output is text"),
    pytest.param(
        make_payload(inputs=[{"namespace": "n", "name": "a"}, {"namespace": "n"}]),
        "$.inputs[1].name",
        "is missing",
        id="input without name",
    ),
    pytest.param(
        make_payload(outputs=[{"namespace": "", "name": "a"}]),
        "$.outputs[0].namespace",
        "not empty",
        id="no namespace",
    ),
    pytest.param(
        make_payload(outputs=[{"namespace": "n", "name": "a", "facets": []}]),
        "$.outputs[0].facets",
        "must be an object",
        id="output facets",
    ),
    pytest.param(make_payload(producer=1), "$.producer", "must be a text", id="producer"),
    pytest.param(make_payload(schemaURL=[]), "$.schemaURL", "must be a text", id="schema URL"),
]


class TestRefusedEvents:
    @pytest.mark.parametrize("event, path, problem", WRONG)
    def test_name_the_wrong_member(self, event: Any, path: Any, problem: Any) -> None:
        with pytest.raises(InvalidEventError) as caught:
            parse_run_event(event)

        assert caught.value.path == path
        assert re.search(problem, caught.value.problem)

    def test_never_show_the_event(self) -> None:
        secret = "hunter2"
        payload = make_payload(eventTime=secret, eventType=secret, inputs=secret)

        with pytest.raises(InvalidEventError) as caught:
            parse_run_event(payload)

        assert secret not in str(caught.value)

    @given(json_values)
    def test_any_json_is_an_event_or_refused(self, value: Any) -> None:
        with pytest.raises(InvalidEventError):
            parse_run_event(json.dumps(value))
