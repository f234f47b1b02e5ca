from __future__ import annotations

from scripts.run_compose_by_hand import estate_of


def test_reads_the_parameters_of_the_example_from_the_ready_line() -> None:
    output = (
        "warning\nready endpoint=http://127.0.0.1:1 domain=dzd_1 data_source=ds1 crawler=c dynamodb_table=t\n"
    )

    assert estate_of(output) == {
        "domain_identifier": "dzd_1",
        "data_source_identifier": "ds1",
        "crawler_name": "c",
        "orders_table": "t",
    }


def test_finds_none_when_the_stack_does_not_run() -> None:
    assert estate_of("") == {}
