"""
The lineage core: identifiers, names, graphs, events, differences, snapshots and expectations.

Pure functions and values on the standard library: no Airflow, no AWS, no files, no clock, no logging. The
public names can be imported from here; the module that defines one is loaded when it is first asked for,
since loading all of them would cost every DAG parse 40 ms.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_lineage_provider.lineage.builder import (
        GraphBuilder,
    )
    from airflow_lineage_provider.lineage.changes import (
        AttributesChanged,
        Change,
        EdgeAdded,
        EdgeRemoved,
        FieldsChanged,
        GraphDiff,
        NodeAdded,
        NodeRemoved,
        RetypedField,
        apply,
        describe,
        diff,
    )
    from airflow_lineage_provider.lineage.codec import (
        format_duration,
        format_time,
        graph_from_dict,
        graph_to_dict,
        parse_duration,
        parse_time,
    )
    from airflow_lineage_provider.lineage.event_splitting import (
        encode_event,
        split_event,
    )
    from airflow_lineage_provider.lineage.events import (
        MAX_EVENT_BYTES,
        RUN_STATES,
        EventDataset,
        RunEvent,
        graph_from_events,
        parse_run_event,
    )
    from airflow_lineage_provider.lineage.expectations import (
        AllColumnsTraced,
        ColumnTracedTo,
        CrawledBy,
        Expectation,
        FreshWithin,
        HasDownstream,
        HasNoPath,
        HasOrigin,
        HasUpstream,
        NoOrphans,
        OnlyUpstreams,
        Reason,
        SchemaCompatible,
        Violation,
        evaluate,
        expectation_from_dict,
        parse_expectations,
    )
    from airflow_lineage_provider.lineage.graph import (
        Attributes,
        DatasetNode,
        Edge,
        Field,
        FieldEdge,
        JobNode,
        LineageGraph,
        Node,
        RunNode,
        resolve_dataset,
    )
    from airflow_lineage_provider.lineage.identifiers import (
        DatasetId,
        FieldId,
        JobId,
        NodeId,
        RunId,
    )
    from airflow_lineage_provider.lineage.naming import (
        catalog_source_identifier,
        dynamodb_table,
        glue_table,
        glue_table_arn,
        glue_table_of,
        location_to_dataset,
        partition_of,
        s3_dataset,
        s3_dataset_from_uri,
        source_field_names,
    )
    from airflow_lineage_provider.lineage.render import (
        forest,
        tree,
    )
    from airflow_lineage_provider.lineage.schema_compat import (
        incompatibilities,
    )
    from airflow_lineage_provider.lineage.snapshot import (
        CrawlFact,
        ImportFact,
        Snapshot,
    )
    from airflow_lineage_provider.lineage.traversal import (
        cycles,
        downstream,
        field_origins,
        field_upstream,
        has_path,
        layers,
        origins,
        paths,
        shortest_path,
        upstream,
    )

__all__ = [
    "MAX_EVENT_BYTES",
    "RUN_STATES",
    "AllColumnsTraced",
    "Attributes",
    "AttributesChanged",
    "Change",
    "ColumnTracedTo",
    "CrawlFact",
    "CrawledBy",
    "DatasetId",
    "DatasetNode",
    "Edge",
    "EdgeAdded",
    "EdgeRemoved",
    "EventDataset",
    "Expectation",
    "Field",
    "FieldEdge",
    "FieldId",
    "FieldsChanged",
    "FreshWithin",
    "GraphBuilder",
    "GraphDiff",
    "HasDownstream",
    "HasNoPath",
    "HasOrigin",
    "HasUpstream",
    "ImportFact",
    "JobId",
    "JobNode",
    "LineageGraph",
    "NoOrphans",
    "Node",
    "NodeAdded",
    "NodeId",
    "NodeRemoved",
    "OnlyUpstreams",
    "Reason",
    "RetypedField",
    "RunEvent",
    "RunId",
    "RunNode",
    "SchemaCompatible",
    "Snapshot",
    "Violation",
    "apply",
    "catalog_source_identifier",
    "cycles",
    "describe",
    "diff",
    "downstream",
    "dynamodb_table",
    "encode_event",
    "evaluate",
    "expectation_from_dict",
    "field_origins",
    "field_upstream",
    "forest",
    "format_duration",
    "format_time",
    "glue_table",
    "glue_table_arn",
    "glue_table_of",
    "graph_from_dict",
    "graph_from_events",
    "graph_to_dict",
    "has_path",
    "incompatibilities",
    "layers",
    "location_to_dataset",
    "origins",
    "parse_duration",
    "parse_expectations",
    "parse_run_event",
    "parse_time",
    "partition_of",
    "paths",
    "resolve_dataset",
    "s3_dataset",
    "s3_dataset_from_uri",
    "shortest_path",
    "source_field_names",
    "split_event",
    "tree",
    "upstream",
]

_HOMES = {
    "builder": "GraphBuilder",
    "codec": "format_duration format_time graph_from_dict graph_to_dict parse_duration parse_time",
    "changes": (
        "AttributesChanged Change EdgeAdded EdgeRemoved FieldsChanged GraphDiff NodeAdded "
        "NodeRemoved RetypedField apply describe diff"
    ),
    "event_splitting": "encode_event split_event",
    "events": "MAX_EVENT_BYTES RUN_STATES EventDataset RunEvent graph_from_events parse_run_event",
    "expectations": (
        "AllColumnsTraced ColumnTracedTo CrawledBy Expectation FreshWithin HasDownstream HasNoPath "
        "HasOrigin HasUpstream NoOrphans OnlyUpstreams Reason SchemaCompatible Violation evaluate "
        "expectation_from_dict parse_expectations"
    ),
    "graph": (
        "Attributes DatasetNode Edge Field FieldEdge JobNode LineageGraph Node RunNode resolve_dataset"
    ),
    "identifiers": "DatasetId FieldId JobId NodeId RunId",
    "naming": (
        "catalog_source_identifier dynamodb_table glue_table glue_table_arn glue_table_of "
        "location_to_dataset partition_of s3_dataset s3_dataset_from_uri source_field_names"
    ),
    "render": "forest tree",
    "schema_compat": "incompatibilities",
    "snapshot": "CrawlFact ImportFact Snapshot",
    "traversal": (
        "cycles downstream field_origins field_upstream has_path layers origins paths shortest_path upstream"
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load the module that defines a public name."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
