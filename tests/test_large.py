import asyncio
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stitcher import large

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=4), inner, max_size=8),
    max_leaves=60,
)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "PIECE", 16)
    monkeypatch.setattr(large, "ITEMS", 2)


@given(value=JSON, space=st.sampled_from(["", " ", "\n\t"]))
def test_pieces_make_the_same_whole(value: Any, space: str) -> None:
    content = space.encode() + orjson.dumps(value, option=orjson.OPT_INDENT_2) + space.encode()
    decoded = large.decode(content)
    assert decoded == orjson.loads(content)
    assert large.encode(decoded) == orjson.dumps(value)


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10}',
        b'{"a": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]',
        b'[{"a": "\xff\xfe no text in any encoding"}, 2]',
        b'[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, NaN, {"b": 1}]',
        b"<!doctype html><title>Bad gateway</title>",
    ],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        large.decode(content)


def containers(value: Any) -> Iterator[Any]:
    """Yield all objects and lists in a value."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from containers(inner)


def test_freed_values_are_empty() -> None:
    seen: list[Any] = []

    class Watched(dict[str, Any]):
        def __del__(self) -> None:
            seen.append(self["id"])

    shared = {"of": Watched(id=0)}
    value = {"a": [shared, shared], "b": [{"c": [Watched(id=each)]} for each in range(1, 9)]}
    del shared
    large.free(value)
    assert value == {}
    assert sorted(seen) == list(range(9))


@given(value=JSON, chosen=st.randoms(use_true_random=False))
def test_what_somebody_else_holds_stays_whole(value: Any, chosen: Any) -> None:
    held = chosen.sample(inside := list(containers(value)), len(inside) // 3)
    del inside
    before = orjson.dumps(held)
    whole = {"data": value}
    del value
    large.free(whole)
    assert whole == {}
    assert orjson.dumps(held) == before


async def test_the_event_loop_keeps_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    things = [
        {"id": f"t{each}", "name": "a thing with a name", "tags": ["a", "b"]} for each in range(100_000)
    ]
    content = orjson.dumps({"data": {"things": things}})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    started = time.perf_counter()
    counting = asyncio.create_task(count())
    decoded = await asyncio.to_thread(large.decode, content)
    encoded = await asyncio.to_thread(large.encode, decoded)
    await asyncio.to_thread(large.free, decoded)
    counting.cancel()
    assert encoded == content
    # A turn every 20 ms, where a single call of orjson's would leave none in all the time that it takes.
    assert turns > (time.perf_counter() - started) / 0.02
