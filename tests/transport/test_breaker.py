"""When an instance is out of use, and how much it is asked after that."""

import pytest

from stitcher.transport.breaker import Breaker
from stitcher.transport.budget import Budget
from stitcher.transport.window import Window


def fail(breaker: Breaker, times: int, now: float) -> float | None:
    out = None
    for _ in range(times):
        is_probe = breaker.begin()
        out = breaker.fail(now)
        if is_probe:
            breaker.end_probe()
    return out


def test_three_failures_in_a_row_take_it_out_for_a_second() -> None:
    breaker = Breaker()
    assert fail(breaker, 2, 100.0) is None
    breaker.succeed(100.0)
    assert fail(breaker, 2, 100.0) is None
    assert breaker.admits(100.0)
    assert fail(breaker, 1, 100.0) == 1.0
    assert not breaker.admits(100.9)
    assert breaker.admits(101.0)


def test_so_does_half_of_twenty() -> None:
    breaker = Breaker()
    for number in range(9):
        breaker.succeed(100.0 + number / 10)
        assert fail(breaker, 1, 100.0 + number / 10) is None
    breaker.succeed(101.0)
    assert fail(breaker, 1, 101.0) == 1.0


def test_but_not_half_of_twenty_over_a_longer_time() -> None:
    breaker = Breaker()
    for number in range(20):
        breaker.succeed(100.0 + 1.3 * number)
        assert fail(breaker, 1, 100.0 + 1.3 * number) is None


def test_one_probe_at_a_time_and_twice_the_pause_after_each_that_fails() -> None:
    breaker = Breaker()
    fail(breaker, 3, 100.0)
    now, pauses = 100.0, []
    for pause in (1, 2, 4, 8, 16, 30, 30):
        now += pause
        assert breaker.admits(now)
        assert breaker.begin()
        assert not breaker.admits(now)
        pauses.append(breaker.fail(now))
        breaker.end_probe()
        assert not breaker.admits(now)
    assert pauses == [2, 4, 8, 16, 30, 30, 30]


def test_a_probe_of_a_client_that_has_gone_says_nothing() -> None:
    breaker = Breaker()
    fail(breaker, 3, 100.0)
    assert breaker.begin()
    breaker.end_probe()
    assert breaker.is_out
    assert breaker.admits(101.0)


def test_what_was_sent_earlier_makes_no_room_for_a_second_probe() -> None:
    breaker = Breaker()
    assert not breaker.begin()  # it takes its time
    fail(breaker, 3, 100.0)
    assert breaker.begin()
    breaker.fail(100.9)  # the one that took its time
    assert not breaker.admits(101.5)


def test_one_that_is_back_has_a_share_that_grows() -> None:
    breaker = Breaker()
    assert breaker.share(5.0) == 1.0
    fail(breaker, 3, 100.0)
    breaker.begin()
    assert breaker.succeed(101.0)
    assert not breaker.succeed(101.0)
    assert [breaker.share(101.0 + after) for after in (0, 0.5, 5, 10, 100)] == [0.1, 0.1, 0.5, 1, 1]


def test_one_that_fails_again_soon_is_out_for_longer_and_later_for_a_second() -> None:
    for after, pause in ((5.0, 2.0), (60.0, 1.0)):
        breaker = Breaker()
        fail(breaker, 3, 100.0)
        breaker.begin()
        breaker.succeed(101.0)
        assert fail(breaker, 3, 101.0 + after) == pause


def test_what_was_sent_before_it_went_out_does_not_prolong_it() -> None:
    breaker = Breaker()
    fail(breaker, 3, 100.0)
    assert fail(breaker, 5, 100.5) is None
    assert breaker.admits(101.0)


@pytest.mark.parametrize("start", [0.0, 3.7, 1e6])
def test_a_window_is_of_ten_seconds(start: float) -> None:
    window = Window()
    for second in range(30):
        for _ in range(second + 1):
            window.add(start + second)
        assert window.current(start + second) == second + 1
        assert window.sum(start + second) == sum(range(max(1, second - 8), second + 2))
    assert window.sum(start + 35) == sum(range(27, 31))
    assert window.sum(start + 1000) == 0


def test_a_budget_is_a_fifth_of_the_requests_or_ten_a_second() -> None:
    few = Budget()
    assert sum(few.spend(100.0) for _ in range(50)) == 10
    assert sum(few.spend(101.0) for _ in range(50)) == 10
    many = Budget()
    for _ in range(1000):
        many.count(100.0)
    assert sum(many.spend(100.0) for _ in range(500)) == 200
    assert sum(many.spend(101.0) for _ in range(500)) == 10
    assert sum(many.spend(120.0) for _ in range(500)) == 10
