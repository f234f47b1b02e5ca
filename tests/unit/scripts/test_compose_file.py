from __future__ import annotations

from pathlib import Path

import pytest

from scripts.compose_file import Dependency, Mount, Service, interpolate, read_compose_file, start_order


def make_service(name: str, *needs: str) -> Service:
    return Service(
        name=name,
        image="image",
        command=(),
        environment={},
        healthcheck=(),
        depends_on=tuple(Dependency(need, "service_started") for need in needs),
        mounts=(),
        published=(),
        exposed=(),
    )


class TestInterpolate:
    @pytest.mark.parametrize(
        "text, expected",
        [
            pytest.param("a ${NAME} b", "a value b", id="set"),
            pytest.param("${OTHER:-default}", "default", id="default"),
            pytest.param("${EMPTY:-default}", "default", id="empty counts as not set"),
            pytest.param("${OTHER:-}", "", id="empty default"),
            pytest.param("$${NAME}", "${NAME}", id="escaped"),
            pytest.param("no variable", "no variable", id="none"),
        ],
    )
    def test_fills_in(self, text: str, expected: str) -> None:
        assert interpolate(text, {"NAME": "value", "EMPTY": ""}) == expected

    @pytest.mark.parametrize("variables", [{}, {"NAME": ""}], ids=["missing", "empty"])
    def test_says_what_the_file_says_when_a_variable_is_missing(self, variables: dict[str, str]) -> None:
        with pytest.raises(KeyError, match="NAME: run make env"):
            interpolate("${NAME:?run make env}", variables)

    @pytest.mark.parametrize("text", ["cost: 5$", "$NAME", "${NAME"])
    def test_refuses_a_dollar_sign_that_begins_nothing_it_knows(self, text: str) -> None:
        with pytest.raises(ValueError, match="dollar"):
            interpolate(text, {"NAME": "value"})


class TestStartOrder:
    def test_puts_what_is_needed_first(self) -> None:
        services = {"a": make_service("a", "b"), "b": make_service("b", "c"), "c": make_service("c")}

        assert [service.name for service in start_order(services)] == ["c", "b", "a"]

    def test_refuses_a_circle(self) -> None:
        services = {"a": make_service("a", "b"), "b": make_service("b", "a")}

        with pytest.raises(ValueError, match=r"\['a', 'b'\]"):
            start_order(services)

    def test_refuses_an_unknown_service(self) -> None:
        with pytest.raises(ValueError, match=r"\['a'\]"):
            start_order({"a": make_service("a", "nobody")})

    def test_leaves_out_a_dependency_that_is_not_wanted(self) -> None:
        assert make_service("a", "b", "c").without(["b"]).depends_on == (Dependency("c", "service_started"),)


class TestReadComposeFile:
    def test_reads_what_a_service_needs(self, tmp_path: Path) -> None:
        path = tmp_path / "compose.yaml"
        path.write_text(
            """
            services:
              web:
                image: web:1
                command: ["serve", "${WORD:-fast}"]
                environment: {PORT: 80}
                ports: ["127.0.0.1:8080:80"]
                expose: ["81"]
                volumes: ["./dags:/dags:ro", "store:/store"]
                healthcheck: {test: ["CMD-SHELL", "true && true"]}
            """,
            encoding="utf-8",
        )

        web = read_compose_file(path, {})["web"]

        assert web.command == ("serve", "fast")
        assert web.environment == {"PORT": "80"}
        assert web.container_ports == (80, 81)
        assert web.mounts == (Mount("./dags", "/dags"), Mount("store", "/store"))
        assert [mount.is_named for mount in web.mounts] == [False, True]
        assert web.healthcheck == ("/bin/sh", "-c", "true && true")

    def test_refuses_what_it_does_not_understand(self, tmp_path: Path) -> None:
        path = tmp_path / "compose.yaml"
        path.write_text("services: {web: {image: web, network_mode: host}}", encoding="utf-8")

        with pytest.raises(ValueError, match="network_mode"):
            read_compose_file(path, {})
