from pathlib import Path

import pytest
from structlog.testing import capture_logs

from stitcher.assembly.gateway import assemble
from stitcher.assembly.schemas import schema_source
from stitcher.discovery.remote import LiveService, Registry
from stitcher.errors import CompositionError
from stitcher.gateway.gateway import Gateway
from stitcher.local.transport import LocalTransport
from stitcher.settings.load import Settings, load_settings
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstreams


def assembled(settings: Settings) -> Gateway:
    return assemble(settings, Upstreams(HttpPool()))


def problems(schemas: Path, **settings: object) -> list[tuple[str, list[str]]]:
    with pytest.raises(CompositionError) as caught:
        assembled(load_settings(schemas=schemas, **settings))
    found = caught.value.problems
    assert all(problem.fix for problem in found)
    return sorted(
        (problem.code, [f"{Path(place.file).name}:{place.line}" for place in problem.places])
        for problem in found
    )


def write(directory: Path, **files: str) -> None:
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / f"{name}.graphql").write_text(text)


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_subgraph_gets_its_transport(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, thing="type Query { a: Int }", gateway="type Query { b: Int }")
    package = tmp_path / "assembled_resolvers"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from ariadne import QueryType\n"
        "query = QueryType()\n"
        "query.set_field('b', lambda *_: 1)\n"
        "bindables = [query]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / ".env").write_text("THING_MICROSERVICE_URL=http://127.0.0.1:1/graphql\n")
    gateway = assembled(load_settings(schemas=tmp_path, resolvers="assembled_resolvers"))
    assert {name: type(transport) for name, transport in gateway.transports.items()} == {
        "gateway": LocalTransport,
        "thing": HttpTransport,
    }


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        gateway="type Query {\n  b: Int\n}",
        one="type Query { a: Int }\ntype T { x: Int }",
        two="type Query {\n  c: Nope\n}",
    )
    found = problems(tmp_path, resolvers="no_such_package")
    codes = [code for code, _ in found]
    assert codes.count("MISSING_URL") == 2
    assert ("NO_RESOLVERS", ["gateway.graphql:1"]) in found
    assert any(places == ["two.graphql:2"] for _, places in found)


def test_a_broken_local_schema_is_one_problem(tmp_path: Path) -> None:
    write(tmp_path, gateway="type Query {")
    assert len(problems(tmp_path)) == 1


def test_no_schemas(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == [("MISSING_SCHEMAS", [])]
    assert problems(tmp_path) == [("MISSING_SCHEMAS", [])]


def test_marks_that_nobody_can_meet_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, thing='type Query { a: Int @authenticated b: Int @requiresScopes(scopes: [["x"]]) }')
    monkeypatch.setenv("THING_MICROSERVICE_URL", "http://127.0.0.1:1/graphql")
    with capture_logs() as logs:
        assembled(load_settings(schemas=tmp_path))
        assembled(load_settings(schemas=tmp_path, jwt_secret="s" * 32))
    (entry,) = logs
    assert (entry["log_level"], entry["marks"]) == ("warning", ["@authenticated", "@requiresScopes"])


def test_an_address_without_an_sdl_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, thing="type Query { a: Int }")
    (tmp_path / ".env").write_text("THINGS_MICROSERVICE_URL=http://a\nEMPTY_MICROSERVICE_URL=\n")
    for name in ("THING_MICROSERVICE_URL", "WARRANTY_MICROSERVICE_URL", "thing_microservice_url"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/graphql")
    with capture_logs() as logs:
        assembled(load_settings(schemas=tmp_path))
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "THINGS_MICROSERVICE_URL is set, but no SDL is named so. Did you mean THING_MICROSERVICE_URL?",
        "WARRANTY_MICROSERVICE_URL is set, but no SDL is named so.",
        "thing_microservice_url is set, but no SDL is named so. Did you mean THING_MICROSERVICE_URL?",
    ]


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        (None, {}),
        ("X-Hive-CDN-Key: k:1", {"X-Hive-CDN-Key": "k:1"}),
        ("Bearer abc", {"Authorization": "Bearer abc"}),
    ],
)
def test_a_registry_is_sent_the_header_that_it_wants(header: str | None, sent: dict[str, str]) -> None:
    address = "https://registry.example/graph?version=1"
    source = schema_source(load_settings(supergraph=address, supergraph_header=header))
    assert source.supergraph == Registry(address, sent)
    assert "abc" not in repr(source)  # nor in a log
    assert isinstance(schema_source(load_settings(supergraph="super.graphql")).supergraph, Path)


def test_a_service_that_tells_its_schema_is_asked_where_it_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gateway.toml").write_text(
        'request_headers = [{set = "x-key", value = "k"}, {pass = "x-a"}]\n'
        '[services.thing]\nurl = "http://a/, http://b/"\nschema = "service"\n'
        '[services.client]\nurl = "http://c/"\nschema = "introspection"\n'
        '[services.event]\nurl = "http://d/"\n'
    )
    monkeypatch.setenv("CLIENT_MICROSERVICE_URL", "http://e/")
    assert list(schema_source(load_settings()).services) == [
        LiveService("thing", ("http://a/", "http://b/"), False, {"x-key": "k"}),
        LiveService("client", ("http://e/",), True, {"x-key": "k"}),
    ]


def test_what_settings_name_and_no_sdl_is_for_is_told(tmp_path: Path) -> None:
    write(tmp_path / "schemas", thing="type Query { a: Int }")
    (tmp_path / "gateway.toml").write_text(
        'response_headers = [{pass = "x-a", from = ["thingy"]}]\n'
        '[services.thing]\nurl = "http://a/"\n[services.thng]\ntimeout = 1\n'
    )
    with capture_logs() as logs:
        assembled(load_settings())
    assert [log["event"] for log in logs] == [
        "There is a table [services.thng], but no SDL is named so. Did you mean thing?",
        "A rule of response_headers is for thingy, but no SDL is named so. Did you mean thing?",
    ]
