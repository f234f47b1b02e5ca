"""
What Airflow and OpenLineage must know of our assets: tables of the Glue Data Catalog.

Airflow finds these functions through the provider's ``asset-uris``, and imports this module when it first
meets the scheme ``glue``. URIs of that scheme that are not ours keep working: they are left as they are, and
OpenLineage learns nothing of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_lineage_provider.exceptions import InvalidIdentifierError
from airflow_lineage_provider.lineage.table_assets import dataset_of_table_uri, glue_table_uri

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from airflow.providers.common.compat.openlineage.facet import Dataset
    from airflow.providers.common.compat.sdk import Asset

__all__ = ["convert_asset_to_openlineage", "create_asset", "sanitize_uri"]


def create_asset(
    *, region: str, account: str, database: str, table: str, extra: dict[str, Any] | None = None
) -> Asset:
    """
    Return the asset of a table of the Glue Data Catalog, as :class:`GlueCrawlOperator` announces it.

    Its name is its URI. An asset is one only together with its name, so a DAG that is scheduled on
    ``Asset("glue://…")`` waits for just this one.

    :param region: AWS region.
    :param account: 12-digit account number.
    :param database: Database, in a federated catalog preceded by the catalog and a slash.
    :param table: Table, as Glue spells it (lower case).
    :param extra: Extra of the asset itself; that of its events is another matter.
    :raises InvalidIdentifierError: If a part is empty.
    """
    from airflow.providers.common.compat.sdk import Asset

    return Asset(uri=glue_table_uri(database, table, region=region, account=account), extra=extra or {})


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """
    Return a URI as Airflow shall keep it: a table's with its parts encoded alike, any other unchanged.

    :param uri: A URI of the scheme ``glue``.
    """
    try:
        dataset = dataset_of_table_uri(uri.geturl())
    except InvalidIdentifierError:
        return uri
    region, account = dataset.namespace.split(":")[3:5]
    database, _, table = dataset.name.removeprefix("table/").rpartition("/")
    whole = glue_table_uri(database, table, region=region, account=account)
    return uri._replace(netloc=region, path=whole.removeprefix(f"glue://{region}"))


def convert_asset_to_openlineage(asset: Asset, lineage_context: object) -> Dataset | None:  # noqa: ARG001
    """
    Return the dataset by which OpenLineage knows a table; ``None`` for a URI that is no table's.

    :param asset: An asset whose URI has the scheme ``glue``.
    :param lineage_context: The hook or operator; not needed.
    """
    from airflow.providers.common.compat.openlineage.facet import Dataset

    try:
        dataset = dataset_of_table_uri(asset.uri)
    except InvalidIdentifierError:
        return None
    return Dataset(namespace=dataset.namespace, name=dataset.name)
