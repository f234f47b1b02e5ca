from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from scripts.compose_file import Dependency, Mount, Service
from scripts.compose_processes import ComposeByHand, ServiceFailedError, Translation, free_ports


def make_service(name: str, **changes: object) -> Service:
    service = Service(
        name=name,
        image="ours",
        command=(sys.executable, "-c", "import time; time.sleep(600)"),
        environment={},
        healthcheck=("true",),
        depends_on=(),
        mounts=(),
        published=(),
        exposed=(),
    )
    return dataclasses.replace(service, **changes)  # type: ignore[arg-type]


@pytest.fixture
def translation(tmp_path: Path) -> Translation:
    mounts = (Mount("logs", "/opt/airflow/logs"), Mount("./dags", "/opt/airflow/dags"))
    services = {
        "web": make_service("web", exposed=(8080,), mounts=mounts),
        "store": make_service("store", published=(("127.0.0.1", 1, 5432),)),
    }
    return Translation(services, room=tmp_path, folders={"./dags": Path("/project/dags")})


class TestTranslation:
    def test_sends_a_host_name_to_loopback(self, translation: Translation) -> None:
        port = translation.port("store", 5432)

        assert translation.text("web", "sql://me@store:5432/db") == f"sql://me@127.0.0.1:{port}/db"

    def test_gives_a_service_its_own_port(self, translation: Translation) -> None:
        port = translation.port("web", 8080)

        assert translation.text("web", "--port 8080") == f"--port {port}"

    def test_leaves_the_ports_of_others_alone_without_their_name(self, translation: Translation) -> None:
        assert translation.text("store", "--port 8080") == "--port 8080"

    @pytest.mark.parametrize("secret", ["x8080", "8080-x", "x_8080", "18080"])
    def test_leaves_a_number_inside_a_word_alone(self, translation: Translation, secret: str) -> None:
        assert translation.text("web", secret) == secret

    def test_listens_on_loopback_only(self, translation: Translation) -> None:
        assert translation.text("web", "--host 0.0.0.0") == "--host 127.0.0.1"

    @pytest.mark.parametrize(
        "path, expected",
        [
            pytest.param("/opt/airflow/logs/x", "{room}/volumes/logs/x", id="volume"),
            pytest.param("/opt/airflow/dags", "/project/dags", id="folder of the project"),
            pytest.param("/opt/airflow/other", "{room}/homes/web/other", id="home"),
            pytest.param("/srv/opt/airflow/logs", "/srv/opt/airflow/logs", id="somewhere else"),
        ],
    )
    def test_puts_paths_into_the_room(
        self, translation: Translation, tmp_path: Path, path: str, expected: str
    ) -> None:
        assert translation.text("web", path) == expected.format(room=tmp_path)

    def test_ports_differ(self) -> None:
        assert len(set(free_ports(20))) == 20


class TestComposeByHand:
    def test_ends_what_it_started_with_its_children(self, tmp_path: Path) -> None:
        parent = (
            "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
        )
        services = {"web": make_service("web", command=(sys.executable, "-c", parent))}

        with ComposeByHand(services, room=tmp_path, folders={}) as stack:
            stack.start()
            running = stack.find_leftovers()

        assert running
        assert stack.find_leftovers() == []

    def test_starts_a_service_after_what_it_needs_has_ended(self, tmp_path: Path) -> None:
        first = make_service(
            "first",
            command=("touch", "/opt/airflow/shared/made"),
            healthcheck=(),
            mounts=(Mount("x", "/opt/airflow/shared"),),
        )
        second = make_service(
            "second",
            healthcheck=("test", "-f", "/opt/airflow/shared/made"),
            depends_on=(Dependency("first", "service_completed_successfully"),),
            mounts=(Mount("x", "/opt/airflow/shared"),),
        )

        with ComposeByHand({"second": second, "first": first}, room=tmp_path, folders={}) as stack:
            stack.start()

        assert set(stack.ready_seconds) == {"first", "second"}

    def test_says_what_a_service_printed_before_it_failed(self, tmp_path: Path) -> None:
        services = {
            "web": make_service(
                "web", command=("sh", "-c", "echo no such thing; exit 3"), healthcheck=("false",)
            )
        }

        with (
            ComposeByHand(services, room=tmp_path, folders={}) as stack,
            pytest.raises(ServiceFailedError, match=r"web ended with exit code 3.\nno such thing"),
        ):
            stack.start()

    def test_passes_on_nothing_of_the_callers_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
        web = make_service("web", command=("env",), environment={"MINE": "1"}, healthcheck=())
        after = make_service("after", depends_on=(Dependency("web", "service_completed_successfully"),))

        with ComposeByHand({"web": web, "after": after}, room=tmp_path, folders={}) as stack:
            stack.start()
            printed = stack.output("web").splitlines()

        assert "MINE=1" in printed
        assert not [line for line in printed if line.startswith("AIRFLOW__CORE")]
