import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from stitcher.server.ops.log import configure_logging


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    server = logging.getLogger("uvicorn.error")
    handlers, level, filters = root.handlers, root.level, [*server.filters]
    yield
    server.filters = filters
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_json_is_one_object_a_line_for_ours_and_the_standard_librarys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("auto", "info")  # what the tests capture is no terminal
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("ours").warning("one", subgraph="thing")
        logging.getLogger("theirs").error("two %s", 2)
    try:
        raise ValueError("three")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    structlog.get_logger("ours").debug("not shown")
    out, err = capsys.readouterr()
    first, second, third = map(json.loads, err.splitlines())
    assert out == ""
    assert {
        "event": "one",
        "subgraph": "thing",
        "level": "warning",
        "logger": "ours",
    }.items() <= first.items()
    assert {
        "event": "two 2",
        "level": "error",
        "logger": "theirs",
        "request_id": "r1",
    }.items() <= second.items()
    assert first["request_id"] == "r1"
    assert "ValueError: three" in third["exception"]


def test_pretty_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("pretty", "debug")
    structlog.get_logger("ours").debug("one", subgraph="thing")
    err = capsys.readouterr().err
    assert "one" in err
    assert "subgraph=thing" in err
    assert "\x1b" not in err


@pytest.mark.parametrize("style", ["pretty", "json"])
def test_a_trace_has_no_values_of_variables(
    capsys: pytest.CaptureFixture[str], style: Literal["pretty", "json"]
) -> None:
    configure_logging(style, "info")

    def log_in(password: str) -> None:
        raise ValueError("it didn't work")

    try:
        log_in("open " + "sesame")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
        logging.getLogger("theirs").exception("failed")
    err = capsys.readouterr().err
    assert err.count("ValueError: it didn't work") == 2
    assert "open sesame" not in err


def test_no_client_can_have_advice_on_libraries_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "info")
    server = logging.getLogger("uvicorn.error")
    server.warning("Unsupported upgrade request.")
    server.warning("No supported WebSocket library detected. Install one.")
    server.warning("Another warning.")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == [
        "Another warning."
    ]
