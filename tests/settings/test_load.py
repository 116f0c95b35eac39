import re
from pathlib import Path

import pytest

from stitcher.errors import SettingsError
from stitcher.settings.load import NAMES, Settings, load_settings, origin, read_environment
from stitcher.settings.secret_files import SECRET_FILES

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, *SECRET_FILES.values()):
        monkeypatch.delenv(name.upper(), raising=False)


def complaints(**overrides: object) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(**overrides)
    assert caught.value.__cause__ is None  # which would quote every value
    return dict(line.split(": ", 1) for line in str(caught.value).splitlines())


def test_the_defaults() -> None:
    settings = load_settings()
    assert settings == Settings.model_construct()
    assert (settings.host, settings.port, settings.rate_limit) == ("127.0.0.1", 3000, "100/minute")


def test_the_example_has_every_setting_with_its_default() -> None:
    (Path.cwd() / ".env").write_bytes(EXAMPLE.read_bytes())
    assert load_settings() == Settings.model_construct()
    named = re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert set(named) >= NAMES


def test_options_come_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("PORT=1\nHOST=file\nSCHEMAS=file\n")
    monkeypatch.setenv("PORT", "2")
    monkeypatch.setenv("HOST", "environment")
    settings = load_settings(port=3, host=None)
    assert (settings.port, settings.host, settings.schemas) == (3, "environment", Path("file"))


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("REDIS_URL", "")
    assert (load_settings().port, load_settings().redis_url) == (3000, None)


def test_addresses_of_microservices_may_be_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("A_MICROSERVICE_URL=http://file\nB_MICROSERVICE_URL=http://file\nEMPTY\n")
    monkeypatch.setenv("B_MICROSERVICE_URL", "http://environment")
    environment = read_environment()
    assert environment["A_MICROSERVICE_URL"] == "http://file"
    assert environment["B_MICROSERVICE_URL"] == "http://environment"
    assert "EMPTY" not in environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("RESOLVERS", "my resolvers"),
        ("RESOLVERS", "../resolvers"),
        ("SUBGRAPH_TIMEOUT", "0"),
        ("SUBGRAPH_TIMEOUT", "nan"),
        ("SUBGRAPH_TIMEOUT", "inf"),
        ("SUBGRAPH_TIMEOUT", "10s"),
        ("RATE_LIMIT", "100"),
        ("RATE_LIMIT", "100/fortnight"),
        ("RATE_LIMIT", "0/minute"),
        ("RATE_LIMIT", "10/second;x"),
        ("LOGIN_RATE_LIMIT", "never"),
        ("LOGIN_ACCOUNT_RATE_LIMIT", "0/hour"),
        ("LOGIN_FIELDS", "Mutation.login"),
        ("TRUSTED_PROXIES", "proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("INTROSPECTION", "maybe"),
        ("EXPLORER", "playground2"),
        ("OPERATION_CACHE_SIZE", "0"),
        ("BODY_LIMIT", "0"),
        ("BODY_LIMIT", "large"),
        ("FORWARD_HEADERS", "host"),
        ("FORWARD_HEADERS", "two words"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "app.example"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "https://app.example/path"),
        ("CORS_ORIGINS", "https://user@app.example"),
        ("CORS_ORIGINS", "file://app.example"),
        ("CSRF_PREVENTION", "off"),
        ("JWT_ALGORITHMS", "none"),
        ("JWT_ALGORITHMS", "HS1"),
        ("JWT_JWKS_PLAIN_HTTP", "maybe"),
        ("JWT_LEEWAY", "-1"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("JWT_LEEWAY", "301"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    found = complaints()
    assert list(found) == [name]
    assert found[name].startswith(f"{value!r} can't be used; expected ")


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [("FORWARD_HEADERS", "authorization,Host", "Host"), ("JWT_ALGORITHMS", "RS256,PS256", "PS256")],
)
def test_what_is_wrong_in_a_list(monkeypatch: pytest.MonkeyPatch, name: str, value: str, wrong: str) -> None:
    monkeypatch.setenv(name, value)
    assert complaints()[name].startswith(f"{wrong!r} can't be used; expected ")


def test_every_complaint_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("LOG_LEVEL", "y")
    assert set(complaints(rate_limit="z")) == {"PORT", "LOG_LEVEL", "RATE_LIMIT"}


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "http://:hunter2@redis:6379")
    assert "hunter2" not in complaints()["REDIS_URL"]
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@redis:6379")
    assert "hunter2" not in repr(load_settings())


@pytest.mark.parametrize("value", ["ftp://:hunter2@issuer/jwks", "issuer/hunter2", "https://", "https:///x"])
def test_an_address_that_may_have_a_password(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("JWT_JWKS_URL", value)
    assert complaints() == {
        "JWT_JWKS_URL": "its value can't be used; expected the https://… address of a JWKS."
    }


SECRET = "x" * 32


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (
            {"JWT_SECRET": SECRET, "JWT_JWKS_URL": "https://a.example"},
            "JWT_SECRET and JWT_JWKS_URL: only one of them can be set; tokens have one issuer.",
        ),
        (
            {"RESPONSE_CACHE": "1MiB", "WORKERS": "2"},
            "RESPONSE_CACHE: with several WORKERS, none could end what another keeps; set REDIS_URL, too.",
        ),
        (
            {"JWT_ISSUER": "a"},
            "JWT_ISSUER: no token is verified; set one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL, too.",
        ),
        (
            {"AUTH_REQUIRED": "1"},
            "AUTH_REQUIRED: no token is verified; set one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL, too.",
        ),
        (
            {"JWT_SECRET": "", "JWT_AUDIENCE": "a", "JWT_ALGORITHMS": "HS256"},
            "JWT_ALGORITHMS and JWT_AUDIENCE: no token is verified; set one of JWT_SECRET, JWT_PUBLIC_KEY, "
            "JWT_JWKS_URL, too.",
        ),
        (
            {"JWT_SECRET": SECRET, "JWT_ALGORITHMS": "HS256,RS256"},
            "JWT_ALGORITHMS: 'HS256,RS256' can't be used; expected one of HS256, HS384, HS512 for "
            "JWT_SECRET.",
        ),
        (
            {"JWT_PUBLIC_KEY": "key.pem", "JWT_ALGORITHMS": "RS256,HS256"},
            "JWT_ALGORITHMS: 'RS256,HS256' can't be used; expected some of ES256, ES384, ES512, RS256, "
            "RS384, RS512 for JWT_PUBLIC_KEY.",
        ),
        (
            {"JWT_JWKS_URL": "https://a.example", "JWT_ALGORITHMS": "RS256,HS256"},
            "JWT_ALGORITHMS: 'RS256,HS256' can't be used; expected some of ES256, ES384, ES512, RS256, "
            "RS384, RS512 for JWT_JWKS_URL.",
        ),
    ],
)
def test_ways_to_verify_tokens_that_do_not_fit_together(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], complaint: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == complaint


