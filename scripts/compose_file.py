"""
Read a compose file as Docker Compose does: variables filled in, anchors merged, one value object per service.

Only what docker-compose.yaml of this project uses is understood; anything else is an error, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Dependency", "Mount", "Service", "interpolate", "read_compose_file", "start_order"]

_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<kind>:-|:\?)(?P<rest>[^}]*))?\}|(?P<odd>.?))"
)
_KNOWN_KEYS = frozenset(
    {
        "build",
        "command",
        "depends_on",
        "environment",
        "expose",
        "healthcheck",
        "image",
        "init",
        "ports",
        "restart",
        "volumes",
    }
)


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of this machine (``source`` begins with ".") or a named volume, seen at ``target``."""

    source: str
    target: str

    @property
    def is_named(self) -> bool:
        """Tell whether the source is the name of a volume."""
        return not self.source.startswith((".", "/", "~"))


@dataclass(frozen=True, slots=True)
class Dependency:
    """``service`` must have reached ``condition`` first."""

    service: str
    condition: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service; ``published`` holds (host address, host port, container port)."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]
    depends_on: tuple[Dependency, ...]
    mounts: tuple[Mount, ...]
    published: tuple[tuple[str, int, int], ...]
    exposed: tuple[int, ...]

    @property
    def container_ports(self) -> tuple[int, ...]:
        """Return every port the service listens on."""
        return tuple(sorted({*self.exposed, *(inside for _, _, inside in self.published)}))

    def without(self, others: Collection[str]) -> Service:
        """Return the same service, depending on none of ``others``."""
        return replace(self, depends_on=tuple(each for each in self.depends_on if each.service not in others))


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """
    Fill in ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}``; ``$$`` is one dollar sign.

    :raises KeyError: If a variable without default is missing or empty; the message is the file's own.
    :raises ValueError: If a dollar sign begins nothing of that kind.
    """

    def value_of(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        if match["name"] is None:
            raise ValueError(f"a single dollar sign in {text!r}")
        value = variables.get(match["name"], "")
        if value or match["kind"] == ":-":
            return value or match["rest"]
        raise KeyError(f"{match['name']}: {match['rest'] or 'is not set'}")

    return _VARIABLE.sub(value_of, text)


def _interpolate_all(node: Any, variables: Mapping[str, str]) -> Any:
    """Fill in the variables of every text below ``node``."""
    if isinstance(node, str):
        return interpolate(node, variables)
    if isinstance(node, list):
        return [_interpolate_all(item, variables) for item in node]
    if isinstance(node, dict):
        return {name: _interpolate_all(value, variables) for name, value in node.items()}
    return node


def _published(text: str) -> tuple[str, int, int]:
    """Read ``address:host port:container port``; all three must be there."""
    address, outside, inside = text.split(":")
    return address, int(outside), int(inside)


def _mount(text: str) -> Mount:
    """Read ``source:target`` with an optional ``:ro``."""
    source, target = text.removesuffix(":ro").split(":")
    return Mount(source, target)


def _healthcheck(test: list[str]) -> tuple[str, ...]:
    """Return the command of a health check."""
    kind, *words = test
    return ("/bin/sh", "-c", *words) if kind == "CMD-SHELL" else tuple(words)


def _service(name: str, described: Mapping[str, Any]) -> Service:
    """Make a value of one service's description."""
    unknown = set(described) - _KNOWN_KEYS
    if unknown:
        raise ValueError(f"service {name!r} uses {sorted(unknown)}, which nothing here understands")
    return Service(
        name=name,
        image=described["image"],
        command=tuple(described.get("command", ())),
        environment={key: str(value) for key, value in described.get("environment", {}).items()},
        healthcheck=_healthcheck(described["healthcheck"]["test"]) if "healthcheck" in described else (),
        depends_on=tuple(
            Dependency(other, details["condition"])
            for other, details in described.get("depends_on", {}).items()
        ),
        mounts=tuple(_mount(text) for text in described.get("volumes", ())),
        published=tuple(_published(text) for text in described.get("ports", ())),
        exposed=tuple(int(port) for port in described.get("expose", ())),
    )


def read_compose_file(path: Path, variables: Mapping[str, str]) -> dict[str, Service]:
    """Read the services of a compose file, by name, with ``variables`` in the place of the environment."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    described = _interpolate_all(document["services"], variables)
    return {name: _service(name, details) for name, details in described.items()}


def start_order(services: Mapping[str, Service]) -> list[Service]:
    """
    Return the services so that each comes after all it depends on.

    :raises ValueError: If a dependency is unknown or services depend on each other in a circle.
    """
    ordered: dict[str, Service] = {}
    while len(ordered) < len(services):
        ready = [
            service
            for name, service in services.items()
            if name not in ordered and all(needed.service in ordered for needed in service.depends_on)
        ]
        if not ready:
            raise ValueError(f"unknown or circular dependency among {sorted(set(services) - set(ordered))}")
        ordered.update((service.name, service) for service in ready)
    return list(ordered.values())
