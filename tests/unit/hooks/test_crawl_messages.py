"""What a reader of an event queue keeps in mind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_lineage_provider.hooks.crawl_messages import KEPT_SECONDS, HeardMessages, QueueMessage

EVENT = {"detail-type": "Glue Crawler State Change", "detail": {"crawlerName": "sales", "state": "Succeeded"}}


def read(body: object, **facts: Any) -> QueueMessage:
    text = body if isinstance(body, str) else json.dumps(body)
    return QueueMessage.from_message({"MessageId": "m", "ReceiptHandle": "r", "Body": text, **facts})


def message(crawler_name: str = "sales", **overrides: Any) -> QueueMessage:
    facts: dict[str, Any] = {"message_id": "m", "receipt": "r", "has_ended": True, **overrides}
    return QueueMessage(crawler_name=crawler_name, **facts)


class TestQueueMessage:
    def test_says_whose_crawl_is_over(self) -> None:
        assert read(EVENT) == QueueMessage("m", "r", "sales", has_ended=True)

    def test_a_start_is_no_end(self) -> None:
        started = {**EVENT, "detail": {"crawlerName": "sales", "state": "Started"}}

        assert read(started) == QueueMessage("m", "r", "sales", has_ended=False)

    def test_says_how_old_it_is(self) -> None:
        old = {"MessageId": "m", "ReceiptHandle": "r", "Attributes": {"SentTimestamp": "1000500"}}

        assert QueueMessage.from_message(old, received_at=1010.0).age_seconds == 9.5

    @pytest.mark.parametrize(
        "body",
        [
            "no JSON",
            "[]",
            "7",
            {"detail-type": "Glue Crawler State Change"},
            {**EVENT, "detail-type": "x"},
            {**EVENT, "detail": ["sales"]},
            "[" * 100_000,
        ],
        ids=["no JSON", "a list", "a number", "no detail", "another event", "a list inside", "too deep"],
    )
    def test_anything_else_is_about_no_crawler(self, body: object) -> None:
        assert read(body) == QueueMessage("m", "r")

    def test_does_not_show_what_deletes_it(self) -> None:
        assert "secret" not in repr(QueueMessage("m", "secret"))


class TestHeardMessages:
    def test_news_is_what_is_awaited_and_was_not_heard_before(self) -> None:
        heard = HeardMessages()

        first = heard.hear([message(), message("other", message_id="o")], {"sales"}, 0.0)
        again = heard.hear([message(receipt="r2")], {"sales"}, 5.0)

        assert (first, again) == ([message()], [])

    def test_a_message_is_due_when_it_is_old_and_goes_with_its_last_receipt(self) -> None:
        heard = HeardMessages()
        heard.hear([message(age_seconds=10.0)], {"sales"}, 0.0)
        heard.hear([message(receipt="r2", age_seconds=15.0)], {"sales"}, 5.0)

        early, due = heard.take_due(KEPT_SECONDS - 11), heard.take_due(KEPT_SECONDS - 10)

        assert early == []
        assert [each.receipt for each in due] == ["r2"]
        assert heard.last_due() is None

    def test_a_start_is_due_at_once(self) -> None:
        heard = HeardMessages()
        heard.hear([message(has_ended=False)], {"sales"}, 0.0)

        assert len(heard.take_due(0.0)) == 1

    def test_messages_that_nobody_waits_for_are_never_due(self) -> None:
        heard = HeardMessages()
        heard.hear([message("other"), message("", message_id="x")], {"sales"}, 0.0)

        assert heard.take_due(1e9) == []

    def test_what_was_heard_is_due_even_if_nobody_waits_any_more(self) -> None:
        heard = HeardMessages()
        heard.hear([message()], {"sales"}, 0.0)
        heard.hear([message()], set(), 5.0)

        assert heard.take_due(KEPT_SECONDS) == [message()]
