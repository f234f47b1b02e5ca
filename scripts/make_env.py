"""
Write ``.env`` with fresh secrets for docker-compose.yaml, unless the file is there already.

Standard library only: it runs before any environment exists.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TEMPLATE = """\
# Secrets of the local Airflow in docker-compose.yaml, made by "make env". Do not commit, do not reuse.
AIRFLOW_FERNET_KEY={fernet_key}
AIRFLOW_JWT_SECRET={jwt_secret}
AIRFLOW_SECRET_KEY={secret_key}
AIRFLOW_ADMIN_PASSWORD={admin_password}
POSTGRES_PASSWORD={postgres_password}
REDIS_PASSWORD={redis_password}
"""


def make_env() -> str:
    """Return the text of an ``.env`` file with secrets that were never used before."""
    return TEMPLATE.format(
        fernet_key=base64.urlsafe_b64encode(os.urandom(32)).decode(),
        jwt_secret=secrets.token_urlsafe(48),
        secret_key=secrets.token_urlsafe(48),
        admin_password=secrets.token_urlsafe(12),
        # These two stand in addresses and on a command line: no character may mean anything there.
        postgres_password=secrets.token_hex(24),
        redis_password=secrets.token_hex(24),
    )


def main(path: Path = ROOT / ".env") -> int:
    """Write the file, readable by its owner only; leave one that exists alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{path.name} is there already and was left alone; remove it first to get new secrets.")
        return 0
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(make_env())
    print(f"Wrote {path.name}. Airflow's user is admin; the password is AIRFLOW_ADMIN_PASSWORD in it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
