from stitcher.server.limits.headers import policy_field, refusal_headers, state_field
from stitcher.server.limits.limiter import State, Verdict
from stitcher.windows import parse_windows

WINDOWS = parse_windows("requests", "10/second;1000/hour")


def test_several_windows() -> None:
    assert policy_field(WINDOWS) == '"requests/second";q=10;w=1, "requests/hour";q=1000;w=3600'
    states = (State(WINDOWS[0], 9, 0.2), State(WINDOWS[1], 0, 3599.0))
    assert state_field(states) == '"requests/second";r=9;t=1, "requests/hour";r=0;t=3599'


def test_a_refusal() -> None:
    verdict = Verdict(False, (State(WINDOWS[1], 0, 12.1),))
    assert refusal_headers(verdict) == {
        "Retry-After": "13",
        "RateLimit-Policy": '"requests/hour";q=1000;w=3600',
        "RateLimit": '"requests/hour";r=0;t=13',
    }
