"""``python -m airflow_lineage_provider.local_aws``: serve the stack until it is stopped."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from dataclasses import asdict

from airflow_lineage_provider.local_aws.banner import banner
from airflow_lineage_provider.local_aws.runtime import RUNTIME
from airflow_lineage_provider.local_aws.seed import SEEDS

__all__ = ["main"]

ACCOUNT_ID = "123456789012"


def main(arguments: list[str] | None = None) -> int:
    """
    Serve until SIGINT or SIGTERM.

    :param arguments: Command line without the program's name; ``None`` takes the process's.
    :return: Exit code: 0 after a signal, 2 if the port is taken.

    Standard output carries one line, ``ready endpoint=… …``, when the stack serves; what a person wants to
    know goes to standard error.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    from airflow_lineage_provider.local_aws.server import Server

    try:
        server = Server(options.host, options.port, allow_lambda=options.allow_lambda)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    RUNTIME.begin_with(enforce=options.enforce)
    with server:
        facts: dict[str, object] = {"endpoint": server.endpoint_url}
        if options.seed:
            facts |= asdict(SEEDS[options.seed](server.endpoint_url))
        sys.stdout.write("ready " + " ".join(f"{name}={value}" for name, value in facts.items()) + "\n")
        sys.stdout.flush()
        if not options.quiet:
            sys.stderr.write(_banner(server.endpoint_url, options))
            sys.stderr.flush()
        stop.wait()
    return 0


def _banner(endpoint_url: str, options: argparse.Namespace) -> str:
    return banner(
        endpoint_url,
        account=ACCOUNT_ID,
        enforce=options.enforce,
        allow_lambda=options.allow_lambda,
        seeded=options.seed is not None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m airflow_lineage_provider.local_aws",
        description="Serve a local AWS for Glue crawlers and SageMaker Catalog lineage.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=5050, help="port, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--allow-lambda",
        action="store_true",
        help="run Lambda functions, those of templates included, on this machine",
    )
    parser.add_argument(
        "--enforce", action="store_true", help="evaluate IAM policies and Lake Formation grants"
    )
    parser.add_argument("--quiet", action="store_true", help="print the ready line only")
    parser.add_argument("--seed", choices=sorted(SEEDS), help="make an example estate before serving")
    return parser


if __name__ == "__main__":
    sys.exit(main())
