"""A supergraph file is the same graph as the SDLs that it was composed of.

``registry.supergraph.graphql`` is what Apollo's composition makes of the SDLs in ``registry``.
"""

from pathlib import Path

import pytest
from graphql import assert_object_type, lexicographic_sort_schema, print_schema

from stitcher.composition.compose import compose, compose_directory, compose_with_hints
from stitcher.composition.inputs import read_inputs, read_path
from stitcher.composition.sources import Source, resolve_urls
from stitcher.composition.supergraph_file import is_supergraph, read_supergraph, split_supergraph
from stitcher.errors import CompositionError, Problem
from stitcher.selections import print_selections
from stitcher.supergraph import Supergraph, TypeKind
from tests.composition.composing import places

HERE = Path(__file__).parent
SDLS = HERE / "registry"
FILE = HERE / "registry.supergraph.graphql"


def composed(*, old: str = "", new: str = "") -> Supergraph:
    sources, problems = split_supergraph(FILE.read_text().replace(old, new) if old else FILE.read_text(), "s")
    return compose(sources, problems)


def problem_of(sdl: str) -> Problem:
    sources, (problem,) = split_supergraph(sdl, "s.graphql")
    assert not sources
    return problem


def served(supergraph: Supergraph) -> dict[tuple[str, str, str], object]:
    """Return what each subgraph serves, and how."""
    return {
        (subgraph.name, declared.name, own.name): (
            own.type,
            print_selections(own.requires),
            print_selections(own.provides),
            own.rollout,
        )
        for subgraph in supergraph.subgraphs.values()
        for declared in subgraph.types.values()
        for own in declared.fields.values()
        if not own.external
    }


@pytest.fixture(scope="module")
def whole() -> Supergraph:
    return compose_directory(SDLS)


def test_clients_see_the_same_schema(whole: Supergraph) -> None:
    printed = [print_schema(lexicographic_sort_schema(each.schema)) for each in (composed(), whole)]
    assert printed[0] == printed[1]
    assert "OLD" not in printed[0]


def test_subgraphs_serve_the_same_fields(whole: Supergraph) -> None:
    assert served(composed()) == served(whole)
    assert served(whole)["people", "Book", "royalty"] == ("Int", "price(currency: EUR)", "", None)
    assert served(whole)["catalogue", "Book", "author"] == ("Author", "", "name", None)


def test_lookups_are_the_same(whole: Supergraph) -> None:
    found, expected = (
        {name: {str(way) for way in ways} for name, ways in each.lookups.items() if ways}
        for each in (composed(), whole)
    )
    assert found == expected
    assert found["Book"] == {
        "catalogue._entities(Book: id)",
        "catalogue._entities(Book: isbn)",
        "people._entities(Book: isbn)",
    }


def test_types_are_the_same(whole: Supergraph) -> None:
    found, expected = (
        {
            (subgraph.name, declared.name): (declared.kind, declared.possible_types)
            for subgraph in each.subgraphs.values()
            for declared in subgraph.types.values()
        }
        for each in (composed(), whole)
    )
    assert found == expected
    assert found["ratings", "Media"] == (TypeKind.OBJECT, ("Media",))
    assert found["catalogue", "Media"] == (TypeKind.INTERFACE, ("Book", "Film"))


def test_other_directives_go_with_their_elements() -> None:
    arguments = assert_object_type(composed().schema.mutation_type).fields["publish"].args
    (tag,) = arguments["title"].ast_node.directives
    assert tag.name.value == "tag"


def test_urls_come_from_the_file_and_before_that_from_the_environment() -> None:
    sources, problems = read_supergraph(FILE)
    assert not problems
    located, problems = resolve_urls(sources, {"PEOPLE_MICROSERVICE_URL": "http://p:1, http://p:2"})
    assert not problems
    assert {source.name: source.urls for source in located} == {
        "catalogue": ("http://127.0.0.1:4000/catalogue",),
        "people": ("http://p:1", "http://p:2"),
        "ratings": ("http://127.0.0.1:4000/ratings",),
    }


