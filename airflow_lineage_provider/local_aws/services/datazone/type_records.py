"""What the service remembers of custom types. Plain records."""

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_lineage_provider.local_aws.services.datazone.form_types import AssetType, FormType
from airflow_lineage_provider.local_aws.services.datazone.stamps import Stamp

__all__ = ["CustomAssetType", "CustomFormType", "CustomTypes"]


@dataclass(frozen=True, slots=True)
class CustomFormType:
    """A form type that a project made; ``status`` is ENABLED or DISABLED."""

    kind: FormType
    project_id: str
    status: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class CustomAssetType:
    """An asset type that a project made."""

    kind: AssetType
    project_id: str
    stamp: Stamp


@dataclass(slots=True)
class CustomTypes:
    """The custom types of a domain, by name."""

    forms: dict[str, CustomFormType] = field(default_factory=dict)
    assets: dict[str, CustomAssetType] = field(default_factory=dict)
