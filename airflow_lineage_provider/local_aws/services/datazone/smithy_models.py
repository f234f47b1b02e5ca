"""
Read the Smithy model of a custom form type: the members of its structure.

Understood is what forms are made of: ``structure Name { … }`` with members of simple types or of lists that
the model defines, and traits, of which ``@required`` counts and the others are passed over.

.. seealso:: Amazon DataZone user guide, *Create a metadata form*; Smithy IDL 2.0, "Structure shapes"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from airflow_lineage_provider.local_aws.services.datazone.exceptions import ValidationError

__all__ = ["FormModel", "parse_model"]

_TOKENS = re.compile(r'//[^\n]*|"(?:[^"\\]|\\.)*"|@[\w.#]+|\$\w+|[\w.#]+|[{}()\[\]:=,]|\s+|.', re.DOTALL)
_SIMPLE = {
    "Blob": "String",
    "String": "String",
    "Timestamp": "String",
    "Byte": "Integer",
    "Short": "Integer",
    "Integer": "Integer",
    "Long": "Integer",
    "BigInteger": "Integer",
    "Float": "Number",
    "Double": "Number",
    "BigDecimal": "Number",
    "Boolean": "Boolean",
    "Document": "Document",
}
_SHAPES = frozenset({"structure", "list", "set", "enum", "intEnum", "map", "union"})


@dataclass(frozen=True, slots=True)
class FormModel:
    """
    The structure of a form.

    :param members: Type of each member: String, Integer, Number, Boolean, List or Document.
    :param required: Members that must be there.
    """

    members: dict[str, str]
    required: tuple[str, ...]


def parse_model(name: str, text: str) -> FormModel:
    """
    Return the structure a model defines for a form type.

    :param name: Name of the form type, which the structure has, too; a model with one structure may call it
        otherwise.
    :raises ValidationError: If there is no such structure, or it cannot be read.
    """
    shapes = list(_shapes([token for token in _TOKENS.findall(text) if _counts(token)]))
    structures = [(shape, body) for kind, shape, body in shapes if kind == "structure"]
    named = [body for shape, body in structures if shape == name]
    if not named and len(structures) == 1:
        named = [structures[0][1]]
    if not named:
        raise ValidationError(f"The model has no structure {name}")
    kinds = {shape: kind for kind, shape, _ in shapes}
    members: dict[str, str] = {}
    required = []
    for member, type_name, traits in _members(named[0]):
        members[member] = _kind_of(type_name, kinds)
        if "@required" in traits:
            required.append(member)
    return FormModel(members, tuple(required))


def _counts(token: str) -> bool:
    return not token.isspace() and not token.startswith("//")


def _kind_of(type_name: str, kinds: dict[str, str]) -> str:
    """Return what a value of a type is in JSON."""
    short = type_name.rpartition("#")[2]
    if short in _SIMPLE:
        return _SIMPLE[short]
    kind = kinds.get(short)
    if kind is None:
        raise ValidationError(f"The model uses {type_name}, which it does not define")
    return {"list": "List", "set": "List", "enum": "String", "intEnum": "Integer"}.get(kind, "Document")


def _shapes(tokens: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield kind, name and body of each shape the model defines with braces."""
    index = 0
    while index < len(tokens):
        if tokens[index] in _SHAPES and tokens[index + 2 : index + 3] == ["{"]:
            end = _closing(tokens, index + 2)
            yield tokens[index], tokens[index + 1], tokens[index + 3 : end]
            index = end
        index += 1


def _closing(tokens: list[str], start: int) -> int:
    """Return the index of the bracket that closes the one at ``start``."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] in "{([") - (tokens[index] in "})]")
        if depth == 0:
            return index
    raise ValidationError("The model has a bracket that is not closed")


def _members(words: list[str]) -> Iterator[tuple[str, str, set[str]]]:
    """Yield name, type and traits of each member of a structure."""
    traits: set[str] = set()
    index = 0
    while index < len(words):
        word = words[index]
        if word.startswith("@"):
            traits.add(word)
        elif word == "(":
            index = _closing(words, index)
        elif words[index + 1 : index + 2] == [":"] and index + 2 < len(words):
            yield word, words[index + 2], traits
            traits = set()
            index += 2
        elif word not in {",", "="}:
            raise ValidationError(f"The model cannot be read at {word!r}")
        index += 1
