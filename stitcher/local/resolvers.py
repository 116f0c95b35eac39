"""The package of a team's resolvers, imported once. What is wrong with it is told with file and line."""

from __future__ import annotations

import importlib
import traceback
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from stitcher.errors import CompositionError, Place, Problem

__all__ = ["import_resolvers", "module_place"]


def import_resolvers(package: str, needed_by: str | None) -> ModuleType:
    """Return the module of a package.

    Args:
        package: The package's name.
        needed_by: The SDL file that can't do without it, for the message where there is no such package.

    Raises:
        CompositionError: NO_RESOLVERS, there is no such package; or BAD_RESOLVERS, importing it fails.
    """
    try:
        return importlib.import_module(package)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name in (package, package.partition(".")[0]):
            problem = Problem(
                "NO_RESOLVERS",
                f"The schema needs the gateway's own resolvers, and there is no package '{package}'.",
                (Place(needed_by, 1),) if needed_by else (),
                f"add {package.replace('.', '/')}/__init__.py with a list `bindables`, or set RESOLVERS.",
            )
        else:
            problem = Problem(
                "BAD_RESOLVERS",
                f"The package '{package}' can't be imported: {_description(error)}",
                (_place(package, error),),
                "correct the module, so that it imports.",
            )
        raise CompositionError([problem]) from error


def module_place(module: ModuleType) -> Place:
    """Return where a module begins, for messages about it as a whole."""
    return Place(str(module.__file__), 1)


def _description(error: Exception) -> str:
    # The text of a SyntaxError has its place, which the problem has too.
    text = error.msg if isinstance(error, SyntaxError) else error
    return f"{type(error).__name__}: {text}"


def _place(package: str, error: Exception) -> Place:
    """Return the line that a team can correct: the package's own, not that of a library that it called."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(error.filename, error.lineno or 1)
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")
    ]
    source = _source(package)
    own = [frame for frame in frames if source is not None and Path(frame.filename).is_relative_to(source)]
    frame = (own or frames)[-1]
    return Place(frame.filename, frame.lineno or 1)


def _source(package: str) -> Path | None:
    """Return a package's directory, or a module's file; None where neither can be told."""
    try:
        spec = find_spec(package)
    except Exception:  # noqa: BLE001 - a parent package that fails is what is being told
        return None
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin) if spec.submodule_search_locations is None else Path(spec.origin).parent
