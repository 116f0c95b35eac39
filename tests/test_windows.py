import pytest

from stitcher.windows import Window, parse_windows


def test_several_windows_in_order_of_their_length() -> None:
    assert parse_windows("requests", "1000/hour;10/second", "3 per 5 minute") == (
        Window("requests/second", 10, 1),
        Window("requests/5-minutes", 3, 300),
        Window("requests/hour", 1000, 3600),
    )


def test_the_stricter_of_two_as_long() -> None:
    assert parse_windows("a", "5/minute", "3/minute;9/minute") == (Window("a/minute", 3, 60),)
    assert parse_windows("a", "60/minute;1/60second") == (Window("a/60-seconds", 1, 60),)


@pytest.mark.parametrize("limit", ["", "often", "0/minute", "5/fortnight", "5/minute;x", f"{10**15}/minute"])
def test_what_is_no_limit(limit: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its message is shown to nobody
        parse_windows("a", limit)
