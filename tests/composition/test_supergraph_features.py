"""What a supergraph file asks for is done, or the file is refused."""

import pytest

from stitcher.composition.compose import compose
from stitcher.composition.supergraph_file import split_supergraph
from stitcher.errors import Problem
from tests.composition.composing import places


def file(links: str = "", query: str = "", *, link: str = "v1.0", join: str = "v0.5") -> str:
    return f"""
schema
  @link(url: "https://specs.apollo.dev/link/{link}")
  @link(url: "https://specs.apollo.dev/join/{join}", for: EXECUTION)
  {links}
{{ query: Query }}
enum join__Graph {{ A @join__graph(name: "a", url: "http://a") }}
type Query @join__type(graph: A) {{ items(first: Int): [Int] @join__field(graph: A) {query} }}
"""


def problems_of(sdl: str) -> list[Problem]:
    return split_supergraph(sdl, "s.graphql")[1]


@pytest.mark.parametrize("purpose", ["SECURITY", "EXECUTION"])
@pytest.mark.parametrize(
    "url",
    [
        "https://specs.apollo.dev/rowLevel/v0.1",
        "https://example.org/mine/v1.0",
        "https://example.org/authenticated/v0.1",
        "https://specs.apollo.dev/authenticated/v0.2",
        "https://specs.apollo.dev/inaccessible/v1.0",
        "https://specs.apollo.dev/inaccessible",
    ],
)
def test_a_feature_that_must_be_known_and_is_not(url: str, purpose: str) -> None:
    (problem,) = problems_of(file(f'@link(url: "{url}", for: {purpose})'))
    assert problem.code == "UNSUPPORTED_LINKED_FEATURE"
    assert places(problem) == ["s.graphql:5"]
    assert f"{url} for: {purpose}" in problem.message


def test_a_feature_that_need_not_be_known() -> None:
    assert problems_of(file('@link(url: "https://example.org/mine/v1.0", import: ["@mine"])')) == []
    assert problems_of(file('@link(url: "https://specs.apollo.dev/authenticated/v0.7")')) == []


@pytest.mark.parametrize(
    "url",
    [
        "tag/v0.3",
        "inaccessible/v0.2",
        "authenticated/v0.1",
        "requiresScopes/v0.1",
        "policy/v0.1",
        "context/v0.1",
        "cost/v0.1",
        "cacheTag/v0.1",
    ],
)
def test_features_that_are_known(url: str) -> None:
    assert problems_of(file(f'@link(url: "https://specs.apollo.dev/{url}", for: SECURITY)')) == []


@pytest.mark.parametrize("versions", [{"join": "v0.9"}, {"link": "v2.0"}, {"join": "v1.0"}])
def test_versions_of_what_the_file_is_written_in(versions: dict[str, str]) -> None:
    (problem,) = problems_of(file(**versions))
    ((name, version),) = versions.items()
    assert problem.code == "UNSUPPORTED_LINKED_FEATURE"
    assert f"{name}/{version}" in problem.message
    assert "compose it for version" in problem.fix


@pytest.mark.parametrize(
    "connected",
    [
        '@link(url: "https://specs.apollo.dev/connect/v0.3", for: EXECUTION)',
        '@link(url: "https://specs.apollo.dev/connect/v0.1")',
        '@join__directive(graphs: [A], name: "link", args: {url: "https://specs.apollo.dev/connect/v0.2"})',
    ],
)
def test_connectors(connected: str) -> None:
    (problem,) = problems_of(file(connected))
    assert problem.code == "UNSUPPORTED_FEATURE"
    assert "connectors" in problem.message
    assert places(problem) == ["s.graphql:5"]


def test_every_problem_is_told_without_credentials() -> None:
    links = '@link(url: "https://me:secret@example.org/a/v1", for: SECURITY) '
    links += '@link(url: "https://example.org/b/v1", for: EXECUTION)'
    problems = problems_of(file(links))
    assert len(problems) == 2
    assert "secret" not in str(problems)


def test_the_link_spec_under_another_name() -> None:
    sdl = file(
        '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "hide", for: SECURITY)', "b: Int @hide"
    )
    sdl = sdl.replace("@link(", "@uses(").replace('link/v1.0"', 'link/v1.0", as: "uses"')
    sources, problems = split_supergraph(sdl + "enum uses__Purpose { SECURITY }", "s.graphql")
    schema = compose(sources, problems).schema
    assert "uses__Purpose" not in schema.type_map
    assert list(schema.query_type.fields) == ["items"]  # type: ignore[union-attr]
    (problem,) = problems_of(sdl.replace("inaccessible/v0.2", "rowLevel/v0.2"))
    assert problem.code == "UNSUPPORTED_LINKED_FEATURE"


@pytest.mark.parametrize(
    ("link", "marks"),
    [
        ('cost/v0.1", import: [{name: "@listSize", as: "@pages"}]', "@pages(assumedSize: 7)"),
        ('cost/v0.1", as: "price"', "@price__listSize(assumedSize: 7)"),
        ('cost/v0.1", import: ["@listSize"]', "@listSize(assumedSize: 7)"),
        ('cost/v0.1", import: [{name: "@cost", as: "@price"}]', "@price(weight: 7)"),
        ('cost/v0.1", as: "price"', "@price(weight: 7)"),
        ('authenticated/v0.1", as: "login"', "@login"),
        ('requiresScopes/v0.1", import: [{name: "@requiresScopes", as: "@s"}]', '@s(scopes: [["a"]])'),
        ('policy/v0.1", as: "p"', '@p(policies: [["a"]])'),
        ('tag/v0.3", as: "mark"', '@mark(name: "x")'),
    ],
)
def test_marks_count_under_every_name(link: str, marks: str) -> None:
    sdl = file(f'@link(url: "https://specs.apollo.dev/{link})', f"marked: [Int] {marks}")
    sources, problems = split_supergraph(sdl, "s.graphql")
    schema = compose(sources, problems).schema
    field = schema.query_type.fields["marked"]  # type: ignore[union-attr]
    names = {node.name.value for node in field.ast_node.directives or ()} if field.ast_node else set()
    assert names & {"listSize", "cost", "authenticated", "requiresScopes", "policy", "tag"}, names
