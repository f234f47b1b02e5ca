"""
Run the services of a compose file as plain processes of this machine.

Host names become loopback, ports become free ports, container paths become folders of one temporary room.
The commands, the environment and the health checks are those of the compose file; only Postgres, whose image
holds its set-up inside, is set up here the way the image's environment variables ask for.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from scripts.compose_file import Service, start_order

__all__ = [
    "ComposeByHand",
    "ServiceFailedError",
    "Translation",
    "find_missing_programs",
    "free_ports",
    "postgres_folder",
    "unprivileged_user",
]

_HOME = "/opt/airflow"
_START_SECONDS = 180
_STOP_SECONDS = 30


class ServiceFailedError(RuntimeError):
    """A service ended, or did not become healthy in time; the message has the end of its log."""


def postgres_folder() -> Path | None:
    """Return the folder of the newest installed Postgres server's programs."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if installed:
        return installed[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def find_missing_programs() -> list[str]:
    """Return what must be installed first, as words for a person."""
    missing = []
    if postgres_folder() is None:
        missing.append("a Postgres server (Debian: apt-get install postgresql)")
    if shutil.which("redis-server") is None or shutil.which("redis-cli") is None:
        missing.append("redis-server and redis-cli (Debian: apt-get install redis-server)")
    return missing


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Translation:
    """
    What the addresses and paths of containers are on this machine.

    :param services: All services of the compose file, by name.
    :param room: Folder that holds every volume and every service's home.
    :param folders: What to use for folders of the project that are mounted, by their source in the file.
    """

    def __init__(self, services: Mapping[str, Service], *, room: Path, folders: Mapping[str, Path]) -> None:
        self._services = services
        self._room = room
        self._folders = folders
        inside = [(name, port) for name, service in services.items() for port in service.container_ports]
        self._ports = dict(zip(inside, free_ports(len(inside)), strict=True))

    def port(self, service: str, container_port: int) -> int:
        """Return the port of this machine that stands for a container's port."""
        return self._ports[service, container_port]

    def home(self, service: str) -> Path:
        """Return the folder that is the container's home."""
        return self._room / "homes" / service

    def folder(self, source: str) -> Path:
        """Return the folder that stands for a volume or a mounted folder of the project."""
        return self._folders[source] if source in self._folders else self._room / "volumes" / source

    def text(self, service: str, text: str) -> str:
        """Return a command's word, or an environment variable's value, as it must read on this machine."""
        for (name, inside), outside in self._ports.items():
            text = re.sub(rf"(?<![\w.-]){re.escape(name)}:{inside}(?!\d)", f"127.0.0.1:{outside}", text)
        for inside in self._services[service].container_ports:
            text = re.sub(rf"(?<![\w-]){inside}(?![\w-])", str(self._ports[service, inside]), text)
        text = re.sub(r"(?<![\w.])0\.0\.0\.0(?![\w.])", "127.0.0.1", text)
        mounts = {mount.target: self.folder(mount.source) for mount in self._services[service].mounts}
        for target, folder in sorted({_HOME: self.home(service), **mounts}.items(), reverse=True):
            text = re.sub(rf"(?<![\w./-]){re.escape(target)}(?![\w-])", str(folder), text)
        return text


class ComposeByHand:
    """
    All services of a compose file as processes; a context manager that ends whatever it started.

    :param services: What to run, by name.
    :param room: An empty folder for homes, volumes and logs.
    :param folders: What to use for mounted folders of the project, by their source in the file.
    """

    def __init__(self, services: Mapping[str, Service], *, room: Path, folders: Mapping[str, Path]) -> None:
        self._services = services
        self._room = room
        self.translation = Translation(services, room=room, folders=folders)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, float] = {}
        self.ready_seconds: dict[str, float] = {}

    def __enter__(self) -> ComposeByHand:
        """Prepare the room."""
        self._room.chmod(0o755)
        for service in self._services.values():
            self.translation.home(service.name).mkdir(parents=True)
            for mount in service.mounts:
                self.translation.folder(mount.source).mkdir(parents=True, exist_ok=True)
        (self._room / "output").mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        """End every process, newest first."""
        self.stop()

    def start(self) -> None:
        """Start all services, each after what it depends on, and wait until each is healthy or has ended."""
        for service in start_order(self._services):
            for dependency in service.depends_on:
                self._wait_until(dependency.service, dependency.condition)
            self._start_one(service)
        for service in self._services.values():
            if service.healthcheck:
                self._wait_until(service.name, "service_healthy")

    def check(self) -> None:
        """
        Look whether every process still runs.

        :raises ServiceFailedError: If one has ended that should not, or has failed.
        """
        for name, process in self._processes.items():
            code = process.poll()
            if code is not None and (code != 0 or self._services[name].healthcheck):
                raise ServiceFailedError(f"{name} ended with exit code {code}.\n{self.end_of_output(name)}")

    def output(self, name: str) -> str:
        """Return everything a service has printed."""
        path = self._room / "output" / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def end_of_output(self, name: str, lines: int = 40) -> str:
        """Return the last lines a service has printed."""
        return "\n".join(self.output(name).splitlines()[-lines:])

    def memory_megabytes(self) -> dict[str, int]:
        """Return the proportional set size of every service with its children (Linux only)."""
        return {
            name: _megabytes(process.pid)
            for name, process in self._processes.items()
            if process.poll() is None
        }

    def stop(self) -> None:
        """End every process group, those that need others first, and anything that left its group."""
        for needs_others in (True, False):
            round_of = {
                name: process
                for name, process in reversed(self._processes.items())
                if bool(self._services[name].depends_on) == needs_others
            }
            for name, process in round_of.items():
                _signal_group(
                    process.pid, signal.SIGINT if _is_postgres(self._services[name]) else signal.SIGTERM
                )
            deadline = time.monotonic() + _STOP_SECONDS
            for process in round_of.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - time.monotonic()))
                _signal_group(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()
        for pid in self.find_leftovers():
            os.kill(pid, signal.SIGKILL)

    def find_leftovers(self) -> list[int]:
        """Return the processes that were started for this room and still run (Linux only)."""
        mark = f"COMPOSE_BY_HAND={self._room}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found

    def _environment(self, service: Service) -> dict[str, str]:
        """Return a service's environment: the image's and the compose file's, nothing of the caller's."""
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
        home = str(self.translation.home(service.name))
        image = {"AIRFLOW_HOME": home, "PATH": path, "PYTHONUNBUFFERED": "1"}
        machine = {
            "COMPOSE_BY_HAND": str(self._room),
            "HOME": home,
            "HOSTNAME": socket.gethostname(),
            "LANG": "C.UTF-8",
        }
        own = {
            name: self.translation.text(service.name, value) for name, value in service.environment.items()
        }
        return machine | image | own

    def _start_one(self, service: Service) -> None:
        command = [self.translation.text(service.name, word) for word in service.command]
        user = None
        if _is_postgres(service):
            command, user = self._prepare_postgres(service)
        self._started_at[service.name] = time.monotonic()
        with (self._room / "output" / f"{service.name}.log").open("wb") as output:
            self._processes[service.name] = subprocess.Popen(
                command,
                cwd=self.translation.home(service.name),
                env=self._environment(service),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [],
            )

    def _prepare_postgres(self, service: Service) -> tuple[list[str], str | None]:
        """Make the database the image would make; return the server's command and the user it must run as."""
        programs = postgres_folder()
        if programs is None:
            raise ServiceFailedError("; ".join(find_missing_programs()))
        user = unprivileged_user()
        data = self.translation.folder(service.mounts[0].source)
        password_file = self.translation.home(service.name) / "password"
        password_file.write_text(service.environment["POSTGRES_PASSWORD"], encoding="utf-8")
        if user is not None:
            for path in (data, password_file, self.translation.home(service.name)):
                shutil.chown(path, user)
        data.chmod(0o700)
        shared = ["-D", str(data), "-U", service.environment["POSTGRES_USER"]]
        single = [str(programs / "postgres"), "--single", "-D", str(data), "postgres"]
        for command, told in (
            (
                [
                    str(programs / "initdb"),
                    *shared,
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "-N",
                ],
                "",
            ),
            (single, f"CREATE DATABASE {service.environment['POSTGRES_DB']}\n"),
        ):
            done = subprocess.run(
                command,
                input=told,
                capture_output=True,
                text=True,
                check=False,
                user=user,
                cwd=data,
                env=os.environ,
            )
            if done.returncode:
                raise ServiceFailedError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
        port = self.translation.port(service.name, service.container_ports[0])
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(data), "fsync": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(programs / "postgres"), "-D", str(data), "-p", str(port), *options], user

    def _wait_until(self, name: str, condition: str) -> None:
        """Wait until a service has reached what another one, or the caller, needs of it."""
        service, process = self._services[name], self._processes[name]
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            if condition == "service_completed_successfully":
                reached = process.poll() == 0
            else:
                reached = condition == "service_started" or self._is_healthy(service)
            if reached:
                self.ready_seconds.setdefault(name, time.monotonic() - self._started_at[name])
                return
            time.sleep(0.5)
        raise ServiceFailedError(
            f"{name} was not healthy after {_START_SECONDS} s.\n{self.end_of_output(name)}"
        )

    def _is_healthy(self, service: Service) -> bool:
        """Run a service's own health check once."""
        if service.name in self.ready_seconds:
            return True
        command = [self.translation.text(service.name, word) for word in service.healthcheck]
        done = subprocess.run(
            command, env=self._environment(service), capture_output=True, check=False, timeout=_START_SECONDS
        )
        return done.returncode == 0


def _is_postgres(service: Service) -> bool:
    return service.image.startswith("postgres:")


def unprivileged_user() -> str | None:
    """Return whom Postgres must run as: itself refuses root. ``None`` means as the caller."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a process group that may be gone."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return


def _megabytes(session: int) -> int:
    """Add up the proportional set sizes of a session's processes."""
    kilobytes = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = status.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(after_name[3]) == session:
                kilobytes += _proportional_kilobytes(
                    (status.parent / "smaps_rollup").read_text().splitlines()
                )
        except (OSError, ValueError):
            continue
    return kilobytes // 1024


def _proportional_kilobytes(lines: Iterable[str]) -> int:
    """Read the ``Pss`` line of ``smaps_rollup``."""
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
