"""
``airflow-lineage``: the command line of the provider.

Every subcommand imports what it needs when it runs, so ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from airflow_lineage_provider import __version__
from airflow_lineage_provider.exceptions import LineageError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one subcommand.

    :param arguments: Command line without the program's name; ``None`` takes the process's.
    :return: Exit code: 0 on success, 1 if something was found wrong, 2 for unusable input.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except LineageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="airflow-lineage", description="Prove that what the catalog shows came from the data you wrote."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_local_aws(commands)
    _add_snapshot_commands(commands)
    return parser


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser(
        "demo", help="run the whole story here: local AWS, Airflow, the example DAG, verified lineage"
    )
    demo.add_argument("--once", action="store_true", help="end after the run; exit code 0 only if verified")
    demo.add_argument(
        "--port",
        type=int,
        default=8080,
        help="port of Airflow's UI; a free one if taken (default: %(default)s)",
    )
    demo.add_argument(
        "--local-aws-port",
        type=int,
        default=5050,
        help="port of the local AWS stack; a free one if taken (default: %(default)s)",
    )
    demo.add_argument("--dags-folder", help="folder with the example DAGs (default: that of the checkout)")
    demo.add_argument(
        "--timeout", type=float, default=600.0, help="seconds the DAG run may take (default: %(default)s)"
    )
    demo.set_defaults(run=_run_demo)


def _run_demo(options: argparse.Namespace) -> int:
    from airflow_lineage_provider.cli.demo import run_demo

    return run_demo(
        once=options.once,
        port=options.port,
        local_aws_port=options.local_aws_port,
        dags_folder=options.dags_folder,
        timeout_seconds=options.timeout,
    )


def _add_local_aws(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    local_aws = commands.add_parser(
        "local-aws",
        help="serve the local AWS stack (arguments as python -m airflow_lineage_provider.local_aws)",
        add_help=False,
    )
    local_aws.add_argument("rest", nargs=argparse.REMAINDER)
    local_aws.set_defaults(run=_run_local_aws)


def _run_local_aws(options: argparse.Namespace) -> int:
    """Become the stack's process: signals then reach it directly."""
    import os

    command = [sys.executable, "-m", "airflow_lineage_provider.local_aws", *options.rest]
    os.execv(sys.executable, command)  # noqa: S606 - our own module, no shell


def _add_snapshot_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    show = commands.add_parser("show", help="print the lineage of a snapshot as a tree")
    show.add_argument("snapshot", help="snapshot file written by LineageExtractOperator")
    show.add_argument("--table", action="append", help="only this table (db.table or identifier); repeatable")
    show.set_defaults(run=_run_show)
    diff = commands.add_parser("diff", help="compare two snapshots; exit code 1 if they differ")
    diff.add_argument("before", help="the earlier snapshot file")
    diff.add_argument("after", help="the later snapshot file")
    diff.add_argument("--json", action="store_true", help="print the changes as JSON")
    diff.set_defaults(run=_run_diff)
    verify = commands.add_parser(
        "verify", help="check expectations against a snapshot; exit code 1 if broken"
    )
    verify.add_argument("snapshot", help="snapshot file written by LineageExtractOperator")
    verify.add_argument("expectations", help="JSON or YAML file with a list of expectations")
    verify.set_defaults(run=_run_verify)


def _run_show(options: argparse.Namespace) -> int:
    from airflow_lineage_provider.cli.snapshots import show

    return show(options.snapshot, options.table)


def _run_diff(options: argparse.Namespace) -> int:
    from airflow_lineage_provider.cli.snapshots import compare

    return compare(options.before, options.after, as_json=options.json)


def _run_verify(options: argparse.Namespace) -> int:
    from airflow_lineage_provider.cli.snapshots import verify

    return verify(options.snapshot, options.expectations)
