"""``stitcher serve``: the gateway, in one process or several."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from stitcher.cli.options import Schemas, SupergraphFile

__all__ = ["serve"]


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
        int | None, typer.Option(help="How many processes answer, one per core; else $WORKERS, or 1.")
    ] = None,
) -> None:
    """Serve the merged schema at /graphql.

    Each DIR/<name>.graphql is a microservice; $<NAME>_MICROSERVICE_URL says where it is served. A supergraph
    file has URLs itself; the environment's come first.
    """
    from stitcher.server.process import make_app
    from stitcher.server.serving import serve as serve_app
    from stitcher.server.serving import share_metrics
    from stitcher.settings.load import load_settings

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
    if settings.workers > 1 and (settings.metrics or settings.metrics_port):
        share_metrics()
    app = make_app()  # here too where others serve: what is wrong is said once, before any of them starts
    serve_app(settings, app)
