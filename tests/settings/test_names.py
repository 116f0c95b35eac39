"""Names that were meant to be settings are errors; other programs' names stay alone."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from stitcher.errors import SettingsError
from stitcher.settings.load import NAMES, load_settings, read_environment, warn_of_unread_names
from stitcher.settings.names import misspelt_names, unread_names

SETTINGS = NAMES


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)


MISSPELT = {
    "JWT_SECERT": "JWT_SECRET",
    "JWT_SECRETS": "JWT_SECRET",
    "JWTSECRET": "JWT_SECRET",
    "JWT_JWKS_URI": "JWT_JWKS_URL",
    "JWT_JWKS": "JWT_JWKS_URL",
    "JWT_ALGORITHM": "JWT_ALGORITHMS",
    "JWT_AUD": "JWT_AUDIENCE",
    "jwt_isuer": "JWT_ISSUER",
    "INTROSPECTON": "INTROSPECTION",
    "INTROSPECTIONS": "INTROSPECTION",
    "EXPLORRER": "EXPLORER",
    "AUTH_REQUIERD": "AUTH_REQUIRED",
    "CORS_ORIGIN": "CORS_ORIGINS",
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGINS",
    "CSRF_PROTECTION": "CSRF_PREVENTION",
    "RATE_LIMITS": "RATE_LIMIT",
    "RATELIMIT": "RATE_LIMIT",
    "LOGIN_RATELIMIT": "LOGIN_RATE_LIMIT",
    "SESSION_SECERT": "SESSION_SECRET",
    "SESSION_SECRET_KEY": "SESSION_SECRET",
    "TRUSTED_PROXY": "TRUSTED_PROXIES",
    "REDIS_URI": "REDIS_URL",
    "DEPHT_LIMIT": "DEPTH_LIMIT",
    "FORWARD_HEADER": "FORWARD_HEADERS",
    "DEBUGG": None,
    "WORKRES": "WORKERS",
    "STITCHER_JWT_SECRET": "JWT_SECRET",
    "STITCHER_JWT_SECERT": "JWT_SECRET",
    "STITCHER_INTROSPECTON": "INTROSPECTION",
    "STITCHER_PORT": None,
    "THING_MICROSERVCE_URL": "THING_MICROSERVICE_URL",
    "THING_MICROSERVICE_URI": "THING_MICROSERVICE_URL",
    "THING_MICROSERVICES_URL": "THING_MICROSERVICE_URL",
}


@pytest.mark.parametrize(("name", "likely"), MISSPELT.items(), ids=MISSPELT)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_name_that_is_nearly_a_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, likely: str | None, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv(name, "1")
    else:
        Path(".env").write_text(f"# a comment\n{name}=1\n")
    if likely is None:  # too near to other words, or what Kubernetes makes of a service
        load_settings()
        return
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == f"{name}: there is no such setting. Did you mean {likely}?"


def test_a_name_that_begins_as_only_settings_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_X", "1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == "CORS_X: there is no such setting; there are CORS_ORIGINS."


def test_every_complaint_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("INTROSPECTON", "off")
    Path(".env").write_text("JWT_SECERT=a\nnonsense\n")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    starts = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert starts == [".env", "JWT_SECERT", "INTROSPECTON", "PORT"]


def test_what_is_set_under_its_right_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosting platforms give one address several names."""
    monkeypatch.setenv("REDIS_URL", "redis://a")
    monkeypatch.setenv("REDIS_URI", "redis://a")
    load_settings()
    Path(".env").write_text("INTROSPECTION=on\nINTROSPECTON=off\n")
    with pytest.raises(SettingsError, match="INTROSPECTON"):
        load_settings()


