"""A function's process: what it sees, how it ends and what it leaves."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_lineage_provider.local_aws.services.awslambda.runner import FunctionRunner, Invocation, Outcome

ROOT = Path(__file__).parents[4]


def make_zip(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return packed.getvalue()


def make_invocation(source: str, **overrides: Any) -> Invocation:
    members: dict[str, Any] = {
        "code": make_zip(index=source),
        "handler": "index.handler",
        "event": '{"greeting": "hello"}',
        "timeout": 30.0,
        "environment": {"COLOUR": "blue", "AWS_REGION": "eu-west-1"},
        "context": {"aws_request_id": "request-1", "function_name": "greeter"},
    }
    return Invocation(**{**members, **overrides})


def run(source: str, **overrides: Any) -> Outcome:
    return FunctionRunner().run(make_invocation(source, **overrides))


def answer(outcome: Outcome) -> Any:
    assert not outcome.failed, outcome.payload
    return json.loads(outcome.payload)


def error(outcome: Outcome) -> dict[str, Any]:
    assert outcome.failed
    described: dict[str, Any] = json.loads(outcome.payload)
    return described


class TestAnswer:
    """The handler's answer is the payload, whatever it prints."""

    def test_is_what_the_handler_returns_for_the_event(self) -> None:
        outcome = run("def handler(event, context):\n    return {'said': event['greeting'], 'ü': 'é'}")

        assert answer(outcome) == {"said": "hello", "ü": "é"}

    def test_is_not_disturbed_by_what_the_function_prints(self) -> None:
        source = (
            "import sys, logging\n"
            "def handler(event, context):\n"
            '    print(\'{"payload": "noise"}\')\n'
            "    sys.stderr.write('more noise\\n')\n"
            "    logging.getLogger().error('logged')\n"
            "    return 'quiet'\n"
        )

        outcome = run(source)

        assert answer(outcome) == "quiet"
        assert '{"payload": "noise"}' in outcome.log
        assert "more noise" in outcome.log
        assert "\trequest-1\tlogged" in outcome.log

    def test_has_a_context_as_on_lambda(self) -> None:
        source = (
            "def handler(event, context):\n"
            "    left = context.get_remaining_time_in_millis()\n"
            "    return [context.function_name, context.aws_request_id, left]\n"
        )

        name, request_id, left = answer(run(source, timeout=20.0))

        assert (name, request_id) == ("greeter", "request-1")
        assert 0 < left <= 20_000

    def test_uses_modules_of_the_package_and_of_layers(self) -> None:
        code = make_zip(
            index="import shared, tools.words\ndef handler(e, c):\n    return shared.A + tools.words.B",
            tools__words="B = 'b'",
        )
        layer = make_zip(python__shared="A = 'a'")

        assert answer(run("", code=code, layers=(layer,))) == "ab"


class TestEnvironment:
    """The process sees what it is given, and nothing of ours but PATH."""

    def test_holds_no_secret_of_the_parent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_PASSWORD", "swordfish")
        monkeypatch.setenv("AWS_PROFILE", "production")
        monkeypatch.setenv("PYTHONPATH", "/somewhere")

        seen = answer(run("import os\ndef handler(e, c):\n    return dict(os.environ)"))

        assert "swordfish" not in json.dumps(seen)
        assert {"DATABASE_PASSWORD", "AWS_PROFILE", "PYTHONPATH"}.isdisjoint(seen)
        assert seen["COLOUR"] == "blue"
        assert seen["AWS_REGION"] == "eu-west-1"
        assert seen["_HANDLER"] == "index.handler"
        assert seen["PATH"] == os.environ["PATH"]

    def test_has_a_home_and_a_working_folder_that_are_gone_afterwards(self) -> None:
        source = (
            "import os, pathlib, tempfile\n"
            "def handler(e, c):\n"
            "    pathlib.Path('left-behind').write_text('x')\n"
            "    return [os.getcwd(), os.path.expanduser('~'), tempfile.gettempdir()]\n"
        )

        folders = answer(run(source))

        assert not any(Path(folder).exists() for folder in folders)
        assert all("function-" in folder for folder in folders)


