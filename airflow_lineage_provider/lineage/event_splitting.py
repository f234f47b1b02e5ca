"""
Cut a run event that is too large for the catalog into several that say the same.

All parts are events of the same run and job, of the same type and time, so the catalog gathers them on the
same nodes. Every input goes into every output of its event, unless the event states its lineage explicitly;
so every part names all inputs (or, where even their names are too many, every output is named with every
group of inputs). What is said of a dataset besides its names is said in one part only, where it fits.

The cut depends on the event alone: the same event gives the same parts, byte for byte.

.. seealso::
    - AWS API: `PostLineageEvent
      <https://docs.aws.amazon.com/datazone/latest/APIReference/API_PostLineageEvent.html>`__ (300,000 bytes)
    - OpenLineage specification 2-0-2: ColumnLineageDatasetFacet 1-2-0, LineageJobFacet 1-0-0
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_lineage_provider.exceptions import InvalidEventError
from airflow_lineage_provider.lineage.facet_cutting import COLUMN_LINEAGE, LINEAGE_ENTRY, cut_columns
from airflow_lineage_provider.lineage.run_events import MAX_EVENT_BYTES, load_event, parse_run_event

__all__ = ["encode_event", "split_event"]

_IDENTITY = ("symlinks",)  # facets that have a say in which node a dataset is
_Object = dict[str, Any]
_Name = tuple[str, str]


def encode_event(document: Mapping[str, object]) -> bytes:
    """
    Write an event as compact JSON in UTF-8, members in the order they have.

    :raises InvalidEventError: If it holds what JSON cannot, such as half a character or a set.
    """
    try:
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(error).__name__
        raise InvalidEventError(path="$", problem=f"cannot be written as JSON ({kind})") from None


def split_event(
    event: bytes | str | Mapping[str, object], *, most_bytes: int = MAX_EVENT_BYTES
) -> tuple[bytes, ...]:
    """
    Return an event as the bodies to post: itself if it fits, else its parts, in the order to post them.

    The union of what the parts say is what the event says: the same edges, columns and facets.

    :param event: A run event: JSON text, or the object it stands for.
    :param most_bytes: How large a part may be.
    :raises InvalidEventError: If it is no run event, or something in it cannot be cut and is too large by
        itself: run and job with their facets, the schema of one dataset.
    """
    document = load_event(event) if isinstance(event, bytes | str) else event
    if not isinstance(document, Mapping):
        raise InvalidEventError(path="$", problem="must be a JSON object")
    parse_run_event(document)
    whole = encode_event(document)
    if len(whole) <= most_bytes:
        return (whole,)
    return tuple(encode_event(part) for part in _Cut(dict(document), most_bytes).parts())


def _size(value: object) -> int:
    """Return how many bytes a value takes as JSON, with the comma after it."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()) + 1


