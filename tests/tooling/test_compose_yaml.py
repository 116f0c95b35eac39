"""compose.yaml, as Docker Compose itself reads it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from services.common.settings import Settings as ServiceSettings
from stitcher.settings.load import NAMES
from tests.tooling.launching import ROOT

ISSUER = ServiceSettings.model_fields["jwt_issuer"].default
MICROSERVICES = {path.stem for path in (ROOT / "schemas").glob("*.graphql")} - {"gateway"}


def command() -> list[str]:
    for name in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(name[0]) and subprocess.run([*name, "version"], capture_output=True).returncode == 0:
            return name
    pytest.skip("Docker Compose is not installed")


def read(**settings: str) -> dict[str, Any]:
    """What Compose makes of the file and these settings."""
    result = subprocess.run(
        [*command(), "--file", str(ROOT / "compose.yaml"), "config"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **settings},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    services: dict[str, Any] = yaml.safe_load(result.stdout)["services"]
    return services


def test_it_runs_a_balancer_the_gateway_each_microservice_redis_and_postgres() -> None:
    assert set(read()) == {"balancer", "gateway", "redis", "postgres", *MICROSERVICES}


def test_each_has_a_health_check_of_its_own_or_its_images() -> None:
    image = (ROOT / "Dockerfile").read_text()
    assert "\nHEALTHCHECK " in image
    services = read()
    del services["balancer"]  # it answers as soon as it runs, and for the gateways
    for name, service in services.items():
        assert "build" in service or "test" in service["healthcheck"], name


def test_the_gateway_waits_for_all_but_the_database() -> None:
    services = read()
    waits_for = {
        name: {
            other
            for other, how in service.get("depends_on", {}).items()
            if how["condition"] == "service_healthy"
        }
        for name, service in services.items()
    }
    assert waits_for["gateway"] == {"redis", *MICROSERVICES}
    assert waits_for["balancer"] == {"gateway"}
    assert waits_for["auth"] == {"postgres"}
    for name in MICROSERVICES - {"auth"}:
        assert waits_for[name] == {"postgres", "auth"}


def test_the_gateway_knows_where_each_is() -> None:
    services = read()
    told = services["gateway"]["environment"]
    for name in MICROSERVICES:
        assert f"uvicorn services.{name}.app:app" in " ".join(words(services[name]["command"]))
        assert told[f"{name.upper()}_MICROSERVICE_URL"] == f"http://{name}:4000/graphql"
    assert told["REDIS_URL"] == "redis://redis:6379/0"


def test_the_gateway_takes_the_tokens_that_the_microservices_take() -> None:
    for given, issuer in (({}, ISSUER), ({"JWT_ISSUER": "https://a.example"}, "https://a.example")):
        services = read(**given)
        for name in ("gateway", *MICROSERVICES):
            told = services[name]["environment"]
            assert told["JWT_JWKS_URL"] == "http://auth:4000/.well-known/jwks.json"
            assert told["JWT_ISSUER"] == issuer
        assert services["gateway"]["environment"]["JWT_JWKS_PLAIN_HTTP"] == "on"


def test_the_gateway_takes_tokens_of_somebody_else() -> None:
    told = read(JWT_SECRET="s" * 32, JWT_JWKS_URL="", JWT_ISSUER="https://a.example")["gateway"][
        "environment"
    ]
    assert (told["JWT_SECRET"], told["JWT_JWKS_URL"]) == ("s" * 32, "")
    told = read(JWT_JWKS_URL="https://a.example/keys")["gateway"]["environment"]
    assert told["JWT_JWKS_URL"] == "https://a.example/keys"


def test_what_a_file_sets_reaches_the_gateway(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("MORE_MICROSERVICE_URL=http://more/graphql\nHOST=127.0.0.1\nPORT=3123\n")
    told = read(ENV_FILE=str(file), THING_MICROSERVICE_URL="http://another/graphql")["gateway"]["environment"]
    assert told["MORE_MICROSERVICE_URL"] == "http://more/graphql"
    assert told["THING_MICROSERVICE_URL"] == "http://another/graphql"
    # Within the container it listens where Compose expects it to.
    assert (told["HOST"], told["PORT"]) == ("0.0.0.0", "3000")


def test_only_the_balancer_is_published_on_this_machine_at_the_port_that_is_set() -> None:
    published = {name: service["ports"] for name, service in read(PORT="3100").items() if "ports" in service}
    (port,) = published.pop("balancer")
    assert not published
    if isinstance(port, dict):  # Compose 2
        assert (port["host_ip"], str(port["published"]), port["target"]) == ("127.0.0.1", "3100", 3000)
    else:
        assert port.removesuffix("/tcp") == "127.0.0.1:3100:3000"


def test_all_settings_are_passed_on_and_nothing_else() -> None:
    services = read(RATE_LIMIT="5/minute", AUTH_REQUIRED="1")
    told = services["gateway"]["environment"]
    assert (told["RATE_LIMIT"], told["AUTH_REQUIRED"]) == ("5/minute", "1")
    gateway = {name for name in told if not name.endswith("_MICROSERVICE_URL")}
    assert gateway == NAMES
    for name in MICROSERVICES:
        known = {field.upper() for field in ServiceSettings.model_fields} | {"PORT"}
        assert set(services[name]["environment"]) <= known


def words(value: str | list[str]) -> list[str]:
    """A command, which Compose 1 gives as a string and Compose 2 as a list."""
    return value.split() if isinstance(value, str) else value
