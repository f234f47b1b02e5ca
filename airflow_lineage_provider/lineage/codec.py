"""
The one JSON form of graphs, times and durations.

Objects are written with a stable order of members, camelCase outside and snake_case inside; attributes and
events are data and keep their names. Times are ISO 8601 in UTC with a ``Z``, durations ISO 8601 durations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_lineage_provider.exceptions import (
    InvalidIdentifierError,
    InvalidSnapshotError,
    NodeNotFoundError,
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
)
from airflow_lineage_provider.lineage.identifiers import (
    DatasetId,
    FieldId,
    JobId,
    NodeId,
    RunId,
    node_id_from,
)

__all__ = [
    "JsonReader",
    "dumps",
    "edge_to_dict",
    "format_duration",
    "format_time",
    "graph_from_dict",
    "graph_to_dict",
    "node_id_to_dict",
    "node_to_dict",
    "parse_duration",
    "parse_time",
]

_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)
_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def dumps(value: object) -> str:
    """Write a JSON value as text: indented, members in the order given, nothing escaped needlessly."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def parse_time(text: str) -> datetime:
    """
    Read an RFC 3339 time with its offset.

    :param text: Such as ``2025-06-04T09:31:12.123Z``; digits beyond microseconds are dropped.
    :return: The time, aware, in UTC.
    :raises ValueError: If it is another text or a time that does not exist.
    """
    match = _RFC3339.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no RFC 3339 time with an offset")
    day, clock, fraction, offset = match.groups()
    zone = "+00:00" if offset in "Zz" else offset
    try:
        return datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{zone}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error


