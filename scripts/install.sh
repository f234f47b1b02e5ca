#!/bin/sh
# Make or bring up to date one virtual environment with this project, editable, for one version of Airflow.
#
#     scripts/install.sh DIRECTORY AIRFLOW_VERSION GROUP…
#
# Every version comes from constraints/airflow-<version>-python-<X.Y>.txt; GROUP is a dependency group of pyproject.toml.
# uv does the work; it is installed into the environment from the package index where it is missing.
set -eu

directory=$1
airflow=$2
shift 2
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

python=$(scripts/find_python.sh)
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
constraints="constraints/airflow-$airflow-python-$version.txt"
if [ ! -f "$constraints" ]; then
    say "Airflow $airflow is not supported on Python $version: there is no $constraints."
    say "There are: $(cd constraints && ls)"
    exit 1
fi

# An environment of another Python, or whose Python is gone, is made anew.
made_with=$("$directory/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)
if [ "$made_with" != "$version" ]; then
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "Python $version at $python cannot make virtual environments."
        say "Debian and Ubuntu: apt-get install python$version-venv (or python3-venv)."
        exit 1
    fi
    say "Making $directory with Python $version ($python)"
    rm -rf "$directory"
    "$python" -m venv "$directory"
fi

# uv does not read pip's configuration: pass on what it says about the index, for this run only. "pip config list",
# not "get", which does not see what comes from $PIP_CONFIG_FILE.
pip_configuration=$("$directory/bin/python" -m pip config list 2>/dev/null || "$python" -m pip config list 2>/dev/null || true)
pip_says() {
    printf '%s\n' "$pip_configuration" | sed -n -e "s/^global\.$1='\(.*\)'\$/\1/p" -e "s/^install\.$1='\(.*\)'\$/\1/p" | tail -n 1
}
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    index=${PIP_INDEX_URL:-$(pip_says index-url)}
    if [ -n "$index" ]; then
        export UV_DEFAULT_INDEX="$index"
    fi
fi
if [ -z "${SSL_CERT_FILE:-}" ]; then
    certificate=${PIP_CERT:-$(pip_says cert)}
    if [ -n "$certificate" ]; then
        export SSL_CERT_FILE="$certificate"
    fi
fi

uv="$directory/bin/uv"
if ! "$uv" --version >/dev/null 2>&1; then
    say "Installing uv into $directory"
    "$directory/bin/python" -m pip --version >/dev/null 2>&1 || "$directory/bin/python" -m ensurepip >/dev/null
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$constraints" uv
fi

groups=
for group in "$@"; do
    groups="$groups --group $group"
done
say "Installing airflow-lineage-provider with Airflow $airflow into $directory"
quiet=--quiet
if [ -t 2 ]; then
    quiet= # somebody is watching: show the progress
fi
# shellcheck disable=SC2086 # these are words
"$uv" pip install $quiet --python "$directory/bin/python" --constraint "$constraints" --build-constraint "$constraints" \
    --editable '.[local]' $groups
