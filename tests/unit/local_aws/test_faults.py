"""Tests of faults on demand and of the call count."""

from __future__ import annotations

import pytest

from airflow_lineage_provider.local_aws.faults import CallCounter, Fault, FaultBook


class TestFault:
    """``Fault.parse`` reads a fault from JSON."""

    @pytest.mark.parametrize(
        "document, problem",
        [
            pytest.param([], "a fault is a JSON object", id="not an object"),
            pytest.param({"error_code": "X"}, "'service' is missing", id="no service"),
            pytest.param({"service": "glue"}, "give 'error_code'", id="no effect"),
            pytest.param({"service": "glue", "colour": 1}, "unknown member 'colour'", id="unknown member"),
            pytest.param({"service": 1, "error_code": "X"}, "must be of type str", id="wrong type"),
            pytest.param({"service": "g", "error_code": "X", "times": True}, "type int", id="boolean count"),
            pytest.param({"service": "g", "error_code": "X", "times": 0}, "'times' ≥ 1", id="zero times"),
            pytest.param({"service": "g", "error_code": "X", "probability": 2}, "from 0 to 1", id="chance"),
            pytest.param({"service": "g", "error_code": "X", "status": 200}, "400 to 599", id="status"),
            pytest.param({"service": "g", "latency_seconds": -1.0}, "≥ 0", id="negative latency"),
        ],
    )
    def test_refuses_what_is_no_fault(self, document: object, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            Fault.parse(document)

    def test_reads_whole_numbers_as_seconds(self) -> None:
        fault = Fault.parse({"service": "glue", "latency_seconds": 2, "operation": None})

        assert (fault.latency_seconds, fault.operation) == (2, None)


class TestFaultBook:
    """``FaultBook`` hands out the fault that hits a call."""

    def test_counts_down_and_forgets(self) -> None:
        book = FaultBook()
        book.add(Fault("glue", "GetCrawler", "ThrottlingException", times=2))

        hits = [book.take("glue", "GetCrawler") is not None for _ in range(3)]

        assert hits == [True, True, False]
        assert book.listed() == []

    def test_leaves_other_services_and_operations_alone(self) -> None:
        book = FaultBook()
        book.add(Fault("glue", "GetCrawler", "ThrottlingException"))

        assert book.take("glue", "StartCrawler") is None
        assert book.take("datazone", "GetCrawler") is None

    def test_hits_every_operation_without_a_name(self) -> None:
        book = FaultBook()
        book.add(Fault("glue", error_code="ThrottlingException"))

        assert book.take("glue", "StartCrawler") is not None
        assert book.take("glue", None) is not None

    def test_hits_about_as_often_as_its_probability_says(self) -> None:
        book = FaultBook()
        book.add(Fault("glue", error_code="ThrottlingException", probability=0.5))

        hits = sum(book.take("glue", "GetCrawler") is not None for _ in range(2000))

        assert 850 < hits < 1150


def test_call_counter_counts_per_service_and_operation() -> None:
    counter = CallCounter()

    for service, operation in [("glue", "B"), ("glue", "A"), ("glue", "B"), ("s3", None)]:
        counter.add(service, operation)

    assert counter.counted() == {"glue": {"A": 1, "B": 2}, "s3": {"?": 1}}
