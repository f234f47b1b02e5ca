"""Addresses in the AWS console, and the buttons that lead there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_lineage_provider.links.glue_crawl import (
    GlueCrawlerLink,
    GlueCrawlLogLink,
    crawl_log_url,
    crawler_url,
)


class TestUrls:
    @pytest.mark.parametrize(
        "partition, region, address",
        [
            (
                "aws",
                "eu-central-1",
                "https://eu-central-1.console.aws.amazon.com/glue/home?region=eu-central-1",
            ),
            ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/glue/home?region=cn-north-1"),
            (
                "aws-us-gov",
                "us-gov-west-1",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/glue/home?region=us-gov-west-1",
            ),
        ],
    )
    def test_a_crawler_is_in_the_console_of_its_partition(
        self, partition: str, region: str, address: str
    ) -> None:
        url = crawler_url("sales", region=region, partition=partition)

        assert url == f"{address}#/v2/data-catalog/crawlers/view/sales"

    def test_a_partition_without_a_public_console_has_no_address(self) -> None:
        assert crawler_url("sales", region="us-iso-east-1", partition="aws-iso") == ""

    def test_a_name_is_encoded(self) -> None:
        url = crawler_url("sales & more/1", region="us-east-1", partition="aws")

        assert url.endswith("/view/sales%20%26%20more%2F1")

    def test_a_log_is_the_stream_of_the_crawler_filtered_by_the_crawl(self) -> None:
        url = crawl_log_url(
            "/aws-glue/crawlers", "sales & more", "5f3b2e70-0b5e", region="us-east-1", partition="aws"
        )

        assert url == (
            "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
            "#logsV2:log-groups/log-group/$252Faws-glue$252Fcrawlers"
            "/log-events/sales$2520$2526$2520more$3FfilterPattern$3D$25225f3b2e70-0b5e$2522"
        )


class TestLinks:
    @pytest.mark.parametrize("link", [GlueCrawlerLink(), GlueCrawlLogLink()])
    def test_push_under_the_key_that_the_interface_reads(self, link: Any) -> None:
        pushed = {}
        context = {"ti": SimpleNamespace(xcom_push=lambda *, key, value: pushed.update({key: value}))}

        link.push(context, "https://console")

        assert pushed == {link.xcom_key: "https://console"}

    def test_push_no_empty_address(self) -> None:
        pushed: list[object] = []
        context = {"ti": SimpleNamespace(xcom_push=lambda **given: pushed.append(given))}

        GlueCrawlerLink.push(context, "")

        assert pushed == []

    def test_have_keys_and_names_of_their_own(self) -> None:
        links = [GlueCrawlerLink(), GlueCrawlLogLink()]

        assert len({link.xcom_key for link in links}) == 2
        assert len({link.name for link in links}) == 2
