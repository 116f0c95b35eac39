"""``gateway.toml``: what it sets, what is wrong with it, and how it is shown."""

import json
from pathlib import Path

import pytest

from stitcher.errors import SettingsError
from stitcher.settings.load import NAMES, Settings, load_settings, origin
from stitcher.settings.shown import json_schema, shown


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def write(text: str) -> None:
    Path("gateway.toml").write_text(text)


def complaints(text: str) -> list[str]:
    write(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value).splitlines()


def test_the_environment_comes_before_env_and_that_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('port = 1\nhost = "file"\nworkers = 3\ncors_origins = ["https://a.example"]')
    Path(".env").write_text("PORT=2\nHOST=env\n")
    monkeypatch.setenv("PORT", "4")
    settings = load_settings()
    assert (settings.port, settings.host, settings.workers) == (4, "env", 3)
    assert settings.cors_origins == ("https://a.example",)
    assert [origin(name) for name in ("port", "host", "workers", "debug")] == [
        "environment",
        ".env",
        "gateway.toml",
        "default",
    ]


def test_services_have_tables() -> None:
    write(
        '[services.thing]\nurl = "http://a/, http://b/"\ntimeout = 2\nschema = "service"\n'
        '[[services.thing.request_headers]]\npass = "X-A"\nas = "x-b"\n'
        '[services."my-client"]\nurl = ["http://c/"]\nmax_requests = 5\n'
    )
    services = load_settings().services
    thing = services["thing"]
    assert (thing.url, thing.timeout, thing.schema_from) == (("http://a/", "http://b/"), 2, "service")
    assert (thing.request_headers[0].passed, thing.request_headers[0].renamed) == ("x-a", "x-b")
    assert (services["my-client"].url, services["my-client"].max_requests) == (("http://c/",), 5)


def test_a_variable_named_as_a_table_is_another_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICES", "nginx redis")
    monkeypatch.setenv("REQUEST_HEADERS", "x")
    assert load_settings().services == {}


def test_every_wrong_place_is_told() -> None:
    assert complaints(
        'prot = 1\nport = "x"\n'
        'request_headers = [{pass = "x-*", as = "x-a"}, {set = "x-a"}, '
        '{set = "host", value = "b"}, {pas = "a"}]\n'
        'response_headers = [{pass = "x-a", combine = "all"}]\n'
        '[services.thing]\ntimeot = 2\ntimeout = 0\nurl = ["ftp://a"]\n'
        'request_headers = [{set="x-a", value="a\\nb"}]'
    ) == [
        "gateway.toml: prot: there is no such setting. Did you mean port?",
        "gateway.toml: port: 'x' can't be used; expected a port number, 0 to 65535.",
        "gateway.toml: services.thing.url.0: its value can't be used; expected the http(s) address of each "
        "instance, as a list or separated by commas.",
        "gateway.toml: services.thing.timeout: '0' can't be used; expected a number of seconds, more than 0 "
        "and at most 3600.",
        "gateway.toml: services.thing.request_headers.0.value: its value can't be used; expected text "
        "without line breaks.",
        "gateway.toml: services.thing.timeot: there is no such setting. Did you mean timeout?",
        "gateway.toml: request_headers.0: as and default go with the name of one header, not with a pattern.",
        "gateway.toml: request_headers.1: expected set and value together.",
        "gateway.toml: request_headers.2.set: 'host' can't be used; expected the name of a header.",
        "gateway.toml: request_headers.3.pas: there is no such setting. Did you mean pass?",
        "gateway.toml: response_headers.0.combine: 'all' can't be used; expected first, last or append.",
    ]


def test_a_rule_does_one_thing() -> None:
    (told,) = complaints('request_headers = [{pass = "x-a", remove = "x-b"}]')
    assert told == "gateway.toml: request_headers.0: expected one of pass, set and remove."
    (told,) = complaints('request_headers = [{remove = "x-b", matters = true}]')
    assert told == "gateway.toml: request_headers.0: as, default and matters go with pass."


def test_what_is_no_toml_is_told_with_its_line() -> None:
    (told,) = complaints("port = 1\nhost = \nworkers = 2")
    assert told.startswith("gateway.toml is no TOML: ")
    assert "line 2" in told


def test_a_file_that_was_named_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_FILE", "other.toml")
    with pytest.raises(SettingsError, match=r"CONFIG_FILE: there is no file other\.toml"):
        load_settings()
    Path("other.toml").write_text("port = 7")
    assert load_settings().port == 7
    Path("other.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"other.toml can't be read"):
        load_settings()


def test_secrets_are_never_shown_nor_told(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s" * 40
    write(
        f'jwt_secret = "{secret}"\nredis_url = "redis://:{secret}@h/0"\n'
        f'supergraph_header = "X-Key: {secret}"\n'
        f'request_headers = [{{set = "x-key", value = "{secret}"}}]\n'
        f'[services.thing]\nurl = "http://me:{secret}@thing/?key={secret}"\n'
    )
    monkeypatch.setenv("THING_MICROSERVICE_URL", f"http://me:{secret}@a/,http://b/")
    monkeypatch.setenv("SESSION_SECRET", secret)
    found = list(shown(load_settings()))
    assert secret not in json.dumps(found)
    by_name = {setting.name: setting for setting in found}
    assert by_name["JWT_SECRET"].value == "(set, not shown)"
    assert by_name["SESSION_SECRET"].origin == "environment"
    assert by_name["THING_MICROSERVICE_URL"].value == "http://a/,http://b/"
    assert by_name["services"].value == {"thing": {"url": ["http://thing/"]}}
    assert {*NAMES} <= by_name.keys()
    for wrong in (
        f'jwt_secret = ["{secret}"]',
        f'[services.thing]\nurl = "ftp://me:{secret}@thing/"',
        f'request_headers = [{{set = "x-key", value = "{secret}\\n"}}]',
    ):
        assert secret not in str(complaints(wrong))


def test_the_schema_for_editors_knows_every_setting_and_each_key_of_a_table() -> None:
    schema = json_schema()
    assert schema["properties"].keys() == Settings.model_fields.keys() - {"config_file"}
    assert schema["additionalProperties"] is False
    rules = schema["$defs"]["RequestHeaderSettings"]["properties"]
    assert rules.keys() == {"pass", "as", "default", "matters", "set", "value", "remove"}
    assert "schema" in schema["$defs"]["ServiceSettings"]["properties"]
    assert schema["properties"]["body_limit"]["type"] == ["integer", "string"]
    assert schema["properties"]["cors_origins"]["type"] == ["array", "string"]
    assert schema["properties"]["request_headers"]["type"] == "array"