def test_a_graph_without_a_url_needs_one_from_the_environment() -> None:
    sdl = FILE.read_text().replace("http://127.0.0.1:4000/people", "")
    sources, _ = split_supergraph(sdl, "s")
    _, (problem,) = resolve_urls(sources, {})
    assert problem.code == "MISSING_URL"
    assert "PEOPLE_MICROSERVICE_URL" in problem.message


def test_a_subgraph_s_sdl_is_federation_s() -> None:
    sdl = composed().subgraphs["ratings"].sdl
    assert 'type Media @key(fields: "id") @interfaceObject' in sdl
    assert "join__" not in sdl
    compose(*read_inputs(None, FILE))


# Both together


def test_sdl_files_are_added(tmp_path: Path) -> None:
    (tmp_path / "more.graphql").write_text(
        'type Query { b: Int } extend type Book @key(fields: "id") { id: ID! @external more: Int }'
    )
    supergraph = compose(*read_inputs(tmp_path, FILE))
    assert set(supergraph.subgraphs) == {"catalogue", "people", "ratings", "more"}
    assert "more" in assert_object_type(supergraph.schema.type_map["Book"]).fields


def test_a_subgraph_that_is_in_both(tmp_path: Path) -> None:
    (tmp_path / "people.graphql").write_text("type Query { b: Int }")
    _, (problem,) = read_inputs(tmp_path, FILE)
    assert problem.code == "DUPLICATE_SUBGRAPH"
    assert [place.file for place in problem.places] == [str(tmp_path / "people.graphql"), str(FILE)]


def test_a_path_may_lead_to_any_of_them(tmp_path: Path) -> None:
    plain = tmp_path / "plain.graphql"
    plain.write_text("type Query { join__Graph: Int }")
    assert [source.name for source in read_path(FILE)[0]] == ["catalogue", "people", "ratings"]
    assert [source.name for source in read_path(SDLS)[0]] == ["catalogue", "people", "ratings"]
    assert [source.name for source in read_path(plain)[0]] == ["plain"]
    assert read_path(tmp_path / "nowhere")[1][0].code == "MISSING_SCHEMAS"
    assert not is_supergraph(plain.read_text())


# What is wrong


def test_problems_have_their_places_in_the_file() -> None:
    sdl = FILE.read_text().replace('requires: "price(currency: EUR)"', 'requires: "cost"')
    line = next(number for number, text in enumerate(sdl.splitlines(), 1) if '"cost"' in text)
    sources, _ = split_supergraph(sdl, "s.graphql")
    with pytest.raises(CompositionError) as caught:
        compose(sources)
    (problem,) = caught.value.problems
    assert problem.code == "REQUIRES_INVALID_FIELDS"
    assert places(problem) == [f"s.graphql:{line}"]


@pytest.mark.parametrize(
    ("code", "sdl"),
    [
        ("INVALID_GRAPHQL", "enum join__Graph {"),
        ("INVALID_FEDERATION_SUPERGRAPH", "type Query { a: Int }"),
        ("INVALID_FEDERATION_SUPERGRAPH", "enum join__Graph { A }"),
        (
            "INVALID_FEDERATION_SUPERGRAPH",
            'enum join__Graph { A @join__graph(name: "a") } '
            'type Query { a: Int @join__field(graph: A, type: "[") }',
        ),
    ],
)
def test_what_is_no_supergraph(code: str, sdl: str) -> None:
    problem = problem_of(sdl)
    assert problem.code == code
    assert places(problem) == ["s.graphql:1"]


@pytest.mark.parametrize("namespace", ["join", "j"])
def test_a_supergraph_of_federation_1(namespace: str) -> None:
    sdl = f"""
        schema
          @core(feature: "https://specs.apollo.dev/core/v0.2")
          @core(feature: "https://specs.apollo.dev/join/v0.1", as: "{namespace}")
        {{ query: Query }}
        enum {namespace}__Graph {{ A @{namespace}__graph(name: "a", url: "http://a") }}
        type Query {{ a: Int @{namespace}__field(graph: A) }}
    """
    assert is_supergraph(sdl)
    problem = problem_of(sdl)
    assert problem.code == "INVALID_FEDERATION_SUPERGRAPH"
    assert places(problem) == ["s.graphql:4"]
    assert "version 0.1, of Federation 1" in problem.message
    assert "compose it with Federation 2" in problem.fix
    assert "--schemas" in problem.fix


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    _, (problem,) = read_supergraph(tmp_path / "no.graphql")
    assert problem.code == "UNREADABLE_SCHEMA"


