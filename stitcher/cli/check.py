"""``stitcher check``: what changes for clients between two schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["check"]

CHANGE_COLOURS = {"breaking": "red", "dangerous": "yellow", "safe": "green"}


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
