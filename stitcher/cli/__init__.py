"""The command line: serve, compose, plan, check.

Modules are imported by the command that needs them, so that each starts as fast as it can.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from stitcher.errors import CompositionError, Problem, StitcherError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import GraphQLError

    from stitcher.composition.sources import Source

__all__ = ["app", "main"]

SHUTDOWN_TIMEOUT = 15
"""Seconds that requests in flight have when the gateway is told to end."""

HTTP = "stitcher.server.http.protocol:HttpProtocol"
"""What parses requests where httptools can be had; h11, which takes more time, has its rules of its own."""

CHANGE_COLOURS = {"breaking": "red", "dangerous": "yellow", "safe": "green"}

app = typer.Typer(
    help="A schema-stitching GraphQL gateway: several microservices behind one endpoint.",
    epilog="Every option of `serve` is a setting too: an environment variable, or a line in .env.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Schemas = Annotated[
    Path | None,
    typer.Option("--schemas", metavar="DIR", help="The directory of SDL files; else $SCHEMAS, or schemas."),
]
SupergraphFile = Annotated[
    Path | None,
    typer.Option(
        "--supergraph",
        metavar="FILE",
        help="A supergraph file that another tool has composed; else $SUPERGRAPH. SDL files are added to it "
        "if --schemas or $SCHEMAS is given.",
    ),
]


def main() -> None:
    """Run the command line; what is wrong goes to stderr, with exit code 1."""
    try:
        app()
    except StitcherError as error:
        _report(error)
        sys.exit(1)


@app.command()
def serve(
    schemas: Schemas = None,
    supergraph: SupergraphFile = None,
    resolvers: Annotated[
        str | None,
        typer.Option(
            metavar="PACKAGE",
            help="The gateway's own resolvers; else $RESOLVERS, or resolvers, if it exists.",
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Where to listen; else $HOST, or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Where to listen; else $PORT, or 3000.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes answer, one a core; else $WORKERS, or 1.")
    ] = None,
) -> None:
    """Serve the merged schema at /graphql.

    Each DIR/<name>.graphql is a microservice; $<NAME>_MICROSERVICE_URL says where it is served. A supergraph
    file has URLs itself; the environment's come first.
    """
    import uvicorn

    from stitcher.server.process import make_app
    from stitcher.settings import load_settings

    options = {
        "SCHEMAS": schemas,
        "SUPERGRAPH": supergraph,
        "RESOLVERS": resolvers,
        "HOST": host,
        "PORT": port,
        "WORKERS": workers,
    }
    os.environ.update({name: str(value) for name, value in options.items() if value is not None})
    settings = load_settings()
    if settings.workers > 1 and settings.redis_url is None:
        message = (
            "Without REDIS_URL each process counts requests for itself, and knows only its own sessions."
        )
        typer.secho(message, fg="yellow", err=True)
    app = make_app()  # here too where others serve: what is wrong is said once, before any of them starts
    uvicorn.run(
        app if settings.workers == 1 else "stitcher.server.process:make_app",
        factory=settings.workers > 1,
        workers=settings.workers,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=HTTP if find_spec("httptools") else "h11",
        ws="none",
        timeout_keep_alive=settings.keep_alive_timeout,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
    )


@app.command("compose")
def print_merged(
    schemas: Schemas = None,
    supergraph: SupergraphFile = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="List what merges and may surprise, on stderr.")
    ] = False,
) -> None:
    """Print the merged schema as clients see it.

    Needs no address of a microservice. What doesn't merge is listed on stderr, with exit code 1.
    """
    from stitcher.composition.compose import compose, compose_with_hints, print_supergraph

    inputs = _read(schemas, supergraph)
    if not hints:
        typer.echo(print_supergraph(compose(*inputs)))
        return
    composed = compose_with_hints(*inputs)
    _report_all(composed.hints, "hint", "yellow")
    typer.echo(print_supergraph(composed.supergraph))


@app.command()
def plan(
    operation: Annotated[
        typer.FileText,
        typer.Argument(
            metavar="OPERATION.graphql",
            help="A file with an operation, or - for stdin.",
            encoding="utf-8",
            errors="replace",  # what is no text is then a syntax error, at its place
        ),
    ],
    schemas: Schemas = None,
    supergraph: SupergraphFile = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Which operation, where the file has several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Print how an operation is answered: which microservice is asked for what, and after what.

    A labelled override that makes a difference is shown off and on. Needs no address of a microservice.
    """
    import json

    from graphql import GraphQLError, parse, validate

    from stitcher.composition.compose import compose
    from stitcher.planning.planner import plan_rollouts

    composed = compose(*_read(schemas, supergraph))
    try:
        document = parse(operation.read())
    except GraphQLError as error:
        _refuse([error])
    if errors := validate(composed.schema, document):
        _refuse(errors)
    plain, with_label = plan_rollouts(composed, document, name)
    if as_json:
        rollouts = {label: found.to_json() for label, found in with_label.items()}
        shown = {**plain.to_json(), "rollouts": rollouts} if rollouts else plain.to_json()
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif with_label:
        typer.echo(f"without a label\n{plain}")
        for label, found in with_label.items():
            typer.echo(f"\nwith the label {label}\n{found}")
    else:
        typer.echo(str(plain))


@app.command()
def check(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A directory of SDL files, or one file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same, as it is to be.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
) -> None:
    """Print what changes for clients from one schema to another; exit with 1 if anything breaks them.

    A directory is composed first. A file may be an SDL, such as `stitcher compose` prints, or a supergraph.
    """
    import json

    from stitcher.composition.changes import find_changes
    from stitcher.composition.compose import compose
    from stitcher.composition.inputs import read_path

    before, after = (compose(*read_path(path)) for path in (old, new))
    changes = find_changes(before, after)
    if as_json:
        typer.echo(json.dumps(changes.to_json(), indent=2, ensure_ascii=False))
    else:
        for kind, found in changes.by_kind().items():
            for change in found:
                typer.secho(f"{kind} {change.code}", fg=CHANGE_COLOURS[kind], bold=True)
                typer.echo(f"  {change.message}")
        counts = [f"{len(found)} {kind}" for kind, found in changes.by_kind().items() if found]
        typer.secho(f"{', '.join(counts)}." if counts else "No changes.", bold=True)
    if changes.breaking:
        raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def _common(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if show_version:
        try:
            typer.echo(f"stitcher {version('stitcher')}")
        except PackageNotFoundError:
            typer.echo("stitcher, not installed")
        raise typer.Exit


def _read(schemas: Path | None, supergraph: Path | None) -> tuple[list[Source], list[Problem]]:
    from stitcher.composition.inputs import read_inputs
    from stitcher.settings import load_settings

    settings = load_settings(schemas=schemas, supergraph=supergraph)
    return read_inputs(settings.sdl_directory, settings.supergraph)


def _refuse(errors: list[GraphQLError]) -> NoReturn:
    for error in errors:
        typer.secho(str(error), fg="red", err=True)
    raise typer.Exit(1)


def _report(error: StitcherError) -> None:
    if not isinstance(error, CompositionError):
        typer.secho(str(error), fg="red", err=True)
        return
    _report_all(error.problems, "problem", "red")


def _report_all(problems: Sequence[Problem], noun: str, colour: str) -> None:
    for problem in problems:
        head, *rest = str(problem).splitlines()
        typer.secho(head, fg=colour, bold=True, err=True)
        typer.echo("\n".join([*rest, ""]), err=True)
    count = len(problems)
    typer.secho(f"{count} {noun}." if count == 1 else f"{count} {noun}s.", bold=True, err=True)