def _objects(value: object) -> list[_Object]:
    """Return the objects of a list."""
    return [dict(each) for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _name(dataset: Mapping[str, Any]) -> _Name:
    """Return namespace and name."""
    return str(dataset.get("namespace")), str(dataset.get("name"))


def _stub(dataset: Mapping[str, Any]) -> _Object:
    """Return what identifies a dataset, and nothing else."""
    facets = dataset.get("facets") or {}
    kept = {name: facets[name] for name in _IDENTITY if name in facets}
    named = {"namespace": dataset["namespace"], "name": dataset["name"]}
    return named | ({"facets": kept} if kept else {})


@dataclass(frozen=True, slots=True)
class _Atom:
    """
    What is said of one dataset in one go.

    ``content`` has the members to add to its stub, ``entries`` the job's explicit lineage of it.
    """

    side: str
    index: int
    content: _Object = field(default_factory=dict)
    entries: tuple[_Object, ...] = ()

    @property
    def size(self) -> int:
        """How much it takes, beyond the stub."""
        return _size(self.content) + sum(_size(entry) for entry in self.entries)


class _Part:
    """One event in the making."""

    def __init__(self, inputs: Iterable[int]) -> None:
        self.said: dict[tuple[str, int], _Object] = {("inputs", index): {} for index in inputs}
        self.entries: list[_Object] = []

    def takes(self, atom: _Atom) -> bool:
        """Tell whether an atom says nothing that was said already, in another way."""
        known = self.said.get((atom.side, atom.index), {})
        stated = {_name(entry) for entry in self.entries}
        if any(_name(entry) in stated and entry not in self.entries for entry in atom.entries):
            return False
        return not any(
            set(value) & set(known.get(member, {})) if isinstance(value, Mapping) else member in known
            for member, value in atom.content.items()
        )

    def add(self, atom: _Atom) -> None:
        """Say it."""
        known = self.said.setdefault((atom.side, atom.index), {})
        for member, value in atom.content.items():
            known[member] = {**known.get(member, {}), **value} if isinstance(value, Mapping) else value
        self.entries += [entry for entry in atom.entries if entry not in self.entries]

    def has_output(self) -> bool:
        """Tell whether an output is named."""
        return any(side == "outputs" for side, _ in self.said)


class _Cut:
    """One event being cut."""

    def __init__(self, document: _Object, most_bytes: int) -> None:
        self.document = document
        self.most_bytes = most_bytes
        self.datasets = {side: _objects(document.get(side)) for side in ("inputs", "outputs")}
        self.stubs = {side: [_stub(each) for each in found] for side, found in self.datasets.items()}
        self.facet, self.entries = self._explicit()
        first_output = sum(_size(each) for each in self.stubs["outputs"][:1])
        wrapper = 0 if self.facet is None else _size({"lineage": {**self.facet, "entries": []}})
        self.room = most_bytes - _size(self._event(_Part(()))) - first_output - wrapper
        if self.room <= 0:
            raise self._too_large("$", "with its run and job, but no datasets", most_bytes - self.room)

    def parts(self) -> Iterator[_Object]:
        """Yield the parts."""
        atoms = {side: list(self._atoms(side)) for side in ("inputs", "outputs")}
        largest = max((each.size for found in atoms.values() for each in found), default=0)
        chunks = self._chunks(largest)
        for chunk in chunks:
            said = [each for each in atoms["inputs"] if each.index in chunk]
            said += atoms["outputs"] if chunk is chunks[-1] else self._outputs_named()
            yield from (self._event(part) for part in self._packed(chunk, said))

    def _packed(self, chunk: Sequence[int], atoms: Iterable[_Atom]) -> Iterator[_Part]:
        """Put atoms into as few parts as they fit into one after the other; there is always one part."""
        stubs = sum(_size(self.stubs["inputs"][index]) for index in chunk)
        if stubs > self.room:
            raise self._too_large(f"$.inputs[{chunk[0]}]", "by its names", stubs)
        part, left = _Part(chunk), self.room - stubs
        for atom in atoms:
            needed = self._needed(part, atom)
            if part.said and (needed > left or not part.takes(atom)):
                yield part
                part, left = _Part(chunk), self.room - stubs
                needed = self._needed(part, atom)
            if needed > left:
                raise self._atom_too_large(atom, needed)
            part.add(atom)
            left -= needed
        yield part

    def _needed(self, part: _Part, atom: _Atom) -> int:
        """Return how much larger an atom makes a part."""
        is_named = (atom.side, atom.index) in part.said
        return atom.size + (0 if is_named else _size(self.stubs[atom.side][atom.index]))

    def _chunks(self, largest: int) -> list[list[int]]:
        """
        Return the inputs, by index, in groups whose names fit into a part beside the largest atom.

        Usually that is one group. Datasets of the same name stay together.
        """
        stubs = self.stubs["inputs"]
        sizes = [_size(each) for each in stubs]
        space = self.room - largest - max((_size(each) for each in self.stubs["outputs"]), default=0)
        if sum(sizes) <= space:
            return [list(range(len(stubs)))]
        space = min(space, self.room // 2)
        groups: dict[_Name, list[int]] = {}
        for index, stub in enumerate(stubs):
            groups.setdefault(_name(stub), []).append(index)
        chunks: list[list[int]] = [[]]
        left = space
        for group in groups.values():
            needed = sum(sizes[index] for index in group)
            if needed > left and chunks[-1]:
                chunks.append([])
                left = space
            chunks[-1] += group
            left -= needed
        return [sorted(chunk) for chunk in chunks]

    def _atoms(self, side: str) -> Iterator[_Atom]:
        """Yield what is said of the inputs or outputs: all of a dataset at once, or piece by piece."""
        for index, dataset in enumerate(self.datasets[side]):
            content = self._content(dataset)
            atom = _Atom(side, index, content, self._entries(side, index))
            if atom.size > self.room // 2:
                yield from self._pieces(atom)
            elif side == "outputs" or content:
                yield atom
        if side == "outputs":
            known = {_name(stub) for stub in self.stubs["outputs"]}
            loose = [entry for name, found in self.entries.items() if name not in known for entry in found]
            yield from (_Atom("outputs", 0, entries=(entry,)) for entry in loose)

    def _entries(self, side: str, index: int) -> tuple[_Object, ...]:
        """Return the job's explicit lineage of a dataset."""
        return self.entries.get(_name(self.stubs[side][index]), ()) if side == "outputs" else ()

    def _content(self, dataset: Mapping[str, Any]) -> _Object:
        """Return what is said of a dataset besides what its stub says."""
        content = {name: value for name, value in dataset.items() if name not in ("namespace", "name")}
        facets = content.get("facets")
        if isinstance(facets, Mapping):
            rest = {name: facet for name, facet in facets.items() if name not in _IDENTITY}
            content = {**content, "facets": rest} if rest else _without(content, "facets")
        return content

    def _pieces(self, atom: _Atom) -> Iterator[_Atom]:
        """Yield facet after facet of a dataset, those that say where columns come from in pieces."""
        side, index = atom.side, atom.index
        columns = _column_names(atom.content)
        entries = [
            list(cut_columns(entry, LINEAGE_ENTRY, columns=columns, most_bytes=self.room // 2))
            for entry in atom.entries
        ]
        for member, value in atom.content.items():
            if not isinstance(value, Mapping):
                yield _Atom(side, index, {member: value})
                continue
            for name, facet in value.items():
                if name == "lineage" and atom.entries:
                    continue  # what the job says of the output counts in its stead
                for piece in self._cut_facet(name, facet, columns):
                    yield _Atom(side, index, {member: {name: piece}})
        for pieces in entries[-1:]:
            yield from (_Atom(side, index, entries=(piece,)) for piece in pieces)
        if not atom.content and not entries:
            yield _Atom(side, index)

    def _cut_facet(self, name: str, facet: object, columns: Sequence[str]) -> Iterator[object]:
        """Yield a facet in pieces, if it is one that can be cut."""
        shape = {"columnLineage": COLUMN_LINEAGE, "lineage": LINEAGE_ENTRY}.get(name)
        if shape is None or not isinstance(facet, Mapping):
            yield facet
        else:
            yield from cut_columns(facet, shape, columns=columns, most_bytes=self.room // 2)

    def _explicit(self) -> tuple[_Object | None, dict[_Name, tuple[_Object, ...]]]:
        """Return the job's facet ``lineage`` without its entries, and the entries by the name they are of."""
        facet = (self.document["job"].get("facets") or {}).get("lineage")
        entries = facet.get("entries") if isinstance(facet, Mapping) else None
        can_be_parted = isinstance(entries, list) and all(isinstance(each, Mapping) for each in entries)
        if not isinstance(facet, Mapping) or not can_be_parted or not self.stubs["outputs"]:
            return None, {}
        found: dict[_Name, tuple[_Object, ...]] = {}
        for entry in _objects(entries):
            found[_name(entry)] = (*found.get(_name(entry), ()), entry)
        return _without(facet, "entries"), found

    def _outputs_named(self) -> list[_Atom]:
        """
        Return the outputs to name with a group of inputs that is not the last: those that all inputs go into.

        Those are the ones whose lineage is not stated explicitly, or stated without saying anything. If there
        is none, one is named all the same: inputs of an event without outputs would go into all of the run.
        """
        found = []
        for index, dataset in enumerate(self.datasets["outputs"]):
            entries = self._entries("outputs", index)
            own = (dataset.get("facets") or {}).get("lineage")
            stated = entries[-1] if entries else own
            if not isinstance(stated, Mapping):
                found.append(_Atom("outputs", index))
            elif not isinstance(stated.get("inputs"), list) and not stated.get("fields"):
                content = {} if entries else {"facets": {"lineage": own}}
                found.append(_Atom("outputs", index, content, entries))
        return found or [_Atom("outputs", 0)][: len(self.datasets["outputs"])]

    def _event(self, part: _Part) -> _Object:
        """Write a part as an event."""
        if self.datasets["outputs"] and part.said and not part.has_output():
            part.add(_Atom("outputs", 0))
        made = dict(self.document)
        for side, stubs in self.stubs.items():
            if side in made:
                made[side] = [
                    _united(stubs[index], part.said[of, index])
                    for of, index in sorted(part.said)
                    if of == side
                ]
        if self.facet is not None:
            job = dict(made["job"])
            facets = _without(job.get("facets") or {}, "lineage")
            if part.entries:
                facets["lineage"] = {**self.facet, "entries": part.entries}
            made["job"] = {**job, "facets": facets}
        return made

    def _atom_too_large(self, atom: _Atom, needed: int) -> InvalidEventError:
        """Return the error for something that cannot be cut any further."""
        path = f"$.{atom.side}[{atom.index}]"
        for member, value in atom.content.items():
            path += f".{member}"
            if isinstance(value, Mapping) and len(value) == 1:
                path += f".{next(iter(value))}"
        return self._too_large(path, "by itself", needed)

    def _too_large(self, path: str, how: str, size: int) -> InvalidEventError:
        """Return the error that says what is too large."""
        problem = f"takes {size} bytes {how}; an event may have {self.most_bytes}, and this cannot be cut"
        return InvalidEventError(path=path, problem=problem)


def _without(value: Mapping[str, Any], name: str) -> _Object:
    """Return an object without a member."""
    return {each: value[each] for each in value if each != name}


def _united(stub: Mapping[str, Any], content: Mapping[str, Any]) -> _Object:
    """Return a dataset: its stub and what is said of it."""
    facets = {**(stub.get("facets") or {}), **(content.get("facets") or {})}
    return {**stub, **content} | ({"facets": facets} if facets else {})


def _column_names(content: Mapping[str, Any]) -> list[str]:
    """Return the columns of a dataset's schema."""
    schema = (content.get("facets") or {}).get("schema")
    fields = schema.get("fields") if isinstance(schema, Mapping) else None
    return [each["name"] for each in _objects(fields) if isinstance(each.get("name"), str)]