OTHERS = """
SHELL TERM HOME USER LOGNAME PATH PWD OLDPWD LANG LANGUAGE LC_ALL LC_CTYPE DISPLAY WAYLAND_DISPLAY EDITOR
PAGER SHLVL HOSTNAME HOSTTYPE HOST_IP HOSTALIASES MAIL COLORTERM COLUMNS LINES LS_COLORS MANPATH INFOPATH TZ
TMPDIR TEMP TMP XDG_SESSION_ID XDG_SESSION_TYPE XDG_SESSION_CLASS XDG_SESSION_DESKTOP XDG_RUNTIME_DIR
XDG_DATA_DIRS XDG_CURRENT_DESKTOP DESKTOP_SESSION GNOME_DESKTOP_SESSION_ID SESSION_MANAGER SESSION_ID
GDMSESSION KDE_SESSION_VERSION KDE_FULL_SESSION DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK SSH_CLIENT
SSH_CONNECTION SSH_TTY GPG_AGENT_INFO WINDOWID VTE_VERSION DEBUGINFOD_URLS DEBUG_COLORS DEBIAN_FRONTEND
DEBFULLNAME VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYENV_ROOT NODE_ENV
NODE_OPTIONS NVM_DIR NPM_CONFIG_CACHE JAVA_HOME GOPATH CARGO_HOME CI GITHUB_ACTIONS GITHUB_TOKEN
GITHUB_REPOSITORY GITHUB_WORKSPACE RUNNER_OS RUNNER_TEMP GITLAB_CI CI_JOB_ID CI_JOB_TOKEN CI_DEBUG_TRACE
BUILD_ID BUILD_NUMBER JOB_NAME WORKSPACE JENKINS_URL TRAVIS CIRCLECI CIRCLE_SHA1 BUILDKITE TEAMCITY_VERSION
TF_BUILD SYSTEM_DEBUG AGENT_ID DOCKER_HOST DOCKER_CONFIG COMPOSE_PROJECT_NAME COMPOSE_FILE container
KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_SERVICE_PORT_HTTPS KUBERNETES_PORT
KUBERNETES_PORT_443_TCP KUBERNETES_PORT_443_TCP_PROTO KUBERNETES_PORT_443_TCP_PORT
KUBERNETES_PORT_443_TCP_ADDR POD_NAME POD_NAMESPACE POD_IP THING_PORT REDIS_PORT AUTH_PORT
AUTH_PORT_4001_TCP AUTH_PORT_4001_TCP_ADDR AUTH_SERVICE_HOST AUTH_SERVICE_PORT AUTH_SERVICE_PORT_HTTP
REDIS_SERVICE_HOST REDIS_SERVICE_PORT REDIS_PORT_6379_TCP SESSION_SERVICE_HOST SESSION_PORT
SESSION_PORT_80_TCP_PROTO JWT_SERVICE_HOST JWT_PORT JWT_PORT_80_TCP CORS_SERVICE_PORT
RATE_LIMIT_SERVICE_HOST RATE_LIMIT_PORT STITCHER_PORT STITCHER_SERVICE_HOST STITCHER_PORT_3000_TCP_ADDR
STITCHER_SERVICE_PORT REDIS_HOST REDIS_PASSWORD REDIS_TLS_URL DATABASE_URL POSTGRES_PASSWORD POSTGRES_USER
PGHOST PGPORT MYSQL_HOST DB_HOST AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
AZURE_CLIENT_ID GOOGLE_APPLICATION_CREDENTIALS AUTH_TOKEN AUTH_PRIVATE_KEY AUTH_TOKEN_SECONDS DATA_DIR
DOCKER API_URL BASE_URL PUBLIC_URL HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy ALL_PROXY
SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE OTEL_SERVICE_NAME OTEL_EXPORTER_OTLP_ENDPOINT
SENTRY_DSN DD_AGENT_HOST NEW_RELIC_LICENSE_KEY PROMETHEUS_MULTIPROC_DIR WEB_CONCURRENCY GUNICORN_CMD_ARGS
UVICORN_PORT DYNO HEROKU_APP_NAME PORTS POST PROT SECRET SECRET_KEY TOKEN LOGIN LIMIT LOG_DIR LOG_FILE
LOG_PATH LOGS METRICS_PORT WORKER_ID SCHEMA_REGISTRY_URL THING_MICROSERVICE_URL A_SERVICE_URL INVOCATION_ID
JOURNAL_STREAM SYSTEMD_EXEC_PID MEMORY_PRESSURE_WATCH NOTIFY_SOCKET LISTEN_FDS WSL_DISTRO_NAME WSLENV PROMPT
PS1 _ HISTSIZE HISTFILE HISTCONTROL LESSOPEN LESSCLOSE ZSH OSTYPE MACHTYPE BASH_ENV EUID RANDOM SECONDS
VISUAL BROWSER TERM_PROGRAM TERM_SESSION_ID ITERM_SESSION_ID SECURITYSESSIONID SESSIONNAME COMSPEC OS WINDIR
USERPROFILE APPDATA
"""


def test_names_of_other_programs_stay_alone() -> None:
    """Linux and other desktops, CI systems, Docker, Kubernetes, hosting platforms."""
    assert list(misspelt_names(SETTINGS, dict.fromkeys(OTHERS.split(), "1"))) == []


def test_a_name_without_a_value_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECERT", "")
    load_settings()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("PORT=1\nJWT_SECRET: abc\n", [2]),
        ("PORT\n", [1]),
        ("# a comment\n\n\nnonsense and more\nPORT=1\n\nJWT_SECRET\n", [4, 7]),
        ('A=1\nSESSION_SECRET="never ends\nPORT=1\n', [2]),
        ("=1\n", [1]),
        ("A=1\r\n\r\nB\r\n", [3]),
    ],
)
def test_lines_that_set_nothing(text: str, lines: list[int]) -> None:
    Path(".env").write_bytes(text.encode())
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).splitlines() == [f".env:{line}: expected NAME=value." for line in lines]


def test_lines_that_are_right() -> None:
    text = "\ufeffPORT=1\r\nexport HOST = 'a'\r\n\r\n# x\r\nSCHEMAS=\"b\"  # c\r\nSUPERGRAPH=\r\nA='1\n2'\n"
    Path(".env").write_text(text, encoding="utf-8")
    settings = load_settings()
    assert (settings.port, settings.host, settings.schemas) == (1, "a", Path("b"))
    assert read_environment()["PORT"] == "1"


def test_what_nobody_reads_is_told() -> None:
    Path(".env").write_text("PORT=1\nport=2\nMINE=1\nTHEIRS=2\nA_MICROSERVICE_URL=http://a\n")
    Path(".env.example").write_text("THEIRS=\n")
    with capture_logs() as logs:
        load_settings()
        warn_of_unread_names()
    assert [(entry["log_level"], entry["names"]) for entry in logs] == [("warning", ["MINE"])]
    Path(".env").unlink()
    with capture_logs() as logs:
        warn_of_unread_names()
    assert logs == []


def test_what_opentelemetry_reads_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTEL_SERVICE_NAME=gateway\nOTHER=1\n")
    assert unread_names({"PORT"}, str(tmp_path / ".env")) == ["OTHER"]