def test_routes_are_what_the_tool_that_composed_it_says_they_are(tmp_path: Path) -> None:
    sdl = FILE.read_text().replace(
        '@join__type(graph: PEOPLE, key: "isbn", extension: true)', "@join__type(graph: PEOPLE)"
    )
    assert sdl != FILE.read_text()
    sources, problems = split_supergraph(sdl, "s.graphql")
    hints = {hint.code for hint in compose_with_hints(sources, problems).hints}
    assert "SATISFIABILITY_ERROR" in hints
    more = Source("more", "type Query { more: Int }", "more.graphql")
    with pytest.raises(CompositionError, match="SATISFIABILITY_ERROR"):
        compose([*sources, more])


# Ways of writing


MINIMAL = """
    schema { query: Root mutation: Write }
    enum join__Graph {
      A @join__graph(name: "a-1", url: "http://a")
      B @join__graph(name: "b", url: "http://b")
    }
    type Root @join__type(graph: A) @join__type(graph: B) {
      a(i: In, e: E): U @join__field(graph: A)
      b: Int @join__field(graph: B)
    }
    type Write @join__type(graph: B) { w: Int }
    union U @join__type(graph: A) = P
    type P implements N @join__type(graph: A, extension: true) { x: Int }
    interface N @join__type(graph: A, extension: true) @join__type(graph: B) { x: Int }
    input In @join__type(graph: A) { x: Int }
    enum E { X }
    directive @mine on FIELD
"""


def test_a_minimal_supergraph() -> None:
    sources, problems = split_supergraph(MINIMAL, "s")
    supergraph = compose(sources, problems)
    assert set(supergraph.subgraphs) == {"a-1", "b"}
    assert supergraph.serving["Query", "b"] == ("b",)
    assert supergraph.subgraphs["a-1"].types["U"].possible_types == ("P",)
    assert "Mutation" not in supergraph.subgraphs["a-1"].types
    assert "P" not in supergraph.subgraphs["b"].types
    assert supergraph.schema.get_directive("mine")


def test_the_spec_under_another_name(whole: Supergraph) -> None:
    sdl = FILE.read_text().replace("join__", "j__").replace("/join/v0.4", "/join/v0.3")
    sdl = sdl.replace('/join/v0.3"', '/join/v0.3", as: "j"')
    assert is_supergraph(sdl)
    sources, problems = split_supergraph(sdl, "s.graphql")
    renamed = compose(sources, problems)
    assert print_schema(renamed.schema) == print_schema(composed().schema)
    assert served(renamed) == served(whole)
    assert renamed.lookups == composed().lookups


def test_problems_in_a_file_with_another_name_for_the_spec_have_their_places() -> None:
    sdl = FILE.read_text().replace('requires: "price(currency: EUR)"', 'requires: "cost"')
    line = next(number for number, text in enumerate(sdl.splitlines(), 1) if '"cost"' in text)
    sdl = sdl.replace("join__", "j__").replace('/join/v0.4"', '/join/v0.4", as: "j"')
    sources, _ = split_supergraph(sdl, "s.graphql")
    with pytest.raises(CompositionError) as caught:
        compose(sources)
    assert places(caught.value.problems[0]) == [f"s.graphql:{line}"]


def test_a_field_that_has_moved_is_as_nullable_as_the_file_says() -> None:
    sdl = """
        schema @link(url: "https://specs.apollo.dev/link/v1.0")
          @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
        enum join__Graph {
          A @join__graph(name: "a", url: "http://a")
          B @join__graph(name: "b", url: "http://b")
        }
        type Query @join__type(graph: A) @join__type(graph: B) { u: U @join__field(graph: A) }
        type U @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          moved: [Int] @join__field(graph: B, override: "a", type: "[Int!]!")
        }
    """
    sources, problems = split_supergraph(sdl, "supergraph.graphql")
    assert not problems
    moved = assert_object_type(compose(sources).schema.type_map["U"]).fields["moved"]
    assert str(moved.type) == "[Int]"
