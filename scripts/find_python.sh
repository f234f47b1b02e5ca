#!/bin/sh
# Print the path of a Python that this project runs on: 3.11, 3.12 or 3.13.
#
# $PYTHON decides if it is set. Else plain python3 if it is in range, else the first of python3.13, python3.12 and
# python3.11 that starts: the shims of pyenv and similar tools are on the PATH even where they do not start.
set -eu

in_range() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

path_of() {
    "$1" -c 'import sys; print(sys.executable)'
}

if [ -n "${PYTHON:-}" ]; then
    if in_range "$PYTHON"; then
        path_of "$PYTHON"
        exit 0
    fi
    echo "PYTHON=$PYTHON does not start or is not Python 3.11, 3.12 or 3.13." >&2
    exit 1
fi
for candidate in python3 python3.13 python3.12 python3.11; do
    if in_range "$candidate"; then
        path_of "$candidate"
        exit 0
    fi
done
cat >&2 <<'MESSAGE'
No Python 3.11, 3.12 or 3.13 was found (tried python3, python3.13, python3.12, python3.11).
Install one (Debian and Ubuntu: apt-get install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3.12
MESSAGE
exit 1
