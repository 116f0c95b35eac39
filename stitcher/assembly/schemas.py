"""Where the settings say that the schema comes from, and that services are served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from stitcher.composition.sources import Source, unused_addresses, url_variable
from stitcher.discovery.remote import LiveService, Registry
from stitcher.discovery.schema_source import SchemaSource
from stitcher.errors import did_you_mean
from stitcher.settings.load import Settings, read_environment
from stitcher.settings.values import split

__all__ = ["addresses", "schema_source", "unused"]


def schema_source(settings: Settings) -> SchemaSource:
    """Return what the schema is read from."""
    known = addresses(settings)
    services = [
        LiveService(
            name,
            split(known.get(url_variable(name), "")),
            own.schema_from == "introspection",
            {
                rule.set: rule.value or ""
                for rule in (*settings.request_headers, *own.request_headers)
                if rule.set
            },
        )
        for name, own in settings.services.items()
        if own.schema_from != "file"
    ]
    return SchemaSource(settings.sdl_directory, _supergraph(settings), services)


def addresses(settings: Settings) -> Mapping[str, str]:
    """Return the variables that say where services are served: the environment's, and the file's beneath."""
    tables = {url_variable(name): ",".join(own.url) for name, own in settings.services.items() if own.url}
    return {**tables, **read_environment()}


def unused(settings: Settings, sources: Sequence[Source], known: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence about each service that settings name and no SDL is for."""
    yield from unused_addresses(sources, known)
    names = {source.name for source in sources}
    for name in sorted(settings.services.keys() - names):
        yield f"There is a table [services.{name}], but no SDL is named so.{did_you_mean(name, names, 0.6)}"
    for rule in settings.response_headers:
        for name in sorted(set(rule.services) - names):
            likely = did_you_mean(name, names, 0.6)
            yield f"A rule of response_headers is for {name}, but no SDL is named so.{likely}"


def _supergraph(settings: Settings) -> Path | Registry | None:
    if not isinstance(settings.supergraph, str):
        return settings.supergraph
    header = settings.supergraph_header.get_secret_value() if settings.supergraph_header else ""
    name, colon, value = header.partition(": ")
    given = {name: value} if colon else {"Authorization": header} if header else {}
    return Registry(settings.supergraph, given)
