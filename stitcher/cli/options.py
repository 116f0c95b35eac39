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
    Path | None,
    typer.Option(
        "--supergraph",
        metavar="FILE",
        help="A supergraph file that another tool has composed; else $SUPERGRAPH. SDL files are added to it "
        "if --schemas or $SCHEMAS is given.",
    ),
]


def read_schemas(schemas: Path | None, supergraph: Path | None) -> tuple[list[Source], list[Problem]]:
    """Return the SDLs that the options or the settings name, and what is wrong with the files."""
    from stitcher.composition.inputs import read_inputs
    from stitcher.settings.load import load_settings

    settings = load_settings(schemas=schemas, supergraph=supergraph)
    return read_inputs(settings.sdl_directory, settings.supergraph)
