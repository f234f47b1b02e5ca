"""Every error survives the way between Airflow's processes and says what to do."""

from __future__ import annotations

import inspect
import pickle

import pytest

from airflow_lineage_provider import exceptions
from airflow_lineage_provider.exceptions import AwsCallError, ExpectationViolatedError, LineageError

_CLASSES = [
    value
    for name, value in sorted(vars(exceptions).items())
    if inspect.isclass(value) and issubclass(value, LineageError) and name in exceptions.__all__
]
_VALUES = {
    "violations": [
        {
            "expectation": "crawled_by",
            "subject": "db.t",
            "expected": "crawl a",
            "actual": "crawl b",
            "reason": "WRONG_CRAWL",
            "advice": "Crawl again.",
        }
    ],
    "changes": ["column a removed"],
    "differences": ["publishOnImport is True, asked for is False"],
    "event_ids": ["a1b2c3d4e5f6g7"],
    "problems": ["db.t: no access"],
    "waited_seconds": 12.0,
}


def _make(error: type[LineageError]) -> LineageError:
    parameters = inspect.signature(error).parameters.values()
    facts = {
        parameter.name: _VALUES.get(parameter.name, f"<{parameter.name}>")
        for parameter in parameters
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }
    return error(**facts)


@pytest.mark.parametrize("error", _CLASSES, ids=lambda error: str(error.__name__))
class TestEveryError:
    """What holds for all errors of the package."""

    def test_survives_pickling(self, error: type[LineageError]) -> None:
        made = _make(error)

        again = pickle.loads(pickle.dumps(made))

        assert type(again) is error
        assert (again, str(again)) == (made, str(made))

    def test_is_exported(self, error: type[LineageError]) -> None:
        assert error.__name__ in exceptions.__all__

    def test_stands_in_the_picture(self, error: type[LineageError]) -> None:
        assert error.__name__ in (exceptions.__doc__ or "")


@pytest.mark.parametrize(
    "error",
    [cls for cls in _CLASSES if "__init__" in vars(cls) and cls is not LineageError],
    ids=lambda error: str(error.__name__),
)
def test_the_sentence_names_every_text_fact(error: type[LineageError]) -> None:
    text = str(_make(error))

    assert text.endswith((".", ">", "Log: <log_url>")), text
    facts = [name for name in inspect.signature(error).parameters if name not in _VALUES]
    named = [name for name in facts if f"<{name}>" in text]
    assert len(named) >= min(2, len(facts)), text


def test_a_call_error_names_the_call_the_thing_and_the_code() -> None:
    error = AwsCallError(
        service="glue", operation="StartCrawler", code="X", message="Because.", subject="crawler 'c'"
    )

    assert str(error).startswith("glue:StartCrawler for crawler 'c' failed with X: Because.")


def test_a_violation_is_listed_with_reason_and_advice() -> None:
    text = str(ExpectationViolatedError(violations=_VALUES["violations"]))  # type: ignore[arg-type]

    assert "[WRONG_CRAWL] db.t: expected crawl a, found crawl b. Crawl again." in text
