"""What is kept in one process: bounded, and as it was put there."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitcher.cache_policies import CachePolicy
from stitcher.caching.near import LARGEST, Near, Page, Told
from stitcher.caching.parts import CachedPart
from stitcher.caching.tags import Tagger
from stitcher.values import dumps

PART = CachedPart("part", "thing", "Thing", None, False, (), None, Tagger("thing", ["subgraph:thing"], None))


def page(values: Mapping[str, Any], size: int = 0) -> Page:
    raw = dumps({"data": {"values": list(values.values()), "more": "x" * size}})
    names = [[f"entity:Thing:{key}"] for key in values]
    told = Told(100.0, 0.5, 3)
    policy = CachePolicy(60, while_asking=5)
    return Page(PART, raw, lambda data: data["values"], names.__getitem__, (), told, policy, list(values))


def test_a_page_is_read_as_a_whole_or_opened() -> None:
    near = Near(64 * 100_000)
    values = {f"k{number}": {"n": number} for number in range(20)}
    kept = page(values)
    assert near.add(kept)
    assert near.page(list(values)) is kept
    assert near.page(["k0"]) is None
    assert near.find(["other", "k1", "k2", "k3", "k4", "k5"]) == [None, *[kept] * 5]
    (entry,) = near.find(["k7"])  # so small a part that all of it becomes entries
    assert entry.body == b'{"n":7}'
    assert (entry.fresh, entry.while_asking, entry.if_error, entry.took, entry.since) == (
        160,
        165,
        160,
        0.5,
        3,
    )
    assert set(entry.tags) == {"subgraph:thing", "entity:Thing:k7"}
    assert near.page(list(values)) is None
    assert near.get("k0").body == b'{"n":0}'
    assert len(near) == 20
    near.add(page({"k0": {"n": "new"}, "k1": None}))
    assert near.get("k0").body == b'{"n":"new"}'
    assert near.get("k1") is None


def test_what_is_too_large_is_not_kept() -> None:
    near = Near(64 * 10_000)
    assert not near.add(page({"a": 1}, 10_000))
    assert near.get("a") is None
    assert not Near(2**40).add(page({"a": 1}, LARGEST))
    near.put("b", 1, 10_001)
    assert near.get("b") is None
    near.add(page({"a": 1, "b": 2}))
    near.drop("a")
    assert (len(near), near.size) == (0, 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "add", "get", "find", "drop"]), st.integers(0, 30)), max_size=60
    )
)
def test_it_is_bounded_and_never_wrong(steps: list[tuple[str, int]]) -> None:
    """Against a dict that never forgets."""
    near = Near(64 * 1000)
    known: dict[str, Any] = {}
    for number, (step, key) in enumerate(steps):
        keys = [f"k{each}" for each in range(key, key + 5)]
        if step == "put":
            near.put(keys[0], number, 900)
            known[keys[0]] = number
        elif step == "add":
            values = {each: {"n": number} for each in keys}
            near.add(page(values))
            known.update({each: dumps(value) for each, value in values.items()})
        elif step == "get":
            matches(near.get(keys[0]), known.get(keys[0]))
        elif step == "find":
            for each, found in zip(keys, near.find(keys), strict=True):
                if not isinstance(found, Page):
                    matches(found, known.get(each))
        else:
            near.drop(keys[0])
        assert near.size <= 64 * 1000
        assert near.size == 0 or len(near)
    near.clear()
    assert (len(near), near.size) == (0, 0)


def matches(found: Any, known: Any) -> None:
    assert found is None or getattr(found, "body", found) == known


def test_a_page_without_a_policy_tells_its_tags_alone() -> None:
    told = page({"a": 1, "b": None})
    told.policy = None
    assert told.entries() == []
    assert told.all_tags() == {"subgraph:thing", "entity:Thing:a", "entity:Thing:b"}
    told.tags = [["one"], ["two"]]
    assert {"tag:thing:one", "tag:thing:two"} < told.all_tags()


@pytest.mark.parametrize("keys", [["a", "b"], ["b", "a"]])
def test_a_page_is_for_its_keys_in_their_order(keys: list[str]) -> None:
    near = Near(64 * 100_000)
    kept = page({"a": 1, "b": 2})
    near.add(kept)
    assert (near.page(keys) is kept) == (keys == ["a", "b"])
