import asyncio

from stitcher.stores import MemoryStore


async def test_memory_is_given_back() -> None:
    store = MemoryStore()
    for number in range(50):
        await store.write(f"short-{number}", b"", 1)
    await store.write("short-7", b"written again", 60)
    await asyncio.sleep(1.1)
    await store.write("long", b"value", 60)
    assert len(store) == 2
    assert [await store.read(key) for key in ("short-6", "short-7", "long")] == [
        None,
        b"written again",
        b"value",
    ]


async def test_what_was_deleted_and_written_again_lasts() -> None:
    store = MemoryStore()
    await store.write("key", b"old", 1)
    assert await store.delete("key")
    assert not await store.delete("key")
    await store.write("key", b"new", 60)
    await asyncio.sleep(1.1)
    await store.write("other", b"", 60)
    assert await store.read("key") == b"new"
