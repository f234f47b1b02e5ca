"""What the documentation says of each operation is what the stack does."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from airflow_lineage_provider.local_aws import LocalAws
from airflow_lineage_provider.local_aws.coverage import (
    COVERED_SERVICES,
    Fidelity,
    operation_coverage,
)
from airflow_lineage_provider.local_aws.coverage_notes import APPROXIMATIONS


def fidelities(service: str) -> dict[str, Fidelity]:
    return {entry.operation: entry.fidelity for entry in operation_coverage(service)}


class TestCoverage:
    def test_tells_our_operations_from_moto_s_and_from_those_nobody_has(self) -> None:
        glue = fidelities("glue")

        assert glue["ListCrawls"] in (Fidelity.REAL, Fidelity.APPROXIMATED)
        assert glue["CreateJob"] is Fidelity.MOTO
        assert glue["CreateBlueprint"] is Fidelity.MISSING

    @pytest.mark.parametrize("service", COVERED_SERVICES)
    def test_has_notes_on_operations_that_are_there_only(self, service: str) -> None:
        known = fidelities(service)

        assert [name for name in APPROXIMATIONS[service] if known.get(name) in (None, Fidelity.MISSING)] == []

    def test_has_every_crawler_operation(self) -> None:
        missing = [name for name, what in fidelities("glue").items() if what is Fidelity.MISSING]

        assert [name for name in missing if "Crawl" in name or "Classifier" in name] == []

    def test_knows_no_other_service(self) -> None:
        with pytest.raises(ValueError, match="known: glue, datazone"):
            operation_coverage("s3")

    @pytest.mark.parametrize("service", COVERED_SERVICES)
    def test_names_as_missing_what_the_stack_refuses(self, local_aws: LocalAws, service: str) -> None:
        unchecked = Config(parameter_validation=False, retries={"max_attempts": 0})
        client = local_aws.client(service, config=unchecked)
        methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
        shapes = {name: client.meta.service_model.operation_model(name).input_shape for name in methods}
        missing = [
            name
            for name, fidelity in fidelities(service).items()
            if fidelity is Fidelity.MISSING and _takes_texts_only(shapes[name])
        ][::8]

        statuses = {}
        for name in missing:
            arguments = dict.fromkeys(shapes[name].required_members, "dzd-nowhere0000001")
            with pytest.raises(ClientError) as raised:
                getattr(client, methods[name])(**arguments)
            statuses[name] = raised.value.response["ResponseMetadata"]["HTTPStatusCode"]

        assert missing
        assert statuses == dict.fromkeys(missing, 501)


def _takes_texts_only(shape: Any) -> bool:
    """Tell whether all required members of an operation are texts."""
    return shape is not None and all(
        shape.members[name].type_name == "string" for name in shape.required_members
    )
