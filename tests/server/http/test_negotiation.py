import pytest

from stitcher.server.http.negotiation import GRAPHQL_RESPONSE, JSON, is_json, negotiate


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON;charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json,application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, */*", JSON),
        ("application/graphql-response+json, */*", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0.1, */*;q=0.8", JSON),
        ("application/json;q=0, */*", GRAPHQL_RESPONSE),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("text/html", None),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("application/json;q=nonsense", None),
        ("application/json;q=nan", None),
        (",;,", None),
        ("*", JSON),
        ("text/html, image/gif, image/jpeg, *; q=.2", JSON),
        ("application/graphql-response+json, *", GRAPHQL_RESPONSE),
        ("*;q=0", None),
        ("text/html;q=1, *;q=0.1, */*;q=0", None),
        (" , application/json", JSON),
        ("application/graphql-response+json ; q=1.0 , application/json ; q=0.9", GRAPHQL_RESPONSE),
    ],
)
def test_the_type_of_the_response(accept: str | None, expected: str | None) -> None:
    assert negotiate(accept) == expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", True),
        ("application/json; charset=UTF-8", True),
        ('application/json;charset="utf-8"', True),
        ("application/json; profile=x", True),
        ("application/json; charset=utf-16", False),
        ("application/jsonp", False),
        ("text/plain", False),
        ("", False),
        (None, False),
    ],
)
def test_the_type_of_a_body(content_type: str | None, expected: bool) -> None:
    assert is_json(content_type) is expected
