"""Quotas and rates hold when they are switched on, on the stack's clock."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.services.datazone import quotas
from airflow_lineage_provider.local_aws.services.datazone.throttling import RATES
from tests.contract.datazone_estate import Estate, make_estate, run_event

_DAY = 24 * 3600


@pytest.fixture
def estate(local_aws: LocalAws) -> Estate:
    return make_estate(local_aws)


def _refused(raised: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response: Any = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


class TestQuotas:
    """What a domain may hold and do."""

    def test_26th_run_of_a_day_exceeds_the_quota(self, estate: Estate) -> None:
        estate.aws.settings(enforce_quotas=True)
        for _ in range(25):
            estate.run()

        with pytest.raises(ClientError, match=estate.data_source) as raised:
            estate.run()

        assert _refused(raised) == ("ServiceQuotaExceededException", 402)

    def test_day_later_there_is_room_again(self, estate: Estate) -> None:
        estate.aws.settings(enforce_quotas=True, data_source_runs_per_day=1)
        estate.run()
        with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
            estate.run()

        estate.aws.advance(_DAY)

        assert estate.run()["status"] == "SUCCESS"

    def test_quotas_do_not_hold_unless_they_are_switched_on(self, estate: Estate) -> None:
        estate.aws.settings(data_source_runs_per_day=1)

        assert [estate.run()["status"] for _ in range(2)] == ["SUCCESS"] * 2

    def test_full_domain_takes_no_asset(self, estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quotas, "ASSETS_PER_DOMAIN", 1)
        estate.aws.settings(enforce_quotas=True)
        estate.make_asset()

        with pytest.raises(ClientError, match="1 assets") as raised:
            estate.make_asset("another")

        assert _refused(raised) == ("ServiceQuotaExceededException", 402)

    def test_table_that_finds_the_domain_full_fails_the_import(
        self, estate: Estate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(quotas, "ASSETS_PER_DOMAIN", 1)
        estate.aws.settings(enforce_quotas=True)
        glue = estate.aws.client("glue")
        for name in ("a", "b"):
            glue.create_table(
                DatabaseName=estate.database, TableInput={"Name": name, "StorageDescriptor": {}}
            )

        run = estate.run()

        activities = estate.activities(run)
        assert run["status"] == "PARTIALLY_SUCCEEDED"
        assert activities["a"]["dataAssetStatus"] == "SUCCEEDED_CREATED"
        assert activities["b"]["dataAssetStatus"] == "FAILED"
        assert activities["b"]["errorMessage"]["errorType"] == "SERVICE_QUOTA_EXCEEDED_EXCEPTION"

    def test_asset_types_have_an_end(self, estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quotas, "ASSET_TYPES_PER_DOMAIN", 1)
        estate.aws.settings(enforce_quotas=True)
        params = {"owningProjectIdentifier": estate.project, "formsInput": {}}
        estate.call("create_asset_type", name="Topic", **params)

        with pytest.raises(ClientError) as raised:
            estate.call("create_asset_type", name="Dashboard", **params)

        assert _refused(raised) == ("ServiceQuotaExceededException", 402)


class TestRates:
    """How fast an API may be called."""

    @pytest.fixture
    def hasty(self, estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Estate:
        """An estate with rates of one call a second, whose client does not try again."""
        for operation in ("Search", "SearchListings", "PostLineageEvent"):
            monkeypatch.setitem(RATES, operation, 1)
        estate.aws.settings(api_rate_limits=True)
        client = estate.aws.client("datazone", config=Config(retries={"total_max_attempts": 1}))
        return Estate(
            aws=estate.aws,
            client=client,
            domain=estate.domain,
            project=estate.project,
            connection=estate.connection,
            data_source=estate.data_source,
            database=estate.database,
        )

    def _throttled(self, estate: Estate, operation: str, **params: Any) -> Any:
        """Call until a call is throttled."""

        def call_often() -> None:
            for _ in range(100):
                estate.call(operation, **params)

        with pytest.raises(ClientError) as raised:
            call_often()
        return raised

    def test_call_that_comes_too_soon_is_throttled(self, hasty: Estate) -> None:
        raised = self._throttled(hasty, "search", searchScope="ASSET")

        assert _refused(raised) == ("ThrottlingException", 429)

    def test_throttled_api_takes_calls_again_a_second_later(self, hasty: Estate) -> None:
        self._throttled(hasty, "search_listings")

        hasty.aws.advance(1)

        assert hasty.call("search_listings")["items"] == []

    def test_each_api_has_a_rate_of_its_own(self, hasty: Estate) -> None:
        self._throttled(hasty, "search_listings")

        assert hasty.call("search", searchScope="ASSET")["items"] == []

    def test_apis_without_a_published_rate_are_not_throttled(self, hasty: Estate) -> None:
        for _ in range(3):
            hasty.call("get_data_source", identifier=hasty.data_source)

    def test_throttled_event_is_not_stored(self, hasty: Estate) -> None:
        posted = []

        def post_often() -> None:
            for number in range(100):
                posted.append(hasty.post(run_event(run=f"r{number}")))

        with pytest.raises(ClientError, match="ThrottlingException"):
            post_often()

        listed = hasty.call("list_lineage_events", maxResults=50)["items"]
        assert {each["id"] for each in listed} == set(posted)
