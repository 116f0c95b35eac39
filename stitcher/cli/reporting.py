"""What is wrong, or may surprise, on stderr: in colour where a person watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

from stitcher.errors import CompositionError, Problem, StitcherError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import GraphQLError

__all__ = ["refuse", "report", "report_all"]


def report(error: StitcherError) -> None:
    """Tell what a command failed of."""
    if not isinstance(error, CompositionError):
        typer.secho(str(error), fg="red", err=True)
        return
    report_all(error.problems, "problem", "red")


def report_all(problems: Sequence[Problem], noun: str, colour: str) -> None:
    """Tell each problem or hint, and how many there are."""
    for problem in problems:
        head, *rest = str(problem).splitlines()
        typer.secho(head, fg=colour, bold=True, err=True)
        typer.echo("\n".join([*rest, ""]), err=True)
    count = len(problems)
    typer.secho(f"{count} {noun}." if count == 1 else f"{count} {noun}s.", bold=True, err=True)


def refuse(errors: Sequence[GraphQLError]) -> NoReturn:
    """Tell what is wrong with an operation, and exit with 1."""
    for error in errors:
        typer.secho(str(error), fg="red", err=True)
    raise typer.Exit(1)