@pytest.mark.parametrize("value", ["off", "OFF", "5/second", "10/second;1000/hour", "100 per 2 minutes"])
def test_notations_of_the_limit(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RATE_LIMIT", value)
    assert load_settings().rate_limit == ("off" if value == "OFF" else value)


def test_sizes_and_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BODY_LIMIT", "2MiB")
    monkeypatch.setenv("FORWARD_HEADERS", " Authorization , X-Tenant,")
    monkeypatch.setenv("LOGIN_FIELDS", "signIn, signUp")
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8, 2001:db8::/32")
    settings = load_settings()
    assert settings.body_limit == 2 * 1024 * 1024
    assert settings.forward_headers == ("authorization", "x-tenant")
    monkeypatch.setenv("JWT_JWKS_URL", "https://issuer.example/jwks")
    monkeypatch.setenv("JWT_ALGORITHMS", "RS256, ES256")
    monkeypatch.setenv("JWT_AUDIENCE", "https://a.example,b")
    assert load_settings().jwt_algorithms == ("RS256", "ES256")
    assert load_settings().jwt_audience == ("https://a.example", "b")
    assert settings.login_fields == ("signIn", "signUp")
    assert [str(network) for network in settings.trusted_proxies] == [
        *("127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32")
    ]


def test_origins_are_written_as_browsers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    given = "HTTPS://App.Example, https://a.example:443/,http://b.example:80,http://c.example:443,http://[::1]:8080"
    monkeypatch.setenv("CORS_ORIGINS", given)
    assert load_settings().cors_origins == (
        *("https://app.example", "https://a.example", "http://b.example"),
        *("http://c.example:443", "http://[::1]:8080"),
    )


def test_origins_of_web_views_and_extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    given = (
        *("capacitor://localhost", "ionic://localhost", "tauri://localhost", "app://obsidian.md"),
        *("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb", "http://tauri.localhost"),
        "safari-web-extension://1D3A8A32-0F73-4E5B-8A9E-5C0A4C1B2D3E",
        "moz-extension://4f1e2b5c-9d1a-4b7e-8c55-0a4f7d6f0a11",
    )
    monkeypatch.setenv("CORS_ORIGINS", ",".join(given))
    assert load_settings().cors_origins == given
    monkeypatch.setenv("CORS_ORIGINS", "Capacitor://localhost/,Tauri://a:80")
    assert load_settings().cors_origins == ("capacitor://localhost", "tauri://a:80")


@pytest.mark.parametrize(
    "value", ["capacitor://*", "*://localhost", "capacitor:localhost", "://x", "1a://x", "data:text/html,x"]
)
def test_what_is_no_origin_in_other_schemes(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CORS_ORIGINS", value)
    assert "can't be used; expected origins such as" in complaints()["CORS_ORIGINS"]


def test_why_there_is_no_wildcard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example,*")
    message = complaints()["CORS_ORIGINS"]
    assert message.startswith("'*' can't be used; expected origins such as https://app.example")
    assert "not *, since" in message


def test_secrets_of_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().session_secrets == ()
    new, old = "n" * 32, "o" * 40
    monkeypatch.setenv("SESSION_SECRET", f"{new}, {old}")
    assert load_settings().session_secrets == (new, old)
    for short in ("hunter2", f"{new},hunter2", "h" * 31):
        monkeypatch.setenv("SESSION_SECRET", short)
        found = complaints()
        assert "its value can't be used; expected a random secret of at least 32" in found["SESSION_SECRET"]
        assert "h" * 8 not in found["SESSION_SECRET"]
        assert "hunter2" not in found["SESSION_SECRET"]


def test_no_header_can_be_passed_on_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARD_HEADERS", ",")
    assert load_settings().forward_headers == ()


def test_a_file_that_is_no_text() -> None:
    Path(".env").write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings()


def test_every_secret_may_be_in_a_file() -> None:
    values = {
        "supergraph_header": "X-Key: abc",
        "redis_url": "redis://redis.example:6379/0",
        "cache_purge_secret": "p" * 32,
        "session_secret": "s" * 32,
        "jwt_secret": "j" * 32,
        "jwt_public_key": "",
        "jwt_jwks_url": "",
    }
    assert {name: f"{name.upper()}_FILE" for name in values} == SECRET_FILES
    plain = [f"{name.upper()}={value}\n" for name, value in values.items()]
    Path(".env").write_text("".join(plain))
    expected = load_settings()
    lines = []
    for name, value in values.items():
        if value:
            Path(name).write_text(f"\ufeff{value}\r\n")
            lines.append(f"{name.upper()}_FILE={name}\n")
    Path(".env").write_text("".join(lines))
    assert load_settings() == expected != Settings.model_construct()
    assert origin("session_secret") == "SESSION_SECRET_FILE"
    assert origin("jwt_jwks_url") == "default"


def test_a_secret_in_a_file_comes_before_gateway_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("gateway.toml").write_text(f'jwt_secret = "{"t" * 32}"\n')
    Path("secret").write_text("f" * 32)
    monkeypatch.setenv("JWT_SECRET_FILE", "secret")
    secret = load_settings().jwt_secret
    assert secret is not None
    assert secret.get_secret_value() == "f" * 32


def test_files_of_secrets_that_cant_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("empty").write_text(" \n")
    Path("binary").write_bytes(b"\xff\xfe\xfd")
    Path("short").write_text("hunter2")
    for variable, path in {
        "CACHE_PURGE_SECRET_FILE": "empty",
        "JWT_PUBLIC_KEY_FILE": "binary",
        "JWT_SECRET_FILE": "nowhere",
        "REDIS_URL_FILE": "short",
        "REDIS_URL": "redis://redis.example",
        "SESSION_SECRET_FILE": "short",
    }.items():
        monkeypatch.setenv(variable, path)
    assert complaints() == {
        "CACHE_PURGE_SECRET_FILE": "'empty' is empty.",
        "JWT_PUBLIC_KEY_FILE": "'binary' can't be read: it isn't UTF-8 text.",
        "JWT_SECRET_FILE": "'nowhere' can't be read: No such file or directory.",
        "REDIS_URL_FILE": "REDIS_URL is set, too; expected one of them.",
        "SESSION_SECRET_FILE": "its value can't be used; expected "
        f"{Settings.model_fields['session_secret'].description}.",
    }


def test_what_is_no_secret_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_AUDIENCE_FILE", "somewhere")
    assert complaints()["JWT_AUDIENCE_FILE"].startswith("there is no such setting")
