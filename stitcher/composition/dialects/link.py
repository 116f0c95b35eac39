"""``@link``: which specs a schema uses, in which version, and what it calls their elements.

Source: Apollo's link spec v1.0, sections "Importing elements" and "Namespacing". An element that is not
imported goes by ``@namespace__name``, the spec's namesake by the namespace alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from graphql import print_ast

from stitcher.composition.model import Application, SubgraphSchema, application_of
from stitcher.errors import Place

__all__ = ["Link", "link_of", "linked", "links_spec", "read_links"]


@dataclass(frozen=True, slots=True)
class Link:
    """One linked spec. ``imports`` maps an element's own name (``@key``, ``FieldSet``) to the local one."""

    spec: str
    version: str
    namespace: str
    place: Place
    imports: Mapping[str, str] = field(default_factory=dict)

    def directive(self, name: str) -> str:
        """Return what the schema calls a directive of this spec, without the ``@``."""
        imported = self.imports.get(f"@{name}")
        if imported is not None:
            return imported.removeprefix("@")
        return self.namespace if name == self.spec else f"{self.namespace}__{name}"


def links_spec(schema: SubgraphSchema, spec: str) -> bool:
    """Return whether the schema links a spec of this name, in whatever version."""
    return any(f"/{spec}/" in print_ast(node) for node in schema.uses.get("link", ()))


def read_links(schema: SubgraphSchema) -> list[Link]:
    """Take ``@link`` and its ancestor ``@core`` off the schema definition."""
    return [link for taken in schema.schema.take("link", "core") if (link := link_of(taken)) is not None]


def linked(schema: SubgraphSchema) -> list[Link]:
    """Return the links of a schema from which they have been taken."""
    nodes = [*schema.uses.get("link", ()), *schema.uses.get("core", ())]
    return [link for node in nodes if (link := link_of(application_of(node))) is not None]


def link_of(application: Application) -> Link | None:
    """Return what one use of ``@link`` or ``@core`` says; None if it names no spec."""
    url = application.arguments.get("url", application.arguments.get("feature"))
    if not isinstance(url, str):
        return None
    *_, spec, version = ["", "", *urlsplit(url).path.strip("/").split("/")]
    imports: dict[str, str] = {}
    elements = application.arguments.get("import")
    for element in elements if isinstance(elements, list) else [elements]:
        if isinstance(element, dict):
            imports[str(element.get("name"))] = str(element.get("as", element.get("name")))
        elif element is not None:
            imports[str(element)] = str(element)
    namespace = str(application.arguments.get("as", spec))
    return Link(spec, version.removeprefix("v"), namespace, application.place, imports)
