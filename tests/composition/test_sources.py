from pathlib import Path

import pytest

from stitcher.composition.compose import compose_directory
from stitcher.composition.sources import load_sources, read_sources, url_variable
from stitcher.errors import CompositionError


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "thing.graphql").write_text("type Query { thing: Int }")
    (tmp_path / "pay-ments.v2.graphql").write_text("type Query { paid: Int }")
    (tmp_path / "gateway.graphql").write_text("type Query { version: String }")
    (tmp_path / "notes.txt").write_text("no schema")
    return tmp_path


URLS = {
    "THING_MICROSERVICE_URL": "http://one:4001/graphql, https://two/graphql",
    "PAY_MENTS_V2_MICROSERVICE_URL": "http://localhost:4002",
}


def test_variable_is_upper_case_with_underscores_for_all_else() -> None:
    assert url_variable("pay-ments.v2") == "PAY_MENTS_V2_MICROSERVICE_URL"


def test_each_graphql_file_is_a_source_with_its_urls(directory: Path) -> None:
    sources = {source.name: source for source in load_sources(directory, URLS)}
    assert list(sources) == ["gateway", "pay-ments.v2", "thing"]
    assert sources["thing"].urls == ("http://one:4001/graphql", "https://two/graphql")
    assert sources["thing"].sdl == "type Query { thing: Int }"
    assert sources["thing"].file == str(directory / "thing.graphql")


@pytest.mark.parametrize("ending", ["graphqls", "gql"])
def test_other_endings_of_sdl_files(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"thing.{ending}").write_text("type Query { thing: Int }")
    (tmp_path / f"thing.{ending}.bak").write_text("no schema")
    sources, problems = read_sources(tmp_path)
    assert not problems
    assert [(source.name, source.file) for source in sources] == [
        ("thing", str(tmp_path / f"thing.{ending}"))
    ]


def test_two_files_of_one_subgraph(tmp_path: Path) -> None:
    for ending in ("graphql", "graphqls"):
        (tmp_path / f"thing.{ending}").write_text("type Query { thing: Int }")
    with pytest.raises(CompositionError) as caught:
        compose_directory(tmp_path)
    (problem,) = caught.value.problems
    assert problem.code == "DUPLICATE_SUBGRAPH"
    assert [place.file for place in problem.places] == [str(f) for f in sorted(tmp_path.iterdir())]


def test_the_local_subgraph_has_no_url(directory: Path) -> None:
    gateway, *_ = load_sources(directory, URLS | {"GATEWAY_MICROSERVICE_URL": "http://elsewhere"})
    assert gateway.urls == ()


def test_a_missing_url_names_the_variable_and_a_near_miss(directory: Path) -> None:
    environment = {"PAY_MENTS_V2_MICROSERVICE_URL": "http://x", "thing_microservices_url": "http://y"}
    with pytest.raises(CompositionError) as caught:
        load_sources(directory, environment)
    (problem,) = caught.value.problems
    assert problem.code == "MISSING_URL"
    assert "THING_MICROSERVICE_URL" in problem.message
    assert "set THING_MICROSERVICE_URL" in problem.fix
    assert "thing_microservices_url is set" in problem.fix
    assert str(problem.places[0]) == f"{directory / 'thing.graphql'}:1"


def test_the_variable_of_another_subgraph_is_no_near_miss(tmp_path: Path) -> None:
    for name in ("client", "event"):
        (tmp_path / f"{name}.graphql").write_text("type Query { a: Int }")
    with pytest.raises(CompositionError) as caught:
        load_sources(tmp_path, {"CLIENT_MICROSERVICE_URL": "http://x"})
    (problem,) = caught.value.problems
    assert "CLIENT" not in problem.fix


@pytest.mark.parametrize("url", ["localhost:4001", "ftp://host/x", "http://", "http://host:port/", "//host"])
def test_a_url_that_is_not_http(directory: Path, url: str) -> None:
    with pytest.raises(CompositionError) as caught:
        load_sources(directory, URLS | {"THING_MICROSERVICE_URL": f"http://fine, {url}"})
    (problem,) = caught.value.problems
    assert problem.code == "INVALID_URL"
    assert "THING_MICROSERVICE_URL" in problem.message
    assert repr(url) in problem.message


def test_no_directory(tmp_path: Path) -> None:
    sources, (problem,) = read_sources(tmp_path / "nowhere")
    assert not sources
    assert problem.code == "MISSING_SCHEMAS"
    assert "nowhere" in problem.message


def test_no_sdl(tmp_path: Path) -> None:
    with pytest.raises(CompositionError, match="has no SDL file"):
        load_sources(tmp_path, {})


def test_a_file_that_is_not_text_leaves_the_others_readable(directory: Path) -> None:
    (directory / "broken.graphql").write_bytes(b"\xff\xfe\x00")
    sources, (problem,) = read_sources(directory)
    assert len(sources) == 3
    assert problem.code == "UNREADABLE_SCHEMA"
    assert problem.places[0].file.endswith("broken.graphql")


def test_a_directory_composes_without_urls(directory: Path) -> None:
    supergraph = compose_directory(directory)
    assert set(supergraph.subgraphs) == {"gateway", "pay-ments.v2", "thing"}
    assert all(not subgraph.urls for subgraph in supergraph.subgraphs.values())


def test_a_directory_composes_with_urls(directory: Path) -> None:
    supergraph = compose_directory(directory, URLS)
    assert supergraph.subgraphs["pay-ments.v2"].urls == ("http://localhost:4002",)


def test_files_urls_and_schemas_are_reported_together(directory: Path) -> None:
    (directory / "broken.graphql").write_bytes(b"\xff")
    (directory / "thing.graphql").write_text("type Query {\n  thing: Thing\n}")
    with pytest.raises(CompositionError) as caught:
        compose_directory(directory, {})
    assert [problem.code for problem in caught.value.problems] == [
        "UNREADABLE_SCHEMA",
        "MISSING_URL",
        "MISSING_URL",
        "INVALID_GRAPHQL",
    ]


def test_a_directory_without_sdl_does_not_compose(tmp_path: Path) -> None:
    with pytest.raises(CompositionError, match="MISSING_SCHEMAS"):
        compose_directory(tmp_path, {})
