"""What the launcher shows: its own words as they are, the programs' output with honcho's coloured names."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TextIO

from honcho.colour import get_colours
from honcho.printer import Message, Printer

__all__ = ["Console"]


class Console:
    """Writes to an output; when that is gone (a closed terminal or pipe), says so and writes nowhere."""

    def __init__(self, output: TextIO, names: tuple[str, ...], gone: Callable[[], None]) -> None:
        self._output = output
        self._gone = gone
        self._printer = Printer(output, width=max(map(len, names), default=0))
        self._colours = dict(zip(names, get_colours(), strict=False))

    def say(self, text: str) -> None:
        """Write a line of the launcher's own."""
        with self._alive():
            print(text, file=self._output, flush=True)

    def relay(self, name: str, line: str) -> None:
        """Write a line of the output of the program of this name."""
        with self._alive():
            self._printer.write(Message("line", line, datetime.now(), name, self._colours[name]))

    @contextmanager
    def _alive(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._output.fileno())
            os.close(nowhere)
            self._gone()
