"""What ``make up`` says once the stack is up: where it is, who can log in, and what to try."""

import re
from pathlib import Path

from services.auth.demo import DEMO_LOGINS

__all__ = ["banner", "example"]

_EXAMPLE = re.compile(r"^<!-- ci: try -->\s*^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def banner(port: int, readme: Path) -> str:
    """Return the text, for a gateway on `port`."""
    logins = "\n".join(f"  {login.email:<24}{login.password:<26}{login.role}" for login in DEMO_LOGINS)
    return f"""
Stitcher is up on http://localhost:{port}/graphql

Demo logins:
{logins}

Try it, in another terminal:

{example(readme).replace("localhost:3000", f"localhost:{port}")}
Ctrl-C ends it all; so does `make down` in another terminal.
"""


def example(readme: Path) -> str:
    """Return the ``sh`` block that follows ``<!-- ci: try -->`` in `readme`; empty if there is none."""
    found = _EXAMPLE.search(readme.read_text()) if readme.exists() else None
    return found["text"] if found else ""


if __name__ == "__main__":
    print(example(Path("README.md")), end="")
