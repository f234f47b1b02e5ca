"""IAM policies are evaluated as AWS documents it."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_lineage_provider.local_aws.enforcement.policies import Decision, decide, parse_policy

START = "glue:StartCrawler"
SALES = "arn:aws:glue:us-east-1:123456789012:crawler/sales"


def said(
    *statements: dict[str, Any], action: str = START, resource: str | None = SALES, **context: str
) -> Decision:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    keys = {name.replace("_", ":"): value for name, value in context.items()}
    return decide(parse_policy(policy), action, resource, keys)


def allow(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": START, "Resource": "*", **members}


def deny(**members: Any) -> dict[str, Any]:
    return {**allow(**members), "Effect": "Deny"}


class TestActions:
    @pytest.mark.parametrize(
        "pattern, decision",
        [
            ("*", Decision.ALLOWED),
            ("glue:*", Decision.ALLOWED),
            ("glue:Start*", Decision.ALLOWED),
            ("GLUE:startcrawler", Decision.ALLOWED),
            ("glue:StartCrawle?", Decision.ALLOWED),
            ("glue:StopCrawler", Decision.NOT_ALLOWED),
            ("glue:Start", Decision.NOT_ALLOWED),
            ("s3:*", Decision.NOT_ALLOWED),
            (["s3:*", "glue:StartCrawler"], Decision.ALLOWED),
            ([], Decision.NOT_ALLOWED),
        ],
    )
    def test_are_patterns_without_case(self, pattern: object, decision: Decision) -> None:
        assert said(allow(Action=pattern)) is decision

    def test_may_be_named_by_what_is_left_out(self) -> None:
        statement = {"Effect": "Allow", "NotAction": "glue:Delete*", "Resource": "*"}

        assert said(statement) is Decision.ALLOWED
        assert said(statement, action="glue:DeleteCrawler") is Decision.NOT_ALLOWED


class TestResources:
    @pytest.mark.parametrize(
        "pattern, decision",
        [
            (SALES, Decision.ALLOWED),
            ("arn:aws:glue:*:*:crawler/*", Decision.ALLOWED),
            ("arn:aws:glue:*:*:crawler/SALES", Decision.NOT_ALLOWED),
            ("arn:aws:glue:*:*:crawler/other", Decision.NOT_ALLOWED),
            (["arn:aws:s3:::b", SALES], Decision.ALLOWED),
        ],
    )
    def test_are_patterns_with_case(self, pattern: object, decision: Decision) -> None:
        assert said(allow(Resource=pattern)) is decision

    def test_that_are_not_known_fit_every_pattern(self) -> None:
        assert said(allow(Resource="arn:aws:sqs:*:*:q"), resource=None) is Decision.ALLOWED

    def test_may_be_named_by_what_is_left_out(self) -> None:
        statement = {"Effect": "Allow", "Action": START, "NotResource": SALES}

        assert said(statement) is Decision.NOT_ALLOWED
        assert said(statement, resource=SALES + "2") is Decision.ALLOWED


class TestDecision:
    def test_is_no_without_a_statement(self) -> None:
        assert said() is Decision.NOT_ALLOWED

    def test_lets_a_deny_win_whatever_the_order(self) -> None:
        assert said(allow(), deny()) is Decision.DENIED
        assert said(deny(), allow()) is Decision.DENIED

    def test_is_not_touched_by_a_deny_of_something_else(self) -> None:
        assert said(allow(), deny(Resource=SALES + "2")) is Decision.ALLOWED

    def test_reads_a_policy_with_one_statement(self) -> None:
        statements = parse_policy('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')

        assert decide(statements, START, SALES, {}) is Decision.ALLOWED


class TestConditions:
    @pytest.mark.parametrize(
        "condition, decision",
        [
            ({"StringEquals": {"aws:PrincipalArn": "me"}}, Decision.ALLOWED),
            ({"StringEquals": {"AWS:principalarn": ["you", "me"]}}, Decision.ALLOWED),
            ({"StringEquals": {"aws:PrincipalArn": "you"}}, Decision.NOT_ALLOWED),
            ({"StringNotEquals": {"aws:PrincipalArn": "you"}}, Decision.ALLOWED),
            ({"StringLike": {"aws:PrincipalArn": "m*"}}, Decision.ALLOWED),
            ({"ArnLike": {"aws:PrincipalArn": "y*"}}, Decision.NOT_ALLOWED),
            ({"StringEquals": {"aws:SourceVpc": "v"}}, Decision.NOT_ALLOWED),
            ({"StringEqualsIfExists": {"aws:SourceVpc": "v"}}, Decision.ALLOWED),
            ({"Null": {"aws:SourceVpc": "true"}}, Decision.ALLOWED),
            ({"Null": {"aws:SourceVpc": False}}, Decision.NOT_ALLOWED),
            ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, Decision.NOT_ALLOWED),
        ],
    )
    def test_narrow_an_allow(self, condition: object, decision: Decision) -> None:
        assert said(allow(Condition=condition), aws_PrincipalArn="me") is decision

    def test_that_cannot_be_judged_let_a_deny_hold(self) -> None:
        statement = deny(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})

        assert said(allow(), statement) is Decision.DENIED


class TestMalformedPolicies:
    @pytest.mark.parametrize(
        "document",
        [
            "[]",
            '{"Statement": ["x"]}',
            '{"Statement": {"Effect": "Maybe", "Action": "*"}}',
            '{"Statement": {"Effect": "Allow"}}',
        ],
    )
    def test_are_refused(self, document: str) -> None:
        with pytest.raises(ValueError, match=r"policy|statement"):
            parse_policy(document)
