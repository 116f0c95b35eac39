"""``stitcher purge``: end what a gateway keeps of answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from stitcher.errors import StitcherError

__all__ = ["PurgeError", "purge"]


class PurgeError(StitcherError):
    """The gateway can't be asked, or refuses."""


def purge(
    entities: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TYPE:KEY]...",
            help='Entities: Thing:42, or Thing:{"country":"CH","number":"4"} where a key has several fields.',
        ),
    ] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="What has a tag.")] = None,
    types: Annotated[list[str] | None, typer.Option("--type", help="What has objects of a type.")] = None,
    subgraphs: Annotated[
        list[str] | None, typer.Option("--subgraph", help="All that a service answered.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="The gateway's address; else that of $HOST and $PORT.")
    ] = None,
) -> None:
    """End what the gateway keeps of answers: with REDIS_URL, at once and for all gateways.

    $CACHE_PURGE_SECRET has to be the gateway's.
    """
    from stitcher.settings.load import load_settings

    settings = load_settings()
    items: list[dict[str, Any]] = [_entity(written) for written in entities or ()]
    items += [{"kind": "cache_tag", "cache_tag": tag} for tag in tags or ()]
    items += [{"kind": "type", "type": name} for name in types or ()]
    items += [{"kind": "subgraph", "subgraph": name} for name in subgraphs or ()]
    if not items:
        raise PurgeError("Say what to purge: Thing:42, --tag, --type or --subgraph.")
    if settings.cache_purge_secret is None:
        raise PurgeError("CACHE_PURGE_SECRET isn't set. Set it to what the gateway has.")
    address = url or f"http://{settings.host}:{settings.port}"
    _send(address.rstrip("/"), items, settings.cache_purge_secret.get_secret_value())
    typer.echo(f"purged at {address}: {len(items)}")


def _entity(written: str) -> dict[str, Any]:
    """Return what ends an entity."""
    import json

    type_name, colon, key = written.partition(":")
    if not (colon and type_name and key):
        raise PurgeError(f"{written!r} is no entity; expected a type and a key, such as Thing:42.")
    if not key.startswith("{"):
        return {"kind": "entity", "type": type_name, "key": key}
    try:
        return {"kind": "entity", "type": type_name, "key": json.loads(key)}
    except ValueError as error:
        raise PurgeError(f"The key of {written!r} isn't JSON: {error}.") from error


def _send(address: str, items: list[dict[str, Any]], secret: str) -> None:
    import json
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    if not address.startswith(("http://", "https://")):
        raise PurgeError(f"{address!r} is no http(s) address.")
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    request = Request(f"{address}/cache/purge", json.dumps(items).encode(), headers, method="POST")  # noqa: S310
    try:
        with urlopen(request, timeout=10):  # noqa: S310 - the scheme was looked at
            return
    except HTTPError as error:
        if error.code == 404:
            reason = "it has no /cache/purge: set RESPONSE_CACHE and CACHE_PURGE_SECRET for it"
        else:
            try:
                reason = json.loads(error.read())["errors"][0]["message"]
            except (ValueError, LookupError, TypeError):
                reason = f"status {error.code}"
        raise PurgeError(f"The gateway at {address} doesn't purge: {reason}") from error
    except (URLError, OSError) as error:
        raise PurgeError(f"The gateway at {address} can't be reached: {error}.") from error
