"""The command ``stitcher``: its commands, and how a failure is told.

What a command needs is imported when it runs, so that each starts as fast as it can.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from stitcher.cli.check import check
from stitcher.cli.compose import compose
from stitcher.cli.config import config
from stitcher.cli.doctor import doctor
from stitcher.cli.plan import plan
from stitcher.cli.purge import purge
from stitcher.cli.reporting import report
from stitcher.cli.serve import serve
from stitcher.errors import StitcherError

__all__ = ["app", "main"]

DISTRIBUTION = "stitcher-gateway"
"""What the package is called where it is installed from."""

app = typer.Typer(
    help="A schema-stitching GraphQL gateway: several microservices behind one endpoint.",
    epilog="Options of `serve` are settings too: environment variables, or lines in .env or gateway.toml.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for command in (serve, compose, plan, check, doctor, config, purge):
    app.command()(command)


def main() -> None:
    """Run the command line; what is wrong goes to stderr, with exit code 1."""
    try:
        app()
    except StitcherError as error:
        report(error)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _common(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if show_version:
        try:
            typer.echo(f"stitcher {version(DISTRIBUTION)}")
        except PackageNotFoundError:
            typer.echo("stitcher, not installed")
        raise typer.Exit
