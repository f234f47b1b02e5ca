"""What a DAG author sees of every operator, sensor and example in the Airflow UI."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowSkipException, BaseOperator, BaseSensorOperator

from airflow_lineage_provider.get_provider_info import get_provider_info

DAGS = sorted((Path(__file__).resolve().parents[2] / "dags").glob("*.py"))
NAMES_SOMETHING = re.compile(
    r"(_identifiers?|_name|_url|_path|_conn_id)$|^(name|region_name|verify|data_as_of|databases?|tables)$"
)


def exported() -> list[type[BaseOperator]]:
    """Return the operators and sensors that DAG authors import."""
    info: Any = get_provider_info()
    modules = [
        importlib.import_module(name)
        for kind in ("operators", "sensors")
        for entry in info[kind]
        for name in entry["python-modules"]
    ]
    found = {getattr(module, name) for module in modules for name in module.__all__}
    return sorted(
        (each for each in found if isinstance(each, type) and issubclass(each, BaseOperator)),
        key=lambda each: each.__name__,
    )


def arguments_of(cls: type[BaseOperator]) -> set[str]:
    """Return the arguments of a class and its bases, as far as they are ours."""
    return {
        name
        for base in cls.__mro__
        if base.__module__.startswith("airflow_lineage_provider.")
        for name, parameter in inspect.signature(base).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


EACH = pytest.mark.parametrize("cls", exported(), ids=lambda cls: cls.__name__)


@EACH
def test_has_a_light_colour_of_its_own_under_black_letters(cls: type[BaseOperator]) -> None:
    red, green, blue = (int(cls.ui_color[start : start + 2], 16) for start in (1, 3, 5))

    assert cls.ui_color not in {BaseOperator.ui_color, BaseSensorOperator.ui_color}
    assert 0.299 * red + 0.587 * green + 0.114 * blue > 186


@EACH
def test_templates_every_argument_that_names_something(cls: type[BaseOperator]) -> None:
    arguments = arguments_of(cls)

    assert set(cls.template_fields) <= arguments
    assert {name for name in arguments if NAMES_SOMETHING.search(name)} <= set(cls.template_fields)
    assert list(cls.template_fields) == sorted(cls.template_fields)


@EACH
def test_has_links_that_airflow_knows(cls: type[BaseOperator]) -> None:
    info: Any = get_provider_info()
    links = {f"{type(link).__module__}.{type(link).__name__}" for link in cls.operator_extra_links}

    assert links <= set(info["extra-links"])
    assert links or not re.search(r"Crawl|DataSourceRun", cls.__name__)


@pytest.mark.parametrize("file", DAGS, ids=lambda file: file.stem)
def test_every_example_says_what_it_shows_and_what_it_needs(file: Path) -> None:
    spec = importlib.util.spec_from_file_location(f"appearance_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except AirflowSkipException:
        pytest.skip("needs another version of Airflow")

    dags = [each for each in vars(module).values() if isinstance(each, DAG)]
    assert dags
    for dag in dags:
        assert "**What it shows.**" in (dag.doc_md or "")
        assert "**What it needs.**" in (dag.doc_md or "")
