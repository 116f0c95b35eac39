"""What is tagged with what, and what isn't for everybody."""

from typing import Any

import pytest
from graphql import parse

from stitcher.cache_policies import find_cache_policies
from stitcher.caching.cache import ResponseCache
from stitcher.caching.tags import Format, entity_tag
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import GatewayOptions
from stitcher.planning.normalize import normalize
from stitcher.planning.planner import select_operation
from stitcher.selections import Field
from tests.stitched import composed

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.12"
  import: ["@key", "@cacheTag", "@authenticated", "@shareable"]
)
"""

MEDIA = (
    LINK
    + """
type Query {
  media: [Media] @cacheControl(maxAge: 60)
  any: Any @cacheControl(maxAge: 60)
  book(number: Int = 3, in: In): Book @cacheControl(maxAge: 60)
    @cacheTag(format: "b-{$args.number}-{$args.in.of}")
  mine: Int @cacheControl(maxAge: 60) @authenticated
}
input In { of: String }
interface Media @cacheControl(maxAge: 60) { id: ID! title: String secret: Int }
type Book implements Media @key(fields: "id") @key(fields: "isbn shelf { no }") @cacheControl(maxAge: 60)
  @cacheTag(format: "book-{$key.id}") {
  id: ID! title: String isbn: String shelf: Shelf secret: Int @authenticated
}
type Film implements Media @cacheControl(maxAge: 60) { id: ID! title: String secret: Int }
type Shelf @cacheControl(inheritMaxAge: true) { no: Int books: [Book] }
union Any = Book | Film
"""
)


@pytest.fixture
def gateway() -> Gateway:
    supergraph = composed(media=MEDIA)
    policies = find_cache_policies(supergraph.whole)
    options = GatewayOptions(cache=ResponseCache(1000), cache_policies=policies)
    return Gateway(supergraph, {}, options)


def tags(gateway: Gateway, query: str, value: Any) -> set[str]:
    node, fragments = select_operation(parse(query), None)
    (root,) = normalize(gateway.supergraph.schema, node, fragments).selections
    assert isinstance(root, Field)
    assert gateway.tagging is not None
    tagger = gateway.tagging.of_root("media", root)
    found = tagger.fixed | tagger.find(value)
    return {tag for tag in found if tag.startswith(("entity:", "tag:"))}


@pytest.mark.parametrize(
    ("query", "value", "expected"),
    [
        # A Book has two keys: where one isn't asked for, it can't be told which it is.
        ("{ book { id } }", {"id": 1}, {"entity:Book:1", "tag:media:book-1", "entity:Book:*"}),
        ("{ book { i: id } }", {"i": "1"}, {"entity:Book:1", "tag:media:book-1", "entity:Book:*"}),
        ("{ book { title } }", {"title": "t"}, {"entity:Book:*"}),
        ("{ book { id } }", {"id": None}, {"entity:Book:*", "tag:media:book-null"}),
        ("{ book { id } }", None, {"entity:Book:*"}),
        ("{ media { id } }", [{"id": 1}], {"entity:Book:*"}),
        ("{ any { ... on Book { id } ... on Film { title } } }", {"id": 1}, {"entity:Book:*"}),
        (
            "{ book { shelf { no books { id } } } }",
            {"shelf": {"books": [{"id": 4}]}},
            {"entity:Book:4", "entity:Book:*", "tag:media:book-4"},
        ),
        ("{ mine }", 1, set()),
    ],
)
def test_what_is_found_in_an_answer(gateway: Gateway, query: str, value: Any, expected: set[str]) -> None:
    assert tags(gateway, query, value) == expected


def test_what_is_found_in_a_representation(gateway: Gateway) -> None:
    tagging = gateway.tagging
    assert tagging is not None
    by_id = tagging.of_representation("media", "Book", {"__typename": "Book", "id": 7})
    assert sorted(by_id) == ["entity:Book:*", "entity:Book:7", "tag:media:book-7"]
    other = {"__typename": "Book", "isbn": "x", "shelf": {"no": 1}}
    both = tagging.of_representation("media", "Book", other)
    assert sorted(both) == ["entity:Book:*", "entity:Book:*", 'entity:Book:{"isbn":"x","shelf":{"no":"1"}}']
    assert entity_tag("Book", {"shelf": {"no": 1}, "isbn": "x"}) == both[1]


def test_what_a_purge_ends(gateway: Gateway) -> None:
    tagging = gateway.tagging
    assert tagging is not None
    ended = set(tagging.entity("Book", 7))
    assert {"entity:Book:7", "entity:Book:*", "entity:Media:7", "entity:Any:*"} <= ended
    assert {"type:media:Media", "type:media:Any", "type:media:Film"} <= set(tagging.type("Media"))
    assert "entity:Book:*" in tagging.tag("book-7")
    assert tagging.tag("else") == ["tag:media:else"]
    assert tagging.entity("Nothing", 1) == ["entity:Nothing:1", "entity:Nothing:*"]


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{ book { id } }", {}, []),  # of what?
        ('{ book(in: {of: "x"}) { id } }', {}, ["tag:media:b-3-x"]),
        ('{ book(number: null, in: {of: "x"}) { id } }', {}, ["tag:media:b-null-x"]),
        ("query ($in: In) { book(in: $in, number: 4) { id } }", {"in": {"of": "y"}}, ["tag:media:b-4-y"]),
    ],
)
def test_tags_of_arguments(gateway: Gateway, query: str, variables: Any, expected: list[str]) -> None:
    ((fetch,), parts) = (gateway.prepare(query).plan.fetches, gateway._preparation.caching)
    assert parts is not None
    part = parts._fetch(fetch).parts[0]
    assert part is not None
    assert part.tags_of_arguments(variables) == expected


def test_formats() -> None:
    form = Format.of("a-{$key.id}-{$args.list}")
    assert (
        form.fill({"key": {"id": 1}, "args": {"list": ["x", 1.5, True, None]}})
        == 'a-1-["x","1.5","true","null"]'
    )
    assert form.fill({"key": {}}) is None
    assert form.may_make("a-anything-\n")
    assert not form.may_make("b-1-2")
    assert Format.of("plain").fill({}) == "plain"


@pytest.mark.parametrize(
    ("query", "is_personal"),
    [
        ("{ mine }", True),
        ("{ book { id } }", False),
        ("{ book { secret } }", True),
        ("{ media { title } }", False),
        ("{ media { secret } }", True),  # of a Book, it is
        ("{ any { ... on Film { secret } } }", False),
        ("{ any { ... on Book { s: secret } } }", True),
        ("{ book { shelf { books { secret } } } }", True),
    ],
)
def test_what_is_marked_is_kept_for_each_client_by_itself(
    gateway: Gateway, query: str, is_personal: bool
) -> None:
    caching = gateway._preparation.caching
    assert caching is not None
    (fetch,) = gateway.prepare(query).plan.fetches
    assert [part and part.is_always_personal for part in caching._fetch(fetch).parts] == [is_personal]
