"""A cache that is bounded by number and by bytes."""

from stitcher.recent import SHARE, Recent, footprint


def test_the_least_recently_used_goes_first() -> None:
    recent = Recent[str, int](2, SHARE)
    for key, value in (("a", 1), ("b", 2)):
        recent.put(key, value, 1)
    assert recent.get("a") == 1
    recent.put("c", 3, 1)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
    assert (len(recent), recent.size) == (2, 2)


def test_it_takes_no_more_than_so_many_bytes() -> None:
    recent = Recent[int, str](1000, SHARE * 10)
    for number in range(200):
        recent.put(number, "value", 7)
        assert recent.size <= SHARE * 10
    assert len(recent) == SHARE * 10 // 7
    assert recent.get(199) == "value"
    assert recent.get(0) is None


def test_what_is_too_large_takes_no_place_from_others() -> None:
    recent = Recent[str, int](10, SHARE * 10)
    recent.put("a", 1, 10)
    recent.put("b", 2, 11)
    assert (recent.get("a"), recent.get("b"), recent.size) == (1, None, 10)
    recent.put("a", 3, 11)  # what it stands for now can't be kept; and what it stood for is no more
    assert (recent.get("a"), recent.size) == (None, 0)


def test_one_key_is_kept_once() -> None:
    recent = Recent[str, int](10, SHARE * 10)
    for value in range(5):
        recent.put("a", value, 3)
    assert (recent.get("a"), len(recent), recent.size) == (4, 1, 3)


def test_a_footprint_counts_all_that_hangs_on_a_value_once() -> None:
    text = "x" * 10_000
    one = footprint([text])
    assert 10_000 < one < 10_300
    assert footprint([text, text, {"text": text}]) < one + 500
    assert footprint([text, "y" * 10_000]) > one + 10_000
    assert footprint((Recent, footprint, len)) < 200  # what isn't the value's own doesn't count
