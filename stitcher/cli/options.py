"""Options that several commands have, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stitcher.composition.sources import Source
    from stitcher.errors import Problem

__all__ = ["Schemas", "SupergraphFile", "read_schemas"]

Schemas = Annotated[
    Path | None,
    typer.Option("--schemas", metavar="DIR", help="The directory of SDL files; else $SCHEMAS, or schemas."),
]
SupergraphFile = Annotated[
    str | None,
    typer.Option(
        "--supergraph",
        metavar="FILE",
        help="A supergraph that another tool has composed, a file or a registry's address; else $SUPERGRAPH. "
        "SDL files are added to it if --schemas or $SCHEMAS is given.",
    ),
]


def read_schemas(schemas: Path | None, supergraph: str | None) -> tuple[list[Source], list[Problem]]:
    """Return the SDLs that the options or the settings name, and what is wrong with reading them."""
    from stitcher.assembly.schemas import schema_source
    from stitcher.discovery.copies import Copies
    from stitcher.settings.load import load_settings

    settings = load_settings(schemas=schemas, supergraph=supergraph)
    found = schema_source(settings).read(Copies(settings.schema_copies))
    return found.sources, found.problems
