from types import SimpleNamespace
from typing import Any

import pytest

from stitcher.server.sessions.csrf import FOREIGN, UNCLEAR, CsrfGuard, CsrfTokens

HOST = {"host": "api.example:8443"}
OWN = "https://api.example:8443"
APP = "https://app.example"
EVIL = "https://evil.example"

OLD, NEW = "o" * 32, "n" * 32

Case = tuple[str, dict[str, str], str | None]


def session(session_id: str | None = None, *, has_cookie: bool | None = None) -> Any:
    return SimpleNamespace(
        id=session_id, has_cookie=session_id is not None if has_cookie is None else has_cookie
    )


def refused(guard: CsrfGuard, method: str, headers: dict[str, str], who: Any) -> str | None:
    encoded = {name.encode(): value.encode() for name, value in {**HOST, **headers}.items()}
    return guard.refuse(method, encoded, who)


SAME, CROSS, SITE, NONE = (
    {"sec-fetch-site": site} for site in ("same-origin", "cross-site", "same-site", "none")
)

BY_ORIGIN: list[Case] = [
    # No browser: nothing is said.
    ("POST", {}, None),
    ("GET", {}, None),
    # The gateway's own pages, and what a person opens.
    ("POST", {"origin": OWN, **SAME}, None),
    ("GET", SAME, None),
    ("GET", NONE, None),
    # Another browser's own page, which says only what it is.
    ("POST", {"origin": OWN}, None),
    ("POST", {"origin": "http://api.example:8443"}, None),
    # A page that is trusted.
    ("POST", {"origin": APP, **CROSS}, None),
    ("GET", {"origin": APP}, None),
    # Strangers, near and far.
    ("POST", {"origin": EVIL, **CROSS}, FOREIGN),
    ("POST", {"origin": EVIL}, FOREIGN),
    ("POST", {"origin": "https://other.api.example", **SITE}, FOREIGN),
    ("POST", {"origin": "https://api.example", **SITE}, FOREIGN),
    ("POST", {"origin": "null", **CROSS}, FOREIGN),
    ("POST", {"origin": "null"}, FOREIGN),
    ("POST", {"origin": OWN, **CROSS}, FOREIGN),
    ("POST", {"origin": f"{APP}.evil.example"}, FOREIGN),
    ("POST", {"origin": f"{OWN}.evil.example"}, FOREIGN),
    ("POST", {"origin": "https://api.example:8443@evil.example"}, FOREIGN),
    ("POST", {"sec-fetch-site": "whatever"}, FOREIGN),
    ("GET", CROSS, FOREIGN),
    ("GET", SITE, FOREIGN),
    ("HEAD", {"origin": EVIL}, FOREIGN),
    ("GET", {"graphql-require-preflight": "1", **CROSS}, FOREIGN),
]


@pytest.mark.parametrize("who", [session(), session("id"), session(has_cookie=True)])
@pytest.mark.parametrize(("method", "headers", "expected"), BY_ORIGIN)
def test_who_may_have_sent_it(method: str, headers: dict[str, str], expected: str | None, who: Any) -> None:
    plain = method != "POST" and not headers and who.has_cookie
    assert refused(CsrfGuard([APP]), method, headers, who) == (UNCLEAR if plain else expected)


@pytest.mark.parametrize(
    ("host", "origin", "is_own"),
    [
        ("api.example:80", "http://api.example", True),
        ("api.example:443", "https://api.example", True),
        ("API.example:443", "https://api.example", True),
        ("[::1]:80", "http://[::1]", True),
        ("api.example", "https://api.example", True),
        ("api.example:80", "https://api.example", False),
        ("api.example:443", "http://api.example", False),
        ("api.example:8443", "https://api.example", False),
        ("api.example", "https://api.example:8443", False),
        ("localhost", "capacitor://localhost", False),
        ("abc", "chrome-extension://abc", False),
        ("", "https://", False),
        (":443", "https://", False),
    ],
)
def test_a_host_with_the_port_of_its_scheme(host: str, origin: str, is_own: bool) -> None:
    found = refused(CsrfGuard(), "POST", {"host": host, "origin": origin}, session())
    assert found == (None if is_own else FOREIGN)


@pytest.mark.parametrize("credentials", [{"cookie": "a=1"}, {"authorization": "Basic YTpi"}])
def test_credentials_that_a_browser_adds_by_itself(credentials: dict[str, str]) -> None:
    guard = CsrfGuard()
    assert refused(guard, "GET", credentials, session()) == UNCLEAR
    assert refused(guard, "HEAD", credentials, session()) == UNCLEAR
    assert refused(guard, "POST", credentials, session()) is None
    assert refused(guard, "POST", {**credentials, "origin": EVIL}, session()) == FOREIGN
    for name in (
        "graphql-require-preflight",
        "apollo-require-preflight",
        "x-apollo-operation-name",
        "x-csrf-token",
    ):
        assert refused(guard, "GET", {**credentials, name: ""}, session()) is None
    assert refused(guard, "GET", {**credentials, "accept": "application/json"}, session()) == UNCLEAR


def test_a_clients_own_token_excuses_it() -> None:
    guard = CsrfGuard(strict=True)
    for scheme in ("Bearer", "bearer"):
        for method in ("GET", "POST"):
            headers = {"authorization": f"{scheme} x", "origin": EVIL, **CROSS}
            assert refused(guard, method, headers, session()) is None
    # In a session, the header is the gateway's own.
    assert refused(guard, "POST", {"authorization": "Bearer x", "origin": EVIL}, session("id")) == FOREIGN
    assert refused(guard, "GET", {"authorization": "Bearer x"}, session("id")) == UNCLEAR


def test_strict_asks_for_the_header_in_every_get() -> None:
    guard = CsrfGuard(strict=True)
    for headers in ({}, SAME, NONE, {"accept": "application/json"}):
        assert refused(guard, "GET", headers, session()) == UNCLEAR
        assert refused(guard, "GET", {**headers, "x-apollo-operation-name": "A"}, session()) is None
        assert refused(guard, "POST", headers, session()) is None


def test_tokens() -> None:
    tokens = CsrfTokens([NEW])
    token = tokens.issue("id-1")
    assert token == tokens.issue("id-1")
    assert token not in (tokens.issue("id-2"), CsrfTokens([OLD]).issue("id-1"))
    assert len(token) == 43

    def code(tokens: CsrfTokens, session_id: str | None, given: str | None) -> str | None:
        headers = {} if given is None else {b"x-csrf-token": given.encode()}
        error = tokens.refuse(session(session_id), headers)
        return error.code if error else None

    assert code(tokens, "id-1", token) is None
    for wrong in (None, "", token[:-1], token + "A", "x" + token[1:], tokens.issue("id-2"), "ü"):
        assert code(tokens, "id-1", wrong) == "CSRF_TOKEN_INVALID"
        assert code(tokens, None, wrong) is None
    # While secrets are changed, those of both are good.
    both = CsrfTokens([NEW, OLD])
    assert code(both, "id-1", token) is None
    assert code(both, "id-1", CsrfTokens([OLD]).issue("id-1")) is None
    assert both.issue("id-1") == token
