"""docker-compose.yaml and the Dockerfile are sound: what one part names, another part provides."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_lineage_provider import local_aws
from scripts.compose_file import Service, read_compose_file, start_order
from scripts.make_env import make_env

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SECRETS = dict(line.split("=", 1) for line in make_env().splitlines() if not line.startswith("#"))
SERVICES = read_compose_file(FILE, SECRETS)
OURS = sorted(name for name, described in DOCUMENT["services"].items() if "build" in described)
AIRFLOW = [name for name in OURS if SERVICES[name].command[0] == "airflow"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
ARGUMENTS = dict(line.removeprefix("ARG ").split("=") for line in DOCKERFILE if re.match(r"ARG \w+=", line))
ADDRESS = re.compile(r"(?:@|//)([a-z][a-z0-9-]*):(\d+)(?=[/\s'\"]|$)")


def every_text(service: Service) -> list[str]:
    return [*service.command, *service.healthcheck, *service.environment.values()]


class TestComposeFile:
    def test_fits_the_compose_specification(self) -> None:
        command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]

        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)

        assert (done.returncode, done.stdout.strip()) == (0, "ok -- validation done")

    def test_has_every_airflow_process_and_what_they_need(self) -> None:
        assert set(SERVICES) == {
            "api-server",
            "dag-processor",
            "init",
            "local-aws",
            "postgres",
            "redis",
            "scheduler",
            "triggerer",
            "worker",
        }

    def test_can_be_started_in_the_order_of_its_dependencies(self) -> None:
        names = [service.name for service in start_order(SERVICES)]

        assert all(
            names.index(needed.service) < names.index(service.name)
            for service in SERVICES.values()
            for needed in service.depends_on
        )

    def test_waits_only_for_a_health_that_is_checked(self) -> None:
        waited = {
            needed.service
            for service in SERVICES.values()
            for needed in service.depends_on
            if needed.condition == "service_healthy"
        }

        assert {name for name in waited if not SERVICES[name].healthcheck} == set()

    def test_waits_for_the_end_only_of_what_ends(self) -> None:
        waited = {
            needed.service
            for service in SERVICES.values()
            for needed in service.depends_on
            if needed.condition == "service_completed_successfully"
        }

        assert {name: DOCUMENT["services"][name]["restart"] for name in waited} == {"init": "no"}

    def test_everything_that_keeps_running_has_a_health_check(self) -> None:
        assert [name for name, service in SERVICES.items() if not service.healthcheck] == ["init"]


class TestVolumes:
    def test_every_named_volume_is_declared_and_used(self) -> None:
        used = {mount.source for service in SERVICES.values() for mount in service.mounts if mount.is_named}

        assert used == set(DOCUMENT["volumes"])

    def test_every_mounted_folder_is_in_the_project(self) -> None:
        folders = {
            mount.source for service in SERVICES.values() for mount in service.mounts if not mount.is_named
        }

        assert {folder: (ROOT / folder).is_dir() for folder in folders} == {"./dags": True}

    @pytest.mark.parametrize("name", OURS)
    def test_every_path_in_the_environment_is_mounted_or_in_the_image(self, name: str) -> None:
        service = SERVICES[name]
        paths = {value for value in service.environment.values() if value.startswith("/opt/airflow/")}
        made = re.findall(r"/opt/airflow/\w+", next(line for line in DOCKERFILE if "mkdir" in line))
        places = {*made, *(mount.target for mount in service.mounts)}

        assert {path for path in paths if not any(path.startswith(place) for place in places)} == set()

    def test_the_password_file_is_shared_by_who_writes_and_who_reads_it(self) -> None:
        holders = {name for name in SERVICES for mount in SERVICES[name].mounts if mount.source == "auth"}

        assert holders == {"init", "api-server"}


class TestPorts:
    def test_published_ports_are_bound_to_loopback_and_taken_once(self) -> None:
        published = [port for service in SERVICES.values() for port in service.published]

        assert {address for address, _, _ in published} == {"127.0.0.1"}
        assert len({outside for _, outside, _ in published}) == len(published)

    def test_neither_the_database_nor_the_broker_is_published(self) -> None:
        assert SERVICES["postgres"].published == SERVICES["redis"].published == ()

    @pytest.mark.parametrize("name", sorted(SERVICES))
    def test_every_address_leads_to_a_service_that_listens_there(self, name: str) -> None:
        found = {match.groups() for text in every_text(SERVICES[name]) for match in ADDRESS.finditer(text)}
        others = {(host, int(port)) for host, port in found if host != "localhost"}

        assert {(host, port) for host, port in others if port not in SERVICES[host].container_ports} == set()

    @pytest.mark.parametrize("name", sorted(name for name in SERVICES if SERVICES[name].container_ports))
    def test_every_port_is_one_the_service_is_told(self, name: str) -> None:
        told = " ".join(every_text(SERVICES[name]))

        assert [port for port in SERVICES[name].container_ports if not re.search(rf"\b{port}\b", told)] == []


class TestVariables:
    def test_nothing_starts_without_secrets(self) -> None:
        with pytest.raises(KeyError, match='run "make env" first'):
            read_compose_file(FILE, {})

    def test_make_env_writes_what_is_asked_for_and_nothing_else(self) -> None:
        text = FILE.read_text(encoding="utf-8")
        asked = set(re.findall(r"\$\{([A-Z_]+):\?", text))
        known = set(re.findall(r"\$\{([A-Z_]+):-", text))

        assert asked <= set(SECRETS) <= asked | known

    def test_no_secret_has_a_default_except_the_local_users_password(self) -> None:
        defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", FILE.read_text(encoding="utf-8")))

        assert {name for name in defaults if name in SECRETS} == {"AIRFLOW_ADMIN_PASSWORD"}

    def test_secrets_are_new_every_time(self) -> None:
        assert make_env() != make_env()


class TestCommands:
    @pytest.mark.parametrize("name", OURS)
    def test_program_is_installed(self, name: str) -> None:
        program = SERVICES[name].command[0]

        assert Path(sys.executable).with_name(program).exists() or shutil.which(program)

    @pytest.mark.parametrize("name", AIRFLOW)
    def test_airflow_knows_the_command_and_its_options(self, name: str) -> None:
        from airflow.cli.cli_parser import get_parser

        arguments = get_parser().parse_args(SERVICES[name].command[1:])

        assert callable(arguments.func)

    @pytest.mark.parametrize("name", AIRFLOW)
    def test_airflow_knows_the_command_of_the_health_check(self, name: str) -> None:
        from airflow.cli.cli_parser import get_parser

        program, *words = SERVICES[name].healthcheck

        known = program != "airflow" or callable(get_parser().parse_args(words).func)

        assert known

    def test_local_aws_takes_the_options_it_is_given(self) -> None:
        program, flag, module, *options = SERVICES["local-aws"].command
        done = subprocess.run(
            [sys.executable, flag, module, "--help"], capture_output=True, text=True, check=True, timeout=60
        )

        assert (program, flag, module) == ("python", "-m", local_aws.__name__)
        assert [word for word in options if word.startswith("--") and word not in done.stdout] == []

    def test_local_aws_listens_where_other_containers_reach_it(self) -> None:
        command = SERVICES["local-aws"].command

        assert command[command.index("--host") + 1] == "0.0.0.0"

    def test_celery_application_of_the_health_check_exists(self) -> None:
        (text,) = SERVICES["worker"].healthcheck[2:]
        module, _, attribute = text.split("--app ")[1].split()[0].rpartition(".")

        assert importlib.util.find_spec(module) is not None
        assert attribute == "app"


class TestEnvironment:
    @pytest.mark.parametrize("name", AIRFLOW)
    def test_every_option_is_one_airflow_has(self, name: str) -> None:
        from airflow.configuration import conf

        options = [
            tuple(variable.removeprefix("AIRFLOW__").lower().split("__"))
            for variable in SERVICES[name].environment
            if variable.startswith("AIRFLOW__")
        ]

        known = conf.configuration_description
        assert [
            option for option in options if option[1] not in known.get(option[0], {}).get("options", {})
        ] == []

    def test_all_airflow_processes_agree(self) -> None:
        shared = set(SERVICES["api-server"].environment.items())

        assert all(shared <= set(SERVICES[name].environment.items()) for name in AIRFLOW)

    def test_aws_connection_leads_to_the_local_stack(self) -> None:
        described = json.loads(SERVICES["worker"].environment["AIRFLOW_CONN_AWS_DEFAULT"])

        assert described["conn_type"] == "aws"
        assert described["extra"]["endpoint_url"] == "http://local-aws:5050"


class TestDockerfile:
    def copied(self) -> list[str]:
        """Sources that are copied from the project, with the build arguments filled in."""
        copies = [line.split()[1:-1] for line in DOCKERFILE if line.startswith("COPY")]
        sources = [word for words in copies if "--from=build" not in words for word in words]
        filled = [re.sub(r"\$\{(\w+)\}", lambda match: ARGUMENTS[match[1]], word) for word in sources]
        return [word for word in filled if not word.startswith("--")]

    def test_copies_only_what_is_there(self) -> None:
        assert [source for source in self.copied() if not (ROOT / source).exists()] == []

    def test_copies_nothing_that_is_ignored(self) -> None:
        lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        kept = [line.removeprefix("!") for line in lines if line.startswith("!")]

        assert [
            source
            for source in self.copied()
            if not any(fnmatch.fnmatch(source.split("/")[0], keep) for keep in kept)
        ] == []

    def test_runs_the_airflow_the_makefile_installs(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

        assert f"AIRFLOW := {ARGUMENTS['AIRFLOW_VERSION']}\n" in makefile

    def test_does_not_run_as_root(self) -> None:
        users = [line.split()[1] for line in DOCKERFILE if line.startswith("USER")]

        assert users == ["airflow"]
