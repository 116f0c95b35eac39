"""``stitcher config``: the settings in force, and where each comes from."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["config"]


def config(
    as_json: Annotated[bool, typer.Option("--json", help="Print the settings as JSON.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of gateway.toml, for editors.")
    ] = False,
) -> None:
    """Print the settings in force, and where each comes from: environment, .env, gateway.toml or default.

    What may be a secret is masked.
    """
    import json

    from stitcher.settings.load import load_settings
    from stitcher.settings.shown import json_schema, shown

    if schema:
        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        return
    found = list(shown(load_settings()))
    if as_json:
        typer.echo(json.dumps([setting._asdict() for setting in found], indent=2, ensure_ascii=False))
        return
    width = max(len(setting.name) for setting in found)
    for setting in found:
        is_text = isinstance(setting.value, str)
        value = setting.value if is_text else json.dumps(setting.value, ensure_ascii=False)
        typer.secho(f"{setting.name:{width}}  ", nl=False, bold=setting.origin != "default")
        typer.echo(f"{value}  ", nl=False)
        typer.secho(setting.origin, fg="bright_black" if setting.origin == "default" else "green")