def format_time(time: datetime) -> str:
    """
    Write an aware time as ISO 8601 in UTC, with milliseconds or microseconds only where there are some.

    :raises ValueError: If the time has no offset.
    """
    if time.utcoffset() is None:
        raise ValueError(f"{time!r} has no offset")
    moment = time.astimezone(UTC)
    precision = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
    text = moment.isoformat(timespec=precision if moment.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


def parse_duration(value: object) -> timedelta:
    """
    Read a duration: a ``timedelta``, a number of seconds (also as text), or an ISO 8601 duration.

    :param value: Such as ``900``, ``"900"`` or ``"PT15M"``; years and months are not durations.
    :raises ValueError: If it is neither, or negative.
    """
    wanted = f"{value!r} is no duration: give seconds or ISO 8601, such as 'PT15M'"
    try:
        if isinstance(value, timedelta):
            found = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = timedelta(seconds=value)
        elif isinstance(value, str) and _SECONDS.fullmatch(value):
            found = timedelta(seconds=float(value))
        elif isinstance(value, str) and (match := _DURATION.fullmatch(value)) and value[-1] not in "PT":
            found = timedelta(**{unit: float(count) for unit, count in match.groupdict("0").items()})
        else:
            raise ValueError(wanted)
    except OverflowError as error:
        raise ValueError(f"{value!r} is too long a duration") from error
    if found < timedelta():
        raise ValueError(wanted)
    return found


def format_duration(duration: timedelta) -> str:
    """Write a duration as ISO 8601, such as ``PT15M``; ``PT0S`` if there is none."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{duration.microseconds:06d}".rstrip("0").rstrip(".")
    clock = [(hours, "H", ""), (minutes, "M", ""), (seconds, "S", fraction)]
    parts = "".join(f"{count}{more}{unit}" for count, unit, more in clock if count or more)
    text = f"P{duration.days}D" if duration.days else "P"
    return text + (f"T{parts}" if parts else "") if duration else "PT0S"


def node_id_to_dict(node_id: NodeId) -> dict[str, Any]:
    """Write the identifier of a node as its kind and source identifier."""
    kind = {DatasetId: "dataset", JobId: "job", RunId: "run"}[type(node_id)]
    return {"type": kind, "id": node_id.source_identifier}


def node_to_dict(node: Node) -> dict[str, Any]:
    """Write a node: kind, source identifier, the OpenLineage names, schema and attributes."""
    found = node_id_to_dict(node.id)
    if isinstance(node.id, RunId):
        found |= {"namespace": node.id.job.namespace, "name": node.id.job.name, "runId": node.id.run_id}
    else:
        found |= {"namespace": node.id.namespace, "name": node.id.name}
    if isinstance(node, DatasetNode):
        found["fields"] = [{"name": each.name, "type": each.type} for each in node.fields]
    return found | {"attributes": node.attributes.thaw()}


def edge_to_dict(edge: Edge | FieldEdge) -> dict[str, Any]:
    """Write an edge between nodes or between fields."""
    if isinstance(edge, Edge):
        return {"source": node_id_to_dict(edge.source), "target": node_id_to_dict(edge.target)}
    ends: dict[str, object] = {
        name: {"dataset": end.dataset.source_identifier, "field": end.name}
        for name, end in (("source", edge.source), ("target", edge.target))
    }
    return ends | ({"datasetWide": True} if edge.dataset_wide else {})


def graph_to_dict(graph: LineageGraph) -> dict[str, Any]:
    """Write a graph; equal graphs give equal dictionaries, members and items in the same order."""
    return {
        "nodes": [node_to_dict(node) for node in graph.nodes],
        "edges": [edge_to_dict(edge) for edge in graph.edges],
        "fieldEdges": [edge_to_dict(edge) for edge in graph.field_edges],
    }


def graph_from_dict(document: object, *, path: str = "$") -> LineageGraph:
    """
    Read what :func:`graph_to_dict` wrote.

    :param document: The dictionary.
    :param path: JSON path of the graph within its document, for the error.
    :raises InvalidSnapshotError: If a member is missing or of the wrong kind.
    """
    graph = JsonReader(document, path)
    nodes = [_node(each) for each in graph.items("nodes")]
    edges = [
        Edge(_node_id(each.member("source")), _node_id(each.member("target")))
        for each in graph.items("edges")
    ]
    field_edges = [
        FieldEdge(
            _field_id(each.member("source")),
            _field_id(each.member("target")),
            each.value("datasetWide") is True,
        )
        for each in graph.items("fieldEdges")
    ]
    try:
        return LineageGraph(nodes, edges, field_edges)
    except NodeNotFoundError as error:
        raise InvalidSnapshotError(
            path=path, problem=f"has an edge to {error.node!r}, which is no node"
        ) from error


class JsonReader:
    """
    Reads the members of one JSON object and knows where it stands.

    :param value: The object.
    :param path: Its JSON path, for errors.
    :raises InvalidSnapshotError: If the value is no object; its methods, if a member is missing or wrong.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise InvalidSnapshotError(path=path, problem="must be an object")
        self.object: Mapping[object, object] = value
        self.path = path

    def value(self, name: str) -> object:
        """Return a member as it is, ``None`` if it is not there."""
        return self.object.get(name)

    def members(self) -> dict[str, object]:
        """Return all members, as they are."""
        return {str(name): value for name, value in self.object.items()}

    def member(self, name: str) -> JsonReader:
        """Return a member that must be an object."""
        return JsonReader(self.value(name), f"{self.path}.{name}")

    def items(self, name: str) -> list[JsonReader]:
        """Return the objects of a member that must be a list of objects."""
        found = self.value(name)
        if not isinstance(found, list | tuple):
            raise InvalidSnapshotError(path=f"{self.path}.{name}", problem="must be a list")
        return [JsonReader(each, f"{self.path}.{name}[{index}]") for index, each in enumerate(found)]

    def text(self, name: str) -> str:
        """Return a member that must be a text."""
        found = self.value(name)
        if not isinstance(found, str):
            raise InvalidSnapshotError(path=f"{self.path}.{name}", problem="must be a text")
        return found

    def optional_text(self, name: str) -> str | None:
        """Return a member that must be a text where it is there."""
        return None if self.value(name) is None else self.text(name)


def _node_id(reader: JsonReader) -> NodeId:
    """Read the identifier of a node."""
    try:
        return node_id_from(reader.text("type"), reader.text("id"))
    except InvalidIdentifierError as error:
        raise InvalidSnapshotError(path=reader.path, problem=f"is no node: {error}") from error


def _field_id(reader: JsonReader) -> FieldId:
    """Read the identifier of a field."""
    try:
        return FieldId(DatasetId.parse(reader.text("dataset")), reader.text("field"))
    except InvalidIdentifierError as error:
        raise InvalidSnapshotError(path=reader.path, problem=f"is no field: {error}") from error


def _node(reader: JsonReader) -> Node:
    """Read a node."""
    node_id = _spelled(_node_id(reader), reader)
    try:
        attributes = Attributes(reader.member("attributes").members())
    except TypeError as error:
        raise InvalidSnapshotError(
            path=f"{reader.path}.attributes", problem="must hold JSON values"
        ) from error
    if isinstance(node_id, DatasetId):
        return DatasetNode(node_id, tuple(_field(each) for each in reader.items("fields")), attributes)
    return JobNode(node_id, attributes) if isinstance(node_id, JobId) else RunNode(node_id, attributes)


def _field(reader: JsonReader) -> Field:
    """Read one field of a schema."""
    try:
        return Field(reader.text("name"), reader.text("type"))
    except InvalidIdentifierError:
        raise InvalidSnapshotError(path=f"{reader.path}.name", problem="must not be empty") from None


def _spelled(node_id: NodeId, reader: JsonReader) -> NodeId:
    """Give an identifier the namespace and name it was written with."""
    namespace, name = reader.text("namespace"), reader.text("name")
    if isinstance(node_id, DatasetId):
        return DatasetId(namespace, name, source_identifier=node_id.source_identifier)
    try:
        job = JobId(namespace, name)
        spelled = job if isinstance(node_id, JobId) else RunId(job, reader.text("runId"))
    except InvalidIdentifierError as error:
        raise InvalidSnapshotError(path=reader.path, problem=f"is no node: {error}") from error
    if spelled != node_id:
        raise InvalidSnapshotError(path=f"{reader.path}.id", problem="does not fit namespace and name")
    return spelled
