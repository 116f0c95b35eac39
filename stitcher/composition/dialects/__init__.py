"""Dialects: ways of writing ownership and keys into SDL, all read into one vocabulary.

A dialect recognises itself in a schema, takes its directives off the declarations, says in the
vocabulary of :mod:`stitcher.composition.model` what they meant, and removes its machinery. One schema
may use several; one that uses none is plain.
"""

from __future__ import annotations

from typing import Protocol

from stitcher.composition.dialects import composite, federation, stitching
from stitcher.composition.dialects.link import links_spec
from stitcher.composition.external_fields import unused_externals
from stitcher.composition.model import SubgraphSchema
from stitcher.errors import Problem

__all__ = ["DIALECTS", "Dialect", "needs_definitions", "read_dialects"]


class Dialect(Protocol):
    """What each module of this package offers."""

    def recognises(self, schema: SubgraphSchema) -> bool:
        """Return whether the schema is written in this dialect, at least in part."""
        ...

    def read(self, schema: SubgraphSchema, problems: list[Problem]) -> None:
        """Take the dialect's directives off the schema, and add what is wrong to ``problems``."""
        ...


DIALECTS: tuple[Dialect, ...] = (stitching, composite, federation)


def needs_definitions(schema: SubgraphSchema) -> bool:
    """Return whether all directives of a schema have to be known: linked, defined or its dialect's own."""
    return links_spec(schema, "federation") or stitching.recognises(schema) or composite.recognises(schema)


def read_dialects(schema: SubgraphSchema, problems: list[Problem]) -> None:
    """Read every dialect that the schema uses, and ``@inaccessible``, which counts in all of them."""
    for dialect in [dialect for dialect in DIALECTS if dialect.recognises(schema)]:
        dialect.read(schema, problems)
    for element in schema.elements():
        if element.directives and element.take("inaccessible"):
            element.inaccessible = True
    if schema.shares_everything:
        # In federation 1, an external field that nothing uses is as good as not there.
        for type_name, own in list(unused_externals(schema)):
            del schema.types[type_name].fields[own.name]
        schema.share_everything()
