"""Lineage events, nodes, history and the graph, through boto3."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from tests.contract.datazone_estate import NOON, Estate, eventually, make_estate, run_event


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _minute(moment: datetime) -> float:
    return (moment - NOON).total_seconds() / 60


def _history(estate: Estate, identifier: str, **params: Any) -> list[float]:
    """Return the minutes of the versions of a node, in the order given."""
    nodes = estate.call("list_lineage_node_history", identifier=identifier, **params)["nodes"]
    return [_minute(node["eventTimestamp"]) for node in nodes]


def _graph(
    estate: Estate, root: str, direction: str = "IN", hops: int | None = 5, **params: Any
) -> list[Any]:
    relation = {"relationType": "LINEAGE", "relationDirection": direction}
    entity = {"entityType": "LINEAGE_NODE", "identifier": root, **params.pop("entity", {})}
    clauses = [
        {"entityPattern": entity},
        {"relationPattern": relation | ({"maxPathLength": hops} if hops else {})},
    ]
    items = estate.call("query_graph", match=clauses, **params)["items"]
    return [item["lineageNode"] for item in items]


def _sources(nodes: list[Any]) -> list[str]:
    return [node["sourceIdentifier"] for node in nodes]


class TestEvents:
    """Posting, reading, listing and deleting events."""

    def test_event_comes_back_byte_for_byte(self, estate: Estate) -> None:
        body = b'  {"b": "\\u00e4", ' + json.dumps(run_event()).encode()[1:] + b"\n"

        event_id = estate.post(body)
        answer = estate.call("get_lineage_event", identifier=event_id)

        assert answer["event"].read() == body
        assert (answer["id"], answer["domainId"]) == (event_id, estate.domain)
        assert (answer["processingStatus"], answer["eventTime"]) == ("SUCCESS", NOON)
        assert answer["createdBy"] == "arn:aws:sts::123456789012:user/moto"

    @pytest.mark.parametrize(
        "content_type",
        ["application/json", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain"],
    )
    def test_content_type_does_not_matter(self, estate: Estate, content_type: str) -> None:
        def set_content_type(request: Any, **_: Any) -> None:
            request.headers["Content-Type"] = content_type

        estate.client.meta.events.register("before-sign.datazone.PostLineageEvent", set_content_type)
        sql = {"sql": {"query": "select 1 &Action=Something&Version=2011-06-15"}}
        body = json.dumps(run_event(job={"namespace": "etl", "name": "load", "facets": sql})).encode()

        event_id = estate.post(body)

        assert estate.call("get_lineage_event", identifier=event_id)["event"].read() == body

    def test_event_is_requested_processing_and_then_success(self, estate: Estate) -> None:
        estate.aws.settings(lineage_seconds=0.5)
        event_id = estate.post(run_event())
        seen = ["REQUESTED"]

        def is_over() -> bool:
            status = estate.call("get_lineage_event", identifier=event_id)["processingStatus"]
            if status != seen[-1]:
                seen.append(status)
            return bool(status == "SUCCESS")

        eventually(is_over)

        assert seen == ["REQUESTED", "PROCESSING", "SUCCESS"]

    def test_nodes_appear_when_the_event_is_processed(self, estate: Estate) -> None:
        estate.aws.settings(lineage_seconds=3600)
        estate.post(run_event())

        with pytest.raises(ClientError, match="out/clean does not exist"):
            estate.node("out/clean")

    def test_event_without_a_usable_identity_fails(self, estate: Estate) -> None:
        event_id = estate.post(run_event(outputs=[f"out/{'x' * 2090}"]))

        assert estate.call("get_lineage_event", identifier=event_id)["processingStatus"] == "FAILED"
        with pytest.raises(ClientError, match="ResourceNotFound"):
            estate.node("in/raw")

    @pytest.mark.parametrize(
        "output",
        [
            pytest.param("etl.load/r1", id="its own run"),
            pytest.param("etl.load/r0", id="a run of another event"),
        ],
    )
    def test_dataset_called_like_a_run_fails(self, estate: Estate, output: str) -> None:
        """Two nodes cannot have the same source identifier (2.5)."""
        estate.post(run_event(run="r0"))

        event_id = estate.post(run_event(outputs=[output]))

        assert estate.call("get_lineage_event", identifier=event_id)["processingStatus"] == "FAILED"
        assert estate.node("etl.load/r0")["typeName"] == "amazon.datazone.JobRunLineageNodeType"
        estate.call("delete_lineage_event", identifier=event_id)

    def test_listing_shows_what_an_event_is_about(self, estate: Estate) -> None:
        estate.post(run_event())

        (item,) = estate.call("list_lineage_events")["items"]

        assert item["eventSummary"] == {
            "openLineageRunEventSummary": {
                "eventType": "COMPLETE",
                "runId": "r1",
                "job": {"namespace": "etl", "name": "load"},
                "inputs": [{"namespace": "in", "name": "raw"}],
                "outputs": [{"namespace": "out", "name": "clean"}],
            }
        }

    def test_listing_goes_by_event_time_newest_first(self, estate: Estate) -> None:
        for minute in (5, 0, 9):
            estate.post(run_event(minute=minute))

        def minutes(**params: Any) -> list[float]:
            items = estate.call("list_lineage_events", **params)["items"]
            return [_minute(item["eventTime"]) for item in items]

        assert minutes() == [9, 5, 0]
        assert minutes(sortOrder="ASCENDING") == [0, 5, 9]
        assert minutes(timestampAfter=NOON, timestampBefore=NOON + timedelta(minutes=9)) == [5]
        assert minutes(processingStatus="FAILED") == []

    def test_deletion_takes_back_what_only_that_event_said(self, estate: Estate) -> None:
        estate.post(run_event())
        event_id = estate.post(run_event(minute=5, run="r2", outputs=["out/other"]))

        deleted = estate.call("delete_lineage_event", identifier=event_id)

        assert deleted["processingStatus"] == "SUCCESS"
        assert _history(estate, "in/raw") == [0]
        for identifier in ("out/other", "etl.load/r2"):
            with pytest.raises(ClientError, match="ResourceNotFound"):
                estate.node(identifier)

    def test_event_deleted_while_it_waits_is_never_processed(self, estate: Estate) -> None:
        estate.aws.settings(lineage_seconds=0.2)
        first, second = (estate.post(run_event(run=run)) for run in ("r1", "r2"))

        estate.call("delete_lineage_event", identifier=first)

        eventually(
            lambda: estate.call("get_lineage_event", identifier=second)["processingStatus"] == "SUCCESS"
        )
        assert estate.identifiers(estate.node("out/clean")["upstreamNodes"]) == ["etl.load/r2"]


class TestNodes:
    """One node at one time."""

    @pytest.mark.parametrize(
        "namespace, name, identifier",
        [
            pytest.param("s3://bucket", "a/b c.json", "s3://bucket/a/b c.json", id="S3 key with a space"),
            pytest.param(
                "s3://bucket", "/leading//double", "s3://bucket//leading//double", id="more slashes"
            ),
            pytest.param("s3://bucket", "prefix/", "s3://bucket/prefix/", id="slash at the end"),
            pytest.param("ns", "größe/日本", "ns/größe/日本", id="not ASCII"),
            pytest.param("ns", "50%25?x=1&y=2#z+", "ns/50%25?x=1&y=2#z+", id="signs of URLs"),
            pytest.param("ns", "history", "ns/history", id="a word of the API"),
            pytest.param("a", "x/history/history", "a/x/history/history", id="words of the API"),
            pytest.param(
                "awsathena://athena.us-east-1.amazonaws.com",
                "c.d.t",
                "awsathena://athena.us-east-1.amazonaws.com/c.d.t",
                id="an address of AWS",
            ),
            pytest.param(
                "redshift://wg.123456789012.us-east-1.redshift-serverless.amazonaws.com:5439",
                "db.public.t",
                "arn:aws:redshift-serverless:us-east-1:123456789012:table/wg/db/public/t",
                id="Redshift",
            ),
            pytest.param(
                "redshift://alias.example.redshift.amazonaws.com",
                "db.public.t",
                "redshift://alias.example.redshift.amazonaws.com/db.public.t",
                id="an alias of Redshift",
            ),
            pytest.param(
                "arn:aws:glue:us-east-1:123456789012",
                "table/db/t",
                "arn:aws:glue:us-east-1:123456789012:table/db/t",
                id="Glue",
            ),
            pytest.param("n" * 1800, "m" * 285, "n" * 1800 + "/" + "m" * 285, id="as long as can be"),
        ],
    )
    def test_node_is_found_by_any_source_identifier(
        self, estate: Estate, namespace: str, name: str, identifier: str
    ) -> None:
        event = run_event(outputs=[])
        estate.post({**event, "outputs": [{"namespace": namespace, "name": name}]})

        node = estate.node(identifier)

        assert node["sourceIdentifier"] == identifier
        assert estate.node(node["id"])["sourceIdentifier"] == identifier
        assert _history(estate, identifier) == [0]
        assert _sources(_graph(estate, identifier))[0] == identifier

    def test_identifiers_are_compared_exactly(self, estate: Estate) -> None:
        estate.post(run_event(inputs=["s3://b/x"], outputs=["s3://B/x"]))

        assert estate.node("s3://b/x")["id"] != estate.node("s3://B/x")["id"]
        with pytest.raises(ClientError, match="ResourceNotFound"):
            estate.node("s3://b/X")

    def test_identifier_that_is_too_long_is_refused(self, estate: Estate) -> None:
        with pytest.raises(ClientError, match="less than or equal to 2086"):
            estate.node("x" * 2087)

    def test_without_a_time_the_newest_version_is_given(self, estate: Estate) -> None:
        for minute in (5, 0):
            estate.post(run_event(minute=minute))

        assert _minute(estate.node("out/clean")["eventTimestamp"]) == 5

    @pytest.mark.parametrize(
        "minute, version",
        [
            pytest.param(0, 0, id="exactly"),
            pytest.param(3, 0, id="between"),
            pytest.param(99, 5, id="after all"),
        ],
    )
    def test_at_a_time_the_version_then_in_force_is_given(
        self, estate: Estate, minute: int, version: int
    ) -> None:
        for each in (0, 5):
            estate.post(run_event(minute=each))

        node = estate.node("out/clean", eventTimestamp=NOON + timedelta(minutes=minute))

        assert _minute(node["eventTimestamp"]) == version

    def test_before_its_first_version_there_is_no_node(self, estate: Estate) -> None:
        estate.post(run_event())

        with pytest.raises(ClientError, match=r"ResourceNotFound.*no version at or before"):
            estate.node("out/clean", eventTimestamp=NOON - timedelta(milliseconds=1))

    def test_time_of_a_version_reads_that_version_though_clients_use_floats(self, estate: Estate) -> None:
        moments = [NOON + timedelta(milliseconds=each) for each in range(1, 40, 3)]
        for number, moment in enumerate(moments):
            estate.post(run_event(run=f"r{number}", eventTime=moment.isoformat(timespec="milliseconds")))

        history = estate.call("list_lineage_node_history", identifier="out/clean")["nodes"]
        times = [each["eventTimestamp"] for each in history]

        assert [estate.node("out/clean", eventTimestamp=each)["eventTimestamp"] for each in times] == times
        assert len(times) == len(moments)

    def test_microseconds_of_an_event_are_cut_off(self, estate: Estate) -> None:
        estate.post(run_event(eventTime="2025-06-04T12:00:00.000999Z"))
        estate.post(run_event(eventTime="2025-06-04T12:00:00.000001Z"))

        assert _history(estate, "out/clean") == [0]

    def test_job_has_versions_and_no_edges(self, estate: Estate) -> None:
        for minute in (0, 5):
            estate.post(run_event(minute=minute, run=f"r{minute}"))

        node = estate.node("etl.load")

        assert node["typeName"] == "amazon.datazone.JobLineageNodeType"
        assert (node["upstreamNodes"], node["downstreamNodes"]) == ([], [])
        assert _history(estate, "etl.load") == [5, 0]
        assert _history(estate, "etl.load", direction="UPSTREAM") == []

    def test_walking_back_by_references_finds_the_source(self, estate: Estate) -> None:
        estate.post(run_event(minute=0, state="START", outputs=[]))
        estate.post(run_event(minute=2, inputs=[]))

        node = estate.node("out/clean")
        path = [node["sourceIdentifier"]]
        while node["upstreamNodes"]:
            (reference,) = node["upstreamNodes"]
            node = estate.node(reference["id"], eventTimestamp=reference["eventTimestamp"])
            path.append(node["sourceIdentifier"])

        assert path == ["out/clean", "etl.load/r1", "in/raw"]

    def test_references_of_one_event_share_its_time(self, estate: Estate) -> None:
        estate.post(run_event(minute=7))

        references = [
            reference
            for identifier in ("in/raw", "etl.load/r1", "out/clean")
            for side in ("upstreamNodes", "downstreamNodes")
            for reference in estate.node(identifier)[side]
        ]

        assert [_minute(each["eventTimestamp"]) for each in references] == [7, 7, 7, 7]

    def test_no_more_than_100_neighbours_are_shown_but_the_graph_has_all(self, estate: Estate) -> None:
        estate.post(run_event(inputs=[f"in/{number}" for number in range(130)]))

        shown = estate.node("etl.load/r1")["upstreamNodes"]
        (root, *_) = _graph(estate, "etl.load/r1", hops=1)

        assert (len(shown), len(root["upstreamLineageNodeIds"])) == (100, 130)

    def test_last_facet_posted_for_a_time_counts(self, estate: Estate) -> None:
        for column in ("old", "new"):
            facets = {"schema": {"fields": [{"name": column, "type": "int"}]}}
            event = run_event(outputs=[])
            estate.post({**event, "outputs": [{"namespace": "out", "name": "clean", "facets": facets}]})

        (form,) = estate.node("out/clean")["formsOutput"]

        assert json.loads(form["content"]) == {"columns": [{"name": "new", "dataType": "int"}]}


class TestHistory:
    """The versions of a node."""

    @pytest.fixture
    def history(self, estate: Estate) -> Estate:
        """A dataset written at minutes 0 and 10 and read at 5 and 15."""
        for minute in (0, 10):
            estate.post(run_event(minute=minute, run=f"w{minute}"))
        for minute in (5, 15):
            estate.post(
                run_event(minute=minute, run=f"r{minute}", inputs=["out/clean"], outputs=["out/report"])
            )
        return estate

    @pytest.mark.parametrize(
        "params, minutes",
        [
            pytest.param({}, [15, 10, 5, 0], id="newest first"),
            pytest.param({"sortOrder": "ASCENDING"}, [0, 5, 10, 15], id="oldest first"),
            pytest.param({"direction": "UPSTREAM"}, [10, 0], id="with upstream neighbours"),
            pytest.param({"direction": "DOWNSTREAM"}, [15, 5], id="with downstream neighbours"),
            pytest.param({"eventTimestampGTE": NOON + timedelta(minutes=10)}, [15, 10], id="from, inclusive"),
            pytest.param({"eventTimestampLTE": NOON + timedelta(minutes=5)}, [5, 0], id="until, inclusive"),
            pytest.param(
                {
                    "eventTimestampGTE": NOON + timedelta(minutes=1),
                    "eventTimestampLTE": NOON + timedelta(minutes=14),
                    "direction": "UPSTREAM",
                    "sortOrder": "ASCENDING",
                },
                [10],
                id="everything at once",
            ),
        ],
    )
    def test_versions_can_be_chosen(
        self, history: Estate, params: dict[str, Any], minutes: list[int]
    ) -> None:
        assert _history(history, "out/clean", **params) == minutes

    def test_newest_version_need_not_show_the_producer(self, history: Estate) -> None:
        newest = history.node("out/clean")

        assert (newest["upstreamNodes"], history.identifiers(newest["downstreamNodes"])) == (
            [],
            ["etl.load/r15"],
        )

    def test_documented_way_to_the_latest_producer_works(self, history: Estate) -> None:
        (version,) = history.call(
            "list_lineage_node_history",
            identifier="out/clean",
            direction="UPSTREAM",
            sortOrder="DESCENDING",
            maxResults=1,
        )["nodes"]

        node = history.node(version["id"], eventTimestamp=version["eventTimestamp"])

        assert history.identifiers(node["upstreamNodes"]) == ["etl.load/w10"]

    def test_late_event_takes_its_place(self, history: Estate) -> None:
        history.post(run_event(minute=7, run="late"))

        assert _history(history, "out/clean") == [15, 10, 7, 5, 0]
        assert _minute(history.node("out/clean")["eventTimestamp"]) == 15


class TestGraph:
    """The aggregate view."""

    @pytest.fixture
    def chain(self, estate: Estate) -> Estate:
        """d/0 → r0 → d/1 → r1 → d/2 → r2 → d/3."""
        for number in range(3):
            estate.post(
                run_event(
                    minute=number, run=f"r{number}", inputs=[f"d/{number}"], outputs=[f"d/{number + 1}"]
                )
            )
        return estate

    def test_in_goes_upstream_root_first(self, chain: Estate) -> None:
        assert _sources(_graph(chain, "d/2", "IN")) == ["d/2", "etl.load/r1", "d/1", "etl.load/r0", "d/0"]

    def test_out_goes_downstream(self, chain: Estate) -> None:
        assert _sources(_graph(chain, "d/1", "OUT")) == ["d/1", "etl.load/r1", "d/2", "etl.load/r2", "d/3"]

    def test_from_a_dataset_through_a_run_to_the_next_are_two_hops(self, chain: Estate) -> None:
        assert _sources(_graph(chain, "d/0", "OUT", hops=2)) == ["d/0", "etl.load/r0", "d/1"]

    def test_without_a_length_one_hop_is_walked(self, chain: Estate) -> None:
        assert _sources(_graph(chain, "d/0", "OUT", hops=None)) == ["d/0", "etl.load/r0"]

    def test_more_than_five_hops_are_refused(self, chain: Estate) -> None:
        with pytest.raises(ClientError, match="less than or equal to 5"):
            _graph(chain, "d/3", hops=6)

    def test_unknown_root_gives_nothing(self, chain: Estate) -> None:
        assert _graph(chain, "d/99") == []

    def test_edges_are_those_of_all_versions(self, chain: Estate) -> None:
        chain.post(run_event(minute=9, run="r9", inputs=["d/9"], outputs=["d/2"]))

        root, *_ = _graph(chain, "d/2", hops=1)

        upstream = [{"id": each} for each in root["upstreamLineageNodeIds"]]
        assert chain.identifiers(upstream) == ["etl.load/r1", "etl.load/r9"]
        assert chain.identifiers([{"id": each} for each in root["downstreamLineageNodeIds"]]) == [
            "etl.load/r2"
        ]

    def test_cycle_ends(self, estate: Estate) -> None:
        estate.post(run_event(run="a", inputs=["d/0"], outputs=["d/1"]))
        estate.post(run_event(run="b", inputs=["d/1"], outputs=["d/0"]))

        assert sorted(_sources(_graph(estate, "d/0"))) == ["d/0", "d/1", "etl.load/a", "etl.load/b"]

    def test_forms_come_only_when_named(self, chain: Estate) -> None:
        wanted = {"formNames": ["LineageJobRunForm"]}

        without = _graph(chain, "etl.load/r0", hops=1)
        named = _graph(chain, "etl.load/r0", hops=1, additionalAttributes=wanted)

        assert all("formsOutput" not in node for node in without)
        assert [form["formName"] for form in named[0]["formsOutput"]] == ["LineageJobRunForm"]

    def test_filter_chooses_items_and_lets_the_walk_pass(self, chain: Estate) -> None:
        clause = {
            "attribute": "typeName",
            "value": "amazon.datazone.DatasetLineageNodeType",
            "operator": "EQ",
        }

        found = _graph(chain, "d/2", entity={"filters": {"filter": clause}})

        assert _sources(found) == ["d/2", "d/1", "d/0"]

    def test_unknown_filter_attribute_is_named(self, chain: Estate) -> None:
        clause = {"attribute": "colour", "value": "red", "operator": "EQ"}

        with pytest.raises(ClientError, match=r"ValidationException.*colour"):
            _graph(chain, "d/2", entity={"filters": {"filter": clause}})

    def test_graph_follows_new_events(self, chain: Estate) -> None:
        before = len(_graph(chain, "d/3", "OUT"))

        chain.post(run_event(run="r3", inputs=["d/3"], outputs=["d/4"]))

        assert (before, len(_graph(chain, "d/3", "OUT"))) == (1, 3)


def test_domains_do_not_share_lineage(local_aws: LocalAws) -> None:
    first = make_estate(local_aws)
    second = make_estate(local_aws)
    first.post(run_event())

    assert second.call("list_lineage_events")["items"] == []
    assert _graph(second, "out/clean") == []


def test_region_comes_from_the_signature_and_not_from_names_in_the_path(local_aws: LocalAws) -> None:
    client = local_aws.client("datazone", region_name="eu-west-1")
    domain = client.create_domain(name="d")["id"]
    environment = {"environment-properties": {"environment-properties": {"GLUE_VERSION": "4.0"}}}
    symlinks = {"symlinks": {"identifiers": [{"namespace": "x", "name": "db.t", "type": "TABLE"}]}}
    event = run_event() | {
        "run": {"runId": "r", "facets": environment},
        "inputs": [{"namespace": "awsathena://athena.us-west-2.amazonaws.com", "name": "c.d.t"}],
        "outputs": [{"namespace": "x", "name": "t", "facets": symlinks}],
    }
    client.post_lineage_event(domainIdentifier=domain, event=json.dumps(event).encode())

    address = "awsathena://athena.us-west-2.amazonaws.com/c.d.t"
    found = client.get_lineage_node(domainIdentifier=domain, identifier=address)
    table = client.get_lineage_node(
        domainIdentifier=domain, identifier="arn:aws:glue:eu-west-1:123456789012:table/db/t"
    )

    assert found["sourceIdentifier"] == address
    assert table["name"] == "t"
    assert client.get_domain(identifier=domain)["arn"].startswith("arn:aws:datazone:eu-west-1:")


def test_times_are_utc_in_answers(estate: Estate) -> None:
    estate.post(run_event(eventTime="2025-06-04T14:00:00+02:00"))

    moment = estate.node("out/clean")["eventTimestamp"]

    assert moment.astimezone(UTC) == NOON