class TestErrors:
    """What goes wrong is described as Lambda describes it."""

    def test_of_the_handler_carry_type_text_and_trace(self) -> None:
        outcome = run("def handler(e, c):\n    raise KeyError('colour')")

        described = error(outcome)
        assert (described["errorType"], described["errorMessage"]) == ("KeyError", "'colour'")
        assert "in handler" in described["stackTrace"][0]
        assert "KeyError: 'colour'" in outcome.log

    @pytest.mark.parametrize(
        "source, handler, kind, text",
        [
            pytest.param("", "index.other", "Runtime.HandlerNotFound", "missing on module", id="no handler"),
            pytest.param("", "elsewhere.f", "Runtime.ImportModuleError", "Unable to import", id="no module"),
            pytest.param("import nowhere", "index.f", "Runtime.ImportModuleError", "nowhere", id="import"),
            pytest.param("def :", "index.f", "Runtime.UserCodeSyntaxError", "Syntax error", id="syntax"),
            pytest.param("", "handler", "Runtime.MalformedHandlerName", "Bad handler", id="bad name"),
            pytest.param(
                "def f(e, c):\n    return {1, 2}",
                "index.f",
                "Runtime.MarshalError",
                "not JSON serializable",
                id="answer is no JSON",
            ),
            pytest.param(
                "def f(e, c):\n    return 'x' * 7_000_000",
                "index.f",
                "Function.ResponseSizeTooLarge",
                "exceeded maximum",
                id="answer is too large",
            ),
            pytest.param(
                "import sys\ndef f(e, c):\n    sys.exit(3)",
                "index.f",
                "Runtime.ExitError",
                "exit status 3",
                id="process ends",
            ),
        ],
    )
    def test_of_the_runtime_have_its_names(self, source: str, handler: str, kind: str, text: str) -> None:
        described = error(run(source, handler=handler))

        assert described["errorType"] == kind
        assert text in described["errorMessage"]


class TestEnd:
    """A function does not outlive its time, a stop, or its own process."""

    def test_comes_with_the_time_limit(self) -> None:
        source = "import time\ndef handler(e, c):\n    print('started', flush=True)\n    time.sleep(600)"

        outcome = run(source, timeout=1.0)

        described = error(outcome)
        assert described["errorType"] == "Sandbox.Timedout"
        assert described["errorMessage"].endswith("Task timed out after 1.00 seconds")

    def test_comes_with_a_stop_from_outside(self) -> None:
        stop = threading.Event()
        stop.set()
        begun = time.monotonic()

        outcome = FunctionRunner().run(
            make_invocation("import time\ndef handler(e, c):\n    time.sleep(600)", timeout=300.0), stop=stop
        )

        assert "SIGKILL" in error(outcome)["errorMessage"]
        assert time.monotonic() - begun < 60

    def test_takes_what_the_function_started_with_it(self) -> None:
        source = (
            "import subprocess, sys\n"
            "def handler(e, c):\n"
            "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "    return child.pid\n"
        )

        pid = answer(run(source))

        _wait_for(lambda: not _runs(pid))

    def test_comes_with_the_end_of_the_process_that_started_it(self, tmp_path: Path) -> None:
        mark = tmp_path / "pid"
        source = (
            "import os, pathlib, time\n"
            "def handler(e, c):\n"
            f"    pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n"
            "    time.sleep(600)\n"
        )
        program = (
            "from tests.unit.local_aws.awslambda.test_runner import FunctionRunner, make_invocation\n"
            f"FunctionRunner().run(make_invocation({source!r}, timeout=300.0))"
        )
        parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
        _wait_for(lambda: mark.exists() and bool(mark.read_text()))

        parent.kill()
        parent.wait()

        _wait_for(lambda: not _runs(int(mark.read_text())))

    def test_of_all_functions_can_be_asked_for(self) -> None:
        runner = FunctionRunner()
        outcomes: list[Outcome] = []
        ready = threading.Event()

        def work() -> None:
            ready.set()
            outcomes.append(
                runner.run(make_invocation("import time\ndef handler(e, c):\n    time.sleep(600)"))
            )

        thread = threading.Thread(target=work)
        thread.start()
        ready.wait()
        while thread.is_alive():
            runner.kill_all()
            thread.join(timeout=0.1)

        assert outcomes[0].failed


def _wait_for(reached: Callable[[], bool]) -> None:
    """Wait until something is so, half a minute at most."""
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
