#!/bin/sh
# Resolve the dependencies again, one constraints file per supported pair of Airflow and Python.
#
#     scripts/compile_constraints.sh [--upgrade] [other options of "uv pip compile"]
#
# Without --upgrade the versions already written stay unless they no longer fit. A pair is added or retired here by
# adding or removing its line. The files hold names and versions, never an address.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}

while read -r airflow python; do
    echo "Airflow $airflow, Python $python" >&2
    echo "apache-airflow==$airflow" |
        "$uv" pip compile pyproject.toml --quiet --extra local --group dev --constraint - --python-version "$python" \
            --no-header --no-annotate --no-emit-index-url --output-file "constraints/airflow-$airflow-python-$python.txt" \
            "$@" >/dev/null
done <<'PAIRS'
3.3.2 3.11
3.3.2 3.12
3.3.2 3.13
2.11.2 3.11
2.11.2 3.12
PAIRS
