"""``stitcher doctor``: what is in the way of a gateway with these settings."""

from __future__ import annotations

from typing import Annotated

import typer

from stitcher.cli.options import Schemas, SupergraphFile

__all__ = ["doctor"]

MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red")}


def doctor(
    schemas: Schemas = None,
    supergraph: SupergraphFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Ask everything once that the gateway would ask: services, Redis, the issuer's keys, clocks.

    Each service's live schema is compared with its SDL. Exits with 1 if something is in the way.
    """
    import asyncio
    import json

    from stitcher.assembly.diagnosis import diagnose
    from stitcher.server.ops.log import configure_logging
    from stitcher.settings.load import load_settings

    configure_logging("pretty", "error")  # what is found is told once, below
    findings = asyncio.run(diagnose(load_settings(schemas=schemas, supergraph=supergraph)))
    if as_json:
        typer.echo(json.dumps([found._asdict() for found in findings], indent=2, ensure_ascii=False))
    else:
        width = max(len(found.subject) for found in findings)
        for found in findings:
            mark, colour = MARKS[found.state]
            typer.secho(f"{mark} {found.subject:{width}}  ", fg=colour, nl=False)
            typer.echo(found.told)
            if found.advice and found.state != "ok":
                typer.echo(f"  {'':{width}}  → {found.advice}")
    if any(found.state == "problem" for found in findings):
        raise typer.Exit(1)
