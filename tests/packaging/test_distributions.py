"""The sdist and the wheel made from it hold what they must, and nothing else."""

from __future__ import annotations

import email
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

import airflow_lineage_provider

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "airflow_lineage_provider"
VERSION = airflow_lineage_provider.__version__

pytestmark = pytest.mark.xdist_group("distributions")


def build(target: str, *, source: Path, into: Path) -> Path:
    """Build one archive with the installed hatchling, without network."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    return next(into.iterdir())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", source=ROOT, into=tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    path = build("wheel", source=next(unpacked.iterdir()), into=tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return email.message_from_bytes(wheel.read(f"{PACKAGE}-{VERSION}.dist-info/METADATA"))


class TestWheel:
    def test_holds_every_file_of_the_package(self, wheel: zipfile.ZipFile) -> None:
        here = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / PACKAGE).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

        packed = {name for name in wheel.namelist() if name.startswith(f"{PACKAGE}/")}

        assert packed == here

    def test_holds_nothing_beside_the_package(self, wheel: zipfile.ZipFile) -> None:
        folders = {name.split("/")[0] for name in wheel.namelist()}

        assert folders == {PACKAGE, f"{PACKAGE}-{VERSION}.dist-info"}

    def test_says_that_it_is_typed(self, wheel: zipfile.ZipFile) -> None:
        assert f"{PACKAGE}/py.typed" in wheel.namelist()

    @pytest.mark.parametrize("name", ["LICENSE", "NOTICE"])
    def test_carries_the_licence(self, wheel: zipfile.ZipFile, name: str) -> None:
        packed = wheel.read(f"{PACKAGE}-{VERSION}.dist-info/licenses/{name}")

        assert packed == (ROOT / name).read_bytes()
        assert b"Apache License" in packed

    def test_says_under_which_licence_it_comes(self, metadata: Message) -> None:
        assert metadata["License-Expression"] == "Apache-2.0"

    def test_asks_for_moto_only_in_the_extra_local(self, metadata: Message) -> None:
        asked = [text for text in metadata.get_all("Requires-Dist", []) if text.startswith("moto")]

        assert len(asked) == 1
        assert asked[0].endswith("extra == 'local'")

    def test_describes_itself_with_the_readme(self, metadata: Message) -> None:
        assert metadata.get_payload(decode=True) == (ROOT / "README.md").read_bytes()


class TestSdist:
    def test_holds_what_the_tests_and_the_documentation_need(self, sdist: Path) -> None:
        with tarfile.open(sdist) as archive:
            folders = {name.split("/")[1] for name in archive.getnames() if "/" in name}

        assert {
            PACKAGE,
            "benchmarks",
            "constraints",
            "dags",
            "docs",
            "scripts",
            "tests",
            "Makefile",
            "LICENSE",
        } <= folders

    def test_holds_nothing_that_was_made_here(self, sdist: Path) -> None:
        with tarfile.open(sdist) as archive:
            names = archive.getnames()

        assert not [
            name for name in names if "__pycache__" in name or "/.venv" in name or name.endswith("/.env")
        ]
