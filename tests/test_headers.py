"""Rules about headers: what services are sent, what matters, and what clients get."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitcher.headers import (
    NOT_PASSED,
    ClientHeaders,
    Pass,
    Remove,
    RequestHeaders,
    RequestRule,
    ResponseHeaders,
    ResponseRule,
    Set,
    combine,
)
from tests.searching import examples


def sent(rules: list[RequestRule], **client: str) -> dict[str, str]:
    headers = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in client.items()}
    taken = ClientHeaders([rules]).taken(headers, frozenset())
    return dict(RequestHeaders(rules).of(taken))


def test_a_header_is_passed_on_by_its_name() -> None:
    assert sent([Pass("x-a")], x_a="1", x_b="2") == {"x-a": "1"}


def test_a_pattern_fits_several_but_never_cookies_or_the_connection() -> None:
    rules: list[RequestRule] = [Pass("*")]
    assert sent(rules, x_a="1", cookie="c", host="h", te="t", content_length="1") == {"x-a": "1"}
    assert sent([Pass("x-*-id")], x_a_id="1", x_a="2") == {"x-a-id": "1"}
    assert sent([Pass("cookie")], cookie="c") == {"cookie": "c"}


def test_a_header_is_renamed_or_has_a_default() -> None:
    assert sent([Pass("x-a", "x-b")], x_a="1") == {"x-b": "1"}
    assert sent([Pass("x-a", default="0")]) == {"x-a": "0"}
    assert sent([Pass("x-a", default="0")], x_a="1") == {"x-a": "1"}


def test_rules_apply_in_order() -> None:
    rules: list[RequestRule] = [Pass("x-*"), Remove("x-b*"), Set("x-c", "own"), Set("x-bb", "late")]
    assert sent(rules, x_a="1", x_b="2", x_c="3") == {"x-a": "1", "x-c": "own", "x-bb": "late"}


def test_what_services_do_with_the_same_headers_is_their_own() -> None:
    one, other = [Pass("x-a")], [Pass("x-b")]
    taken = ClientHeaders([one, other]).taken({b"x-a": b"1", b"x-b": b"2"}, frozenset())
    assert taken == {"x-a": "1", "x-b": "2"}
    assert RequestHeaders(one).of(taken) == {"x-a": "1"}
    assert RequestHeaders(other).of(taken) == {"x-b": "2"}


def test_what_the_connection_names_is_not_passed_on() -> None:
    assert ClientHeaders([[Pass("x-*")]]).taken({b"x-a": b"1", b"x-b": b"2"}, {b"x-a"}) == {"x-b": "2"}


def test_a_requests_id_does_not_matter_unless_it_is_said_to() -> None:
    rules = [Pass("authorization"), Pass("x-request-id"), Pass("x-trace", matters=False)]
    headers = {"authorization": "a", "x-request-id": "1", "x-trace": "2"}
    for keyed in (RequestHeaders(rules), ClientHeaders([rules])):
        assert keyed.key(headers) == (("authorization", "a"),)
    loud = [Pass("x-request-id", matters=True)]
    for keyed in (RequestHeaders(loud), ClientHeaders([loud])):
        assert keyed.key({"x-request-id": "1"}) == (("x-request-id", "1"),)
    assert RequestHeaders([Pass("x-trace", "x-other", matters=False)]).key({"x-other": "2"}) == ()
    assert RequestHeaders([Pass("x-request-id", "x-other")]).key({"x-other": "2"}) == ()


def given_to_clients(rules: list[ResponseRule], *answers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    own = ResponseHeaders(rules)
    return combine([header for answer in answers for header in own.of(answer)])


def test_cookies_are_never_joined() -> None:
    rules = [ResponseRule("set-cookie")]
    answers = [[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], [("Set-Cookie", "c=3")]]
    assert given_to_clients(rules, *answers) == [
        ("set-cookie", f"{name}={number}") for number, name in enumerate("abc", 1)
    ]
    assert ResponseHeaders(rules).has_cookies
    assert ResponseHeaders([ResponseRule("*")]).has_cookies
    assert not ResponseHeaders([ResponseRule("x-*")]).has_cookies


def test_the_first_the_last_or_all() -> None:
    answers = [[("X-A", "1")], [("X-A", "2")], [("X-A", "3")]]
    assert given_to_clients([ResponseRule("x-a", "first")], *answers) == [("x-a", "1")]
    assert given_to_clients([ResponseRule("x-a", "last")], *answers) == [("x-a", "3")]
    assert given_to_clients([ResponseRule("x-a", "append")], *answers) == [("x-a", "1, 2, 3")]


def test_vary_is_there_once() -> None:
    answers = [[("Vary", "Origin, Accept")], [("vary", "accept")]]
    assert given_to_clients([ResponseRule("vary", "append")], *answers) == [("vary", "Origin, accept")]


def test_the_last_rule_that_fits_counts() -> None:
    rules = [ResponseRule("x-*", "append"), ResponseRule("x-a", "first")]
    assert given_to_clients(rules, [("x-a", "1"), ("x-b", "1")], [("x-a", "2"), ("x-b", "2")]) == [
        ("x-a", "1"),
        ("x-b", "1, 2"),
    ]


NAMES = st.sampled_from(["x-a", "x-b", "x-ab", "cookie", "authorization", *sorted(NOT_PASSED)])
PATTERNS = st.sampled_from(["*", "x-*", "*-b", "x-a", "authorization"])
RULES = st.lists(
    st.one_of(
        st.builds(Pass, PATTERNS),
        st.builds(Remove, PATTERNS),
        st.builds(Set, st.sampled_from(["x-a", "x-own"]), st.just("own")),
    ),
    max_size=6,
)


@pytest.mark.search
@settings(max_examples=examples(200), deadline=None)
@given(rules=RULES, client=st.dictionaries(NAMES, st.text("ab", min_size=1)))
def test_nothing_of_the_connection_is_ever_passed_on(
    rules: list[RequestRule], client: dict[str, str]
) -> None:
    got = sent(rules, **client)
    own = {rule.name: rule.value for rule in rules if isinstance(rule, Set)}
    assert not got.keys() & (NOT_PASSED | {"cookie"})
    assert all(value in (client.get(name), own.get(name)) for name, value in got.items())


@pytest.mark.search
@settings(max_examples=examples(200), deadline=None)
@given(
    rules=st.lists(st.builds(ResponseRule, PATTERNS, st.sampled_from(["first", "last", "append"]))),
    answers=st.lists(st.lists(st.tuples(NAMES, st.text("ab", min_size=1)))),
)
def test_nothing_of_a_services_connection_gets_to_clients(
    rules: list[ResponseRule], answers: list[list[tuple[str, str]]]
) -> None:
    got = given_to_clients(rules, *answers)
    names = [name for name, _ in got if name != "set-cookie"]
    assert len(names) == len(set(names))
    assert not set(names) & NOT_PASSED
