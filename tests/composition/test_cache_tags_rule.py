"""What tags and ends cached answers has to be there."""

import pytest

from stitcher.composition.compose import compose, print_supergraph
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag"])\n'
)

GOOD = (
    LINK
    + """
type Query { things(kind: String): [Thing] @cacheTag(format: "things-{$args.kind}") @cacheTag(format: "all") }
type Mutation {
  change(id: ID!, input: In): Int @invalidates(entities: ["Thing:{$args.id}"], tags: ["a-{$args.input.kind}"])
  drop: Int @invalidates(types: "Thing") @invalidates(tags: ["all"])
}
input In { kind: String }
type Thing @key(fields: "id org { id }") @cacheTag(format: "t-{$key.id}-{$key.org.id}") { id: ID! org: Org }
type Org { id: ID! }
"""
)


def composed(sdl: str) -> list[str]:
    try:
        compose([Source("thing", sdl, "thing.graphql", ("http://thing",))])
    except CompositionError as error:
        return [f"{problem.code} {problem.message}" for problem in error.problems]
    return []


def test_what_is_right_is_kept_and_clients_do_not_see_it() -> None:
    assert composed(GOOD) == []
    supergraph = compose([Source("thing", GOOD, "thing.graphql", ("http://thing",))])
    assert "cacheTag" not in print_supergraph(supergraph)
    assert "invalidates" not in print_supergraph(supergraph)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "$args.kind",
            "$args.kinds",
            "CACHE_TAG_INVALID @cacheTag on Query.things of subgraph thing has {$",
        ),
        ("$args.kind", "$key.kind", "CACHE_TAG_INVALID"),
        (
            "{$args.kind}",
            "{args.kind}",
            "CACHE_TAG_INVALID @cacheTag on Query.things of",
        ),
        ("$key.id", "$key.ids", "CACHE_TAG_INVALID"),
        ('@key(fields: "id org { id }") ', "@shareable ", "CACHE_TAG_INVALID @cacheTag is on Thing"),
        ("org: Org", 'org: Org @cacheTag(format: "org")', "CACHE_TAG_INVALID @cacheTag is on Thing.org"),
        ("{$args.id}", "{$args.ids}", "INVALIDATES_INVALID"),
        (
            "Thing:{",
            "Think:{",
            "INVALIDATES_INVALID @invalidates on Mutation.change of",
        ),
        ('types: "Thing"', 'types: "Things"', "INVALIDATES_INVALID"),
        (
            "id: ID! org: Org",
            'id: ID! @invalidates(tags: "a") org: Org',
            "INVALIDATES_INVALID @invalidates is on",
        ),
    ],
)
def test_what_is_wrong(old: str, new: str, told: str) -> None:
    sdl = GOOD.replace('"@cacheTag"]', '"@cacheTag", "@shareable"]').replace(old, new, 1)
    (problem,) = composed(sdl)
    assert problem.startswith(told)


def test_a_directive_of_a_schemas_own_is_left_alone() -> None:
    sdl = """
    directive @cacheTag(name: String) on FIELD_DEFINITION
    directive @invalidates(what: String) on FIELD_DEFINITION
    type Query { a: Int @cacheTag(name: "{x}") @invalidates(what: "{x}") }
    """
    assert composed(sdl) == []


@pytest.mark.parametrize(
    "sdl",
    [
        'type Query { a: Int @cacheTag(format: "{x}") }',
        'type Query { a: Int @cacheTag(format: "{x}") t(id: ID!): T @lookup } '
        'type T @key(fields: "id") { id: ID! }',
        'type Query { a: Int @cacheTag(format: "{x}") t(id: ID!): T @merge(keyField: "id") } '
        'type T @key(selectionSet: "{ id }") { id: ID! }',
        'extend type Query { a: Int @cacheTag(format: "{x}") } type T @key(fields: "id") { id: ID! }',
    ],
)
def test_in_every_dialect(sdl: str) -> None:
    assert [problem.split()[0] for problem in composed(sdl)] == ["CACHE_TAG_INVALID"]
