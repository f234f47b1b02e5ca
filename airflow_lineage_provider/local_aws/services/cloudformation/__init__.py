"""
AWS CloudFormation: stacks that are made, changed, rolled back and deleted as on AWS.

Its own types are those of this package's ``types``; others are made by moto's models. Custom resources run
their Lambda functions, where that is allowed. Not available: transforms (SAM, language extensions), nested
stacks, stack sets, imports of existing resources, drift detection, stack policies, rollback triggers, and
resource types neither of them has; each is refused by name.
"""

from __future__ import annotations

__all__ = ["install"]


def install() -> None:
    """
    Put this package in the place of ``moto.cloudformation``; calling it again changes nothing.

    The submodules of moto's package can still be imported: their models of resources are used.
    """
    import sys
    from pathlib import Path

    import moto

    from airflow_lineage_provider.local_aws.services.cloudformation import models

    models.__path__ = [str(Path(moto.__file__).parent / "cloudformation")]
    sys.modules["moto.cloudformation"] = models
    setattr(moto, "cloudformation", models)  # noqa: B010 - moto's type has no such attribute
