import tracemalloc
from secrets import token_urlsafe
from typing import Any

import pytest
from itsdangerous import Signer

from stitcher.server.sessions.cookie import LONGEST, SessionCookie, new_secret
from stitcher.server.sessions.sessions import ID_BYTES

OLD, NEW = "o" * 32, "n" * 32


def scope(*cookies: str, others: tuple[tuple[bytes, bytes], ...] = ()) -> dict[str, Any]:
    return {
        "headers": [(b"host", b"a"), *((b"cookie", cookie.encode("latin-1")) for cookie in cookies), *others]
    }


def cookie(*secrets: str, tls: bool = False) -> SessionCookie:
    return SessionCookie(secrets, lambda scope: tls)


def value(cookie: SessionCookie, session_id: str = "id-1") -> str:
    return cookie.write(scope(), session_id, 60).partition(b";")[0].partition(b"=")[2].decode()


def test_what_is_written_is_read_again() -> None:
    own = cookie(NEW)
    reading = own.read(scope(f"a=1; stitcher_session={value(own)}; b=2"))
    assert reading
    assert reading.session_id == "id-1"
    assert reading.others == [(b"host", b"a"), (b"cookie", b"a=1; b=2")]
    alone = own.read(scope(f"stitcher_session={value(own)}"))
    assert alone
    assert (alone.session_id, alone.others) == ("id-1", [(b"host", b"a")])


def test_other_cookies_are_not_ours() -> None:
    for text in (
        "",
        "a=1",
        "x_stitcher_session=1",
        "stitcher_sessions=1",
        "STITCHER_SESSION=1",
        "a=stitcher_session",
    ):
        assert cookie(NEW).read(scope(text)) is None
    assert cookie(NEW).read(scope()) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1],
        lambda text: text.replace("id-1", "id-2"),
        lambda text: text.partition(".")[0],
        lambda text: text.rpartition(".")[0] + ".",
        lambda text: f'"{text}"',
        lambda text: text + "\xff",
        lambda text: "\xff" + text,
        lambda text: Signer("x" * 32).sign("id-1").decode(),
        lambda text: Signer(NEW).sign("id-1").decode(),  # signed by the secret, for something else
    ],
)
def test_a_cookie_that_was_tampered_with(change: Any) -> None:
    own = cookie(NEW)
    reading = own.read(scope(f"stitcher_session={change(value(own))}"))
    assert reading
    assert reading.session_id is None


def test_what_is_too_long_is_not_remembered() -> None:
    own = cookie(NEW)
    tracemalloc.start()
    for number in range(100):
        reading = own.read(scope(f"stitcher_session={number}{'x' * 60_000}"))
        assert reading
        assert reading.session_id is None
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000
    assert len(value(own, token_urlsafe(ID_BYTES))) <= LONGEST


def test_two_cookies_are_as_good_as_none() -> None:
    own = cookie(NEW)
    one, two = f"stitcher_session={value(own)}", f"stitcher_session={value(own, 'id-2')}"
    for cookies in ((f"{one}; {two}",), (one, two), (two, one), (one, one)):
        reading = own.read(scope(*cookies))
        assert reading
        assert (reading.session_id, reading.others) == (None, [(b"host", b"a")])


def test_over_tls_only_the_name_counts_that_nobody_else_can_set() -> None:
    secure, plain = cookie(NEW, tls=True), cookie(NEW)
    reading = secure.read(
        scope(f"stitcher_session={value(plain)}; __Host-stitcher_session={value(secure, 'tls')}")
    )
    assert reading
    assert (reading.session_id, reading.others) == ("tls", [(b"host", b"a")])
    for own, given in (
        (secure, f"stitcher_session={value(plain)}"),
        (plain, f"__Host-stitcher_session={value(secure)}"),
    ):
        reading = own.read(scope(given))
        assert reading
        assert reading.session_id is None


def test_attributes() -> None:
    assert (
        cookie(NEW).write(scope(), "i", 60).partition(b"; ")[2]
        == b"Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    )
    secure = cookie(NEW, tls=True)
    assert secure.write(scope(), "i", 60).startswith(b"__Host-stitcher_session=i.")
    assert secure.write(scope(), "i", 60).partition(b"; ")[2] == (
        b"Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"
    )
    assert secure.clear(scope()) == (
        b"__Host-stitcher_session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
    )


def test_secrets_are_changed_without_logging_anybody_out() -> None:
    before, both, after = cookie(OLD), cookie(NEW, OLD), cookie(NEW)
    signed_before, signed_now = (scope(f"stitcher_session={value(each)}") for each in (before, both))

    def session_id(reader: SessionCookie, request: dict[str, Any]) -> str | None:
        reading = reader.read(request)
        assert reading
        return reading.session_id

    assert (
        session_id(both, signed_before)
        == session_id(both, signed_now)
        == session_id(after, signed_now)
        == "id-1"
    )
    assert session_id(before, signed_now) is None
    assert session_id(after, signed_before) is None


def test_a_secret_that_is_made_up() -> None:
    one, two = new_secret(), new_secret()
    assert one != two
    assert len(one) >= 43
