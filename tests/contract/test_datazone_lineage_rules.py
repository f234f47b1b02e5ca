"""
The rules of the lineage API at their edges.

Numbers in parentheses are sections of the notes that the service was written from.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import NOON, Estate, make_estate, run_event

_MOST_BYTES = 300_000


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _padded(size: int) -> bytes:
    """Return an event of so many bytes."""
    body = json.dumps(run_event()).encode()
    return body[:-1] + b" " * (size - len(body)) + b"}"


def _form(node: Any, name: str) -> Any:
    return next(json.loads(each["content"]) for each in node["formsOutput"] if each["formName"] == name)


def _output(**facets: Any) -> dict[str, Any]:
    return run_event(outputs=[]) | {"outputs": [{"namespace": "out", "name": "clean", "facets": facets}]}


class TestPostLineageEvent:
    """(7.1, 7.3, 7.4)"""

    def test_event_of_300000_bytes_is_taken(self, estate: Estate) -> None:
        body = _padded(_MOST_BYTES)

        event_id = estate.post(body)

        assert estate.call("get_lineage_event", identifier=event_id)["event"].read() == body

    @pytest.mark.parametrize(
        "body, message",
        [
            pytest.param(_padded(_MOST_BYTES + 1), "less than or equal to 300000", id="a byte too many"),
            pytest.param(b"", "is not JSON", id="nothing"),
            pytest.param(b"\xef\xbb\xbf{}", "is not JSON", id="a byte order mark"),
        ],
    )
    def test_other_bodies_are_refused(self, estate: Estate, body: bytes, message: str) -> None:
        with pytest.raises(ClientError, match=f"ValidationException.*{message}"):
            estate.post(body)

    def test_body_without_a_content_type_is_taken(self, estate: Estate) -> None:
        """(1.1) boto3 sends none."""
        seen: list[Any] = []

        def look(request: Any, **_: Any) -> None:
            seen.append(request.headers.get("Content-Type"))

        estate.client.meta.events.register("before-send.datazone.PostLineageEvent", look)
        estate.post(run_event())

        assert seen == [None]

    def test_answer_names_event_and_domain_and_nothing_else(self, estate: Estate) -> None:
        answer = estate.call("post_lineage_event", event=json.dumps(run_event()).encode())

        assert set(answer) == {"id", "domainId", "ResponseMetadata"}
        assert (len(answer["id"]), answer["id"].isalnum(), answer["domainId"]) == (14, True, estate.domain)

    def test_token_of_one_domain_means_nothing_in_another(self, local_aws: LocalAws) -> None:
        first, second = make_estate(local_aws), make_estate(local_aws)

        ids = {each.post(run_event(), clientToken="token") for each in (first, second)}

        assert len(ids) == 2

    @pytest.mark.parametrize(
        "moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59Z"]
    )
    def test_event_may_be_of_any_time(self, estate: Estate, moment: str) -> None:
        event_id = estate.post(run_event(eventTime=moment))

        assert estate.call("get_lineage_event", identifier=event_id)["processingStatus"] == "SUCCESS"
        assert len(estate.call("list_lineage_events")["items"]) == 1
        assert len(estate.call("list_lineage_node_history", identifier="out/clean")["nodes"]) == 1

    def test_event_without_a_type_has_none_in_its_summary(self, estate: Estate) -> None:
        estate.post(run_event(state=None))

        (item,) = estate.call("list_lineage_events")["items"]

        assert "eventType" not in item["eventSummary"]["openLineageRunEventSummary"]


class TestForms:
    """(2.3, 4.3)"""

    def test_facets_that_fill_an_event_come_back_whole(self, estate: Estate) -> None:
        fields = [{"name": f"column_{n}", "type": "string", "description": "x" * 200} for n in range(1000)]
        estate.post(_output(schema={"fields": fields}))

        columns = _form(estate.node("out/clean"), "LineageSchemaForm")["columns"]

        assert [(each["name"], len(each["description"])) for each in columns] == [
            (each["name"], 200) for each in fields
        ]

    def test_transformations_of_columns_are_kept_as_posted(self, estate: Estate) -> None:
        source = {
            "namespace": "in",
            "name": "raw",
            "field": "Id",
            "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": True}],
        }
        column = {
            "inputFields": [source],
            "transformationType": "MASKED",
            "transformationDescription": "hash",
        }
        estate.post(_output(columnLineage={"fields": {"id": column}}))

        (found,) = _form(estate.node("out/clean"), "LineageColumnLineageForm")["columns"]

        assert found == {"name": "id", **column}

    def test_explicit_lineage_of_job_and_dataset_is_shown_as_posted(self, estate: Estate) -> None:
        entry = {"namespace": "out", "name": "clean", "inputs": [{"namespace": "in", "name": "raw"}]}
        event = _output(lineage={"inputs": entry["inputs"]})
        event["job"]["facets"] = {"lineage": {"entries": [entry]}}
        estate.post(event)

        dataset = _form(estate.node("out/clean"), "LineageOpenLineageFacetsForm")
        run = _form(estate.node("etl.load/r1"), "LineageJobForm")

        assert dataset == {"lineage": {"inputs": entry["inputs"]}}
        assert run["facets"] == {"lineage": {"entries": [entry]}}

    def test_start_that_comes_late_does_not_open_a_run_again(self, estate: Estate) -> None:
        """(6.3)"""
        estate.post(run_event(minute=5))
        estate.post(run_event(minute=0, state="START"))

        form = _form(estate.node("etl.load/r1"), "LineageJobRunForm")

        assert (form["eventType"], form["startTime"][11:16], form["endTime"][11:16]) == (
            "COMPLETE",
            "12:00",
            "12:05",
        )

    def test_version_of_a_run_shows_its_state_at_that_time(self, estate: Estate) -> None:
        for minute, state in enumerate(("START", "RUNNING", "ABORT")):
            estate.post(run_event(minute=minute, state=state))

        states = [
            _form(
                estate.node("etl.load/r1", eventTimestamp=NOON + timedelta(minutes=minute)),
                "LineageJobRunForm",
            )
            for minute in range(3)
        ]

        assert [each["eventType"] for each in states] == ["START", "RUNNING", "ABORT"]
        assert ["endTime" in each for each in states] == [False, False, True]

    def test_version_of_a_dataset_has_the_schema_of_its_time(self, estate: Estate) -> None:
        """(6.3) Comparing versions shows how a schema changed."""
        for minute, column in enumerate(("old", "new")):
            event = _output(schema={"fields": [{"name": column}]})
            estate.post(event | {"eventTime": f"2025-06-04T12:0{minute}:00Z"})

        def columns(minute: int) -> Any:
            node = estate.node("out/clean", eventTimestamp=NOON + timedelta(minutes=minute))
            return _form(node, "LineageSchemaForm")["columns"]

        assert (columns(0), columns(1)) == ([{"name": "old"}], [{"name": "new"}])


class TestDeleteLineageEvent:
    """(6.3)"""

    def test_event_is_deleted_once(self, estate: Estate) -> None:
        event_id = estate.post(run_event())
        estate.call("delete_lineage_event", identifier=event_id)

        for operation in ("delete_lineage_event", "get_lineage_event"):
            with pytest.raises(ClientError, match=f"ResourceNotFoundException.*{event_id}"):
                estate.call(operation, identifier=event_id)

    def test_run_keeps_what_its_other_events_said(self, estate: Estate) -> None:
        start = estate.post(run_event(minute=0, state="START", outputs=[]))
        estate.post(run_event(minute=5, inputs=[]))

        estate.call("delete_lineage_event", identifier=start)

        node = estate.node("etl.load/r1")
        assert (node["upstreamNodes"], estate.identifiers(node["downstreamNodes"])) == ([], ["out/clean"])
        assert "startTime" not in _form(node, "LineageJobRunForm")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            estate.node("in/raw")

    def test_second_of_two_equal_events_keeps_the_graph(self, estate: Estate) -> None:
        first, _ = (estate.post(run_event()) for _ in range(2))

        estate.call("delete_lineage_event", identifier=first)

        assert estate.identifiers(estate.node("etl.load/r1")["upstreamNodes"]) == ["in/raw"]

    def test_newest_version_is_then_the_one_before(self, estate: Estate) -> None:
        estate.post(run_event(minute=0))
        late = estate.post(run_event(minute=9))

        estate.call("delete_lineage_event", identifier=late)

        assert estate.node("out/clean")["eventTimestamp"] == NOON

    def test_node_that_comes_back_has_a_new_id(self, estate: Estate) -> None:
        event_id = estate.post(run_event())
        before = estate.node("out/clean")["id"]
        estate.call("delete_lineage_event", identifier=event_id)

        estate.post(run_event())

        assert estate.node("out/clean")["id"] != before


class TestListLineageEvents:
    """(7.6)"""

    def test_both_bounds_a_status_and_an_order_go_together(self, estate: Estate) -> None:
        for minute in range(6):
            estate.post(run_event(minute=minute))
        estate.post(run_event(minute=3, outputs=[f"out/{'x' * 2090}"]))

        def minutes(**params: Any) -> list[float]:
            items = estate.call(
                "list_lineage_events",
                timestampAfter=NOON + timedelta(minutes=1),
                timestampBefore=NOON + timedelta(minutes=5),
                **params,
            )["items"]
            return [(item["eventTime"] - NOON).total_seconds() / 60 for item in items]

        assert minutes(processingStatus="SUCCESS") == [4, 3, 2]
        assert minutes(processingStatus="FAILED") == [3]
        assert minutes(sortOrder="ASCENDING") == [2, 3, 3, 4]

    def test_pages_keep_to_bounds(self, estate: Estate) -> None:
        for minute in range(9):
            estate.post(run_event(minute=minute))
        paginator = estate.client.get_paginator("list_lineage_events")
        pages = paginator.paginate(
            domainIdentifier=estate.domain,
            timestampAfter=NOON,
            timestampBefore=NOON + timedelta(minutes=7),
            sortOrder="ASCENDING",
            PaginationConfig={"PageSize": 4},
        )

        found = [
            [(item["eventTime"] - NOON).total_seconds() / 60 for item in page["items"]] for page in pages
        ]

        assert found == [[1, 2, 3, 4], [5, 6]]

    def test_unknown_status_is_refused(self, estate: Estate) -> None:
        with pytest.raises(ClientError, match=r"ValidationException.*'processingStatus'.*enum value set"):
            estate.call("list_lineage_events", processingStatus="DONE")


class TestQueryGraph:
    """(8)"""

    @pytest.fixture
    def chain(self, estate: Estate) -> Estate:
        """d/0 → r0 → d/1 → … → r3 → d/4: four runs, a minute apart."""
        for number in range(4):
            source, target = f"d/{number}", f"d/{number + 1}"
            estate.post(run_event(minute=number, run=f"r{number}", inputs=[source], outputs=[target]))
        return estate

    @staticmethod
    def _query(estate: Estate, root: str, direction: str, hops: int, **params: Any) -> list[str]:
        """Return the source identifiers of all items, page by page."""
        entity = {"entityType": "LINEAGE_NODE", "identifier": root}
        if "filters" in params:
            entity["filters"] = params.pop("filters")
        relation = {"relationType": "LINEAGE", "relationDirection": direction, "maxPathLength": hops}
        pages = estate.client.get_paginator("query_graph").paginate(
            domainIdentifier=estate.domain,
            match=[{"entityPattern": entity}, {"relationPattern": relation}],
            PaginationConfig={"PageSize": params.pop("size", 50)},
            **params,
        )
        return [item["lineageNode"]["sourceIdentifier"] for page in pages for item in page["items"]]

    @pytest.mark.parametrize("hops", range(1, 6))
    def test_each_hop_adds_one_node_of_a_chain(self, chain: Estate, hops: int) -> None:
        down = ["d/0", "etl.load/r0", "d/1", "etl.load/r1", "d/2", "etl.load/r2"]
        up = ["d/4", "etl.load/r3", "d/3", "etl.load/r2", "d/2", "etl.load/r1"]

        assert self._query(chain, "d/0", "OUT", hops) == down[: hops + 1]
        assert self._query(chain, "d/4", "IN", hops) == up[: hops + 1]

    def test_end_of_the_graph_is_the_root_alone(self, chain: Estate) -> None:
        assert self._query(chain, "d/0", "IN", 5) == ["d/0"]
        assert self._query(chain, "d/4", "OUT", 5) == ["d/4"]

    @pytest.mark.parametrize(
        "clause, expected",
        [
            pytest.param(
                {"filter": {"attribute": "name", "operator": "EQ", "value": "2"}}, ["d/2"], id="equal"
            ),
            pytest.param(
                {"filter": {"attribute": "sourceIdentifier", "operator": "TEXT_SEARCH", "value": "LOAD/R1"}},
                ["etl.load/r1"],
                id="text",
            ),
            pytest.param(
                {
                    "and": [
                        {"filter": {"attribute": "name", "operator": "GE", "value": "1"}},
                        {"filter": {"attribute": "name", "operator": "LT", "value": "3"}},
                    ]
                },
                ["d/1", "d/2"],
                id="and",
            ),
            pytest.param(
                {
                    "or": [
                        {"filter": {"attribute": "name", "operator": "EQ", "value": "0"}},
                        {"filter": {"attribute": "name", "operator": "GT", "value": "load"}},
                    ]
                },
                ["d/0"],
                id="or",
            ),
            pytest.param(
                {
                    "filter": {
                        "attribute": "eventTimestamp",
                        "operator": "GE",
                        "intValue": int((NOON + timedelta(minutes=2)).timestamp()),
                    }
                },
                ["d/2", "etl.load/r2"],
                id="time",
            ),
            pytest.param({"filter": {"attribute": "name", "value": "nobody"}}, [], id="nothing"),
        ],
    )
    def test_filters_are_those_of_search(self, chain: Estate, clause: Any, expected: list[str]) -> None:
        assert self._query(chain, "d/0", "OUT", 5, filters=clause) == expected
        assert self._query(chain, "d/0", "OUT", 5, filters=clause, size=1) == expected

    def test_no_more_than_ten_forms_can_be_named(self, chain: Estate) -> None:
        names = [f"Form{number}" for number in range(11)]

        with pytest.raises(ClientError, match=r"ValidationException.*formNames.*less than or equal to 10"):
            self._query(chain, "d/0", "OUT", 1, additionalAttributes={"formNames": names})

    def test_form_nobody_knows_is_absent(self, chain: Estate) -> None:
        found = chain.call(
            "query_graph",
            match=[
                {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "etl.load/r0"}},
                {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN"}},
            ],
            additionalAttributes={"formNames": ["NoSuchForm"]},
        )["items"]

        assert [item["lineageNode"]["formsOutput"] for item in found] == [[], []]

    @pytest.mark.parametrize(
        "match, message",
        [
            pytest.param([0, 0], "one entityPattern and one relationPattern", id="two entities"),
            pytest.param([1, 1], "one entityPattern and one relationPattern", id="two relations"),
            pytest.param([0], "greater than or equal to 2", id="one clause"),
            pytest.param([0, 1, 1], "less than or equal to 2", id="three clauses"),
        ],
    )
    def test_clauses_are_one_entity_and_one_relation(
        self, chain: Estate, match: list[int], message: str
    ) -> None:
        clauses = (
            {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "d/0"}},
            {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "IN"}},
        )
        body = json.dumps({"match": [clauses[each] for each in match]}).encode()

        status, answer = _raw_post(chain, f"/v2/domains/{chain.domain}/graph/query", body)

        assert status == 400
        assert message in answer["message"]

    def test_pages_go_on_with_one_walk_while_events_come_in(self, chain: Estate) -> None:
        clauses = [
            {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "d/0"}},
            {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "OUT", "maxPathLength": 5}},
        ]
        page = chain.call("query_graph", match=clauses, maxResults=2)
        found = [item["lineageNode"]["sourceIdentifier"] for item in page["items"]]
        chain.post(run_event(run="r9", minute=9, inputs=["d/0"], outputs=["d/9"]))

        while "nextToken" in page:
            page = chain.call("query_graph", match=clauses, maxResults=2, nextToken=page["nextToken"])
            found += [item["lineageNode"]["sourceIdentifier"] for item in page["items"]]

        assert found == ["d/0", "etl.load/r0", "d/1", "etl.load/r1", "d/2", "etl.load/r2"]
        assert "d/9" in self._query(chain, "d/0", "OUT", 5)

    def test_node_that_is_gone_is_left_out_of_the_next_page(self, chain: Estate) -> None:
        clauses = [
            {"entityPattern": {"entityType": "LINEAGE_NODE", "identifier": "hub/0"}},
            {"relationPattern": {"relationType": "LINEAGE", "relationDirection": "OUT", "maxPathLength": 1}},
        ]
        ids = [chain.post(run_event(run=f"h{n}", inputs=["hub/0"], outputs=[])) for n in range(4)]
        page = chain.call("query_graph", match=clauses, maxResults=2)

        chain.call("delete_lineage_event", identifier=ids[2])
        rest = chain.call("query_graph", match=clauses, maxResults=9, nextToken=page["nextToken"])

        sources = [item["lineageNode"]["sourceIdentifier"] for item in (*page["items"], *rest["items"])]
        assert sources == ["hub/0", "etl.load/h0", "etl.load/h1", "etl.load/h3"]


def _raw_post(estate: Estate, path: str, body: bytes) -> tuple[int, Any]:
    """Post what boto3 would refuse to send."""
    credential = "Credential=testing/20250604/us-east-1/datazone/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"
    request = urllib.request.Request(
        estate.aws.endpoint_url + path, data=body, headers={"Authorization": authorization}
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request)
    with raised.value as answer:
        return answer.code, json.load(answer)
