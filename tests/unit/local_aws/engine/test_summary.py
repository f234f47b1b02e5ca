from __future__ import annotations

import json

from airflow_lineage_provider.local_aws.engine.plan import Write
from airflow_lineage_provider.local_aws.engine.summary import changes_by_kind, summary_text


def write(subject: str, action: str, label: str) -> Write:
    return Write(subject, action, table=label, label=label)


class TestSummary:
    def test_is_json_in_json(self) -> None:
        writes = [
            write("TABLE", "ADD", "orders"),
            write("TABLE", "ADD", "clicks"),
            write("PARTITION", "ADD", "orders/year=2017"),
        ]

        text = summary_text(changes_by_kind(writes))

        assert text is not None
        outer = json.loads(text)
        assert set(outer) == {"TABLE", "PARTITION"}
        assert json.loads(outer["TABLE"]["ADD"]) == {"Details": {"names": ["orders", "clicks"]}}
        assert json.loads(outer["PARTITION"]["ADD"]) == {"Details": {"names": ["orders/year=2017"]}}

    def test_is_absent_when_nothing_changed(self) -> None:
        assert summary_text(changes_by_kind([write("TABLE", "TOUCH", "orders")])) is None

    def test_is_never_cut(self) -> None:
        labels = [f"table_{number}" for number in range(100)]

        text = summary_text(changes_by_kind(write("TABLE", "UPDATE", label) for label in labels))

        assert text is not None
        assert json.loads(json.loads(text)["TABLE"]["UPDATE"])["Details"]["names"] == labels
