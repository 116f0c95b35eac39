"""The Procfile's reader, and the project's own Procfile."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from scripts.procfile import Entry, ProcfileError, read_procfile
from tests.tooling.launching import ROOT

THING = "thing: serve ${THING_PORT:-4002}"


def read(tmp_path: Path, *lines: str, **env: str) -> tuple[Entry, ...]:
    path = tmp_path / "Procfile"
    path.write_text("\n".join(lines))
    return read_procfile(path, env)


def test_a_port_is_its_default_or_what_is_set(tmp_path: Path) -> None:
    assert read(tmp_path, "# comment", THING) == (
        Entry("thing", "serve ${THING_PORT:-4002}", "THING_PORT", 4002),
    )
    assert read(tmp_path, THING, THING_PORT="5000")[0].port == 5000
    assert read(tmp_path, THING, THING_PORT="")[0].port == 4002


@pytest.mark.parametrize("value", ["http", "0", "65536", "-1"])
def test_what_is_no_port_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ProcfileError, match=f"THING_PORT={value} is no port"):
        read(tmp_path, THING, THING_PORT=value)


def test_a_line_without_a_port_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProcfileError, match=r"Procfile: event says no port; write it as \$\{EVENT_PORT:-"):
        read(tmp_path, "event: serve --port 4005")


def test_one_port_for_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProcfileError, match="thing and gateway both have port 4002: set THING_PORT or PORT"):
        read(tmp_path, THING, "gateway: serve ${PORT:-3000}", PORT="4002")


def test_the_project_runs_a_gateway_redis_and_each_microservice_with_a_schema() -> None:
    schemas = {path.stem for path in (ROOT / "schemas").glob("*.graphql")} - {"gateway"}
    ports = {entry.name: entry.port for entry in read_procfile(ROOT / "Procfile", {})}

    assert set(ports) == {"gateway", "redis", *schemas}
    assert ports["gateway"] == 3000


def test_the_example_of_the_settings_has_every_port() -> None:
    example = dotenv_values(ROOT / ".env.example")
    entries = read_procfile(ROOT / "Procfile", {})

    assert {entry.setting: example.get(entry.setting) for entry in entries} == {
        entry.setting: str(entry.port) for entry in entries
    }
    # An address would outlive a change of the port.
    assert not [name for name in example if name.endswith("_MICROSERVICE_URL")]
