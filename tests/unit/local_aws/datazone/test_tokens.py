"""A client token makes a request have one effect."""

from __future__ import annotations

from itertools import count

import pytest

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ConflictError
from airflow_lineage_provider.local_aws.services.datazone.tokens import ClientTokens


def test_same_token_and_request_is_carried_out_once() -> None:
    tokens, made = ClientTokens(), count()

    ids = [tokens.once("Make", {"clientToken": "t", "name": "a"}, lambda: str(next(made))) for _ in range(3)]

    assert ids == ["0", "0", "0"]
    assert next(made) == 1


def test_same_token_with_another_request_is_a_conflict() -> None:
    tokens = ClientTokens()
    tokens.once("Make", {"clientToken": "t", "name": "a"}, lambda: "1")

    with pytest.raises(ConflictError, match="token t was used with another Make request"):
        tokens.once("Make", {"clientToken": "t", "name": "b"}, lambda: "2")


def test_same_token_of_another_operation_is_another_token() -> None:
    tokens = ClientTokens()
    tokens.once("Make", {"clientToken": "t"}, lambda: "1")

    assert tokens.once("Break", {"clientToken": "t"}, lambda: "2") == "2"


def test_request_without_token_is_carried_out_each_time() -> None:
    tokens, made = ClientTokens(), count()

    ids = [tokens.once("Make", {"name": "a"}, lambda: str(next(made))) for _ in range(2)]

    assert ids == ["0", "1"]


def test_token_of_a_request_that_failed_can_be_used_again() -> None:
    tokens = ClientTokens()

    def fail() -> str:
        raise ConflictError("busy")

    with pytest.raises(ConflictError, match="busy"):
        tokens.once("Make", {"clientToken": "t"}, fail)

    assert tokens.once("Make", {"clientToken": "t"}, lambda: "1") == "1"
