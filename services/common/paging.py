"""How much of a list one may ask for at once."""

from __future__ import annotations

from services.common.errors import bad_input

__all__ = ["check_page"]

_MOST = 1000


def check_page(first: int, offset: int = 0) -> None:
    """Accept a page of a list.

    Raises:
        GraphQLError: ``first`` or ``offset`` is out of bounds.
    """
    if not 0 <= first <= _MOST:
        raise bad_input(f"first must be between 0 and {_MOST}.", argument="first")
    if not 0 <= offset <= 2**31 - 1:
        raise bad_input("offset must not be negative.", argument="offset")
