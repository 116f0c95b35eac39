"""What the gateway keeps of entities and root fields, and for whom."""

import asyncio
from typing import Any

import pytest

from tests.caching.world import World, world
from tests.waiting import until


async def test_each_entity_is_kept_by_itself() -> None:
    async with world() as made:
        await made.data('{ thing(id: "1") { serial note } }')
        assert names(made) == ["thing", "client"]
        await made.data("{ things { serial note } }")  # two of three notes are missing
        (_, (_, body)) = made.asked
        assert [each["id"] for each in representations(body)] == ["2", "3"]
        made.asked.clear()
        await made.data("{ things { serial note } }")
        assert made.asked == []


async def test_aliases_and_order_make_no_difference() -> None:
    async with world() as made:
        first = await made.data('{ thing(id: "1") { serial model owner { id name } } }')
        made.asked.clear()
        again = await made.data('{ a: thing(id: "1") { o: owner { n: name i: id } m: model s: serial } }')
        assert made.asked == []
        assert again == {
            "a": {
                "o": {"n": first["thing"]["owner"]["name"], "i": "c1"},
                "m": first["thing"]["model"],
                "s": first["thing"]["serial"],
            }
        }
        twice = await made.data('{ a: thing(id: "1") { note } b: thing(id: "1") { x: note y: note } }')
        assert twice["a"]["note"] == twice["b"]["x"] == twice["b"]["y"]
        assert len([body for name, body in made.asked if name == "client"]) == 1


async def test_only_the_root_fields_that_are_missing_are_asked_for() -> None:
    async with world() as made:
        await made.data('{ thing(id: "1") { serial } }', "bob")
        made.asked.clear()
        data = await made.data('{ mine thing(id: "1") { serial } b: thing(id: "2") { serial } }', "alice")
        ((_, body),) = made.asked
        assert 'id: "1"' not in body["query"]
        assert data["thing"]["serial"].startswith("thing:1:")
        assert data["b"]["serial"].startswith("thing:2:")
        assert data["mine"].endswith("alice")


async def test_arguments_and_variables_make_a_difference() -> None:
    async with world() as made:
        query = "query ($id: ID!, $loud: Boolean) { thing(id: $id) { note(loud: $loud) } }"
        seen = set()
        for variables in ({"id": "1"}, {"id": "2"}, {"id": "1", "loud": True}, {"id": "1", "loud": False}):
            await made.data(query, variables=variables)
            seen.add(len(made.asked))
        assert len(seen) == 4
        count = len(made.asked)
        await made.data(query, variables={"id": "1", "loud": True})
        assert len(made.asked) == count


async def test_what_is_private_is_kept_for_each_client_by_itself() -> None:
    async with world() as made:
        query = '{ mine client(id: "c1") { balance } }'
        alice, bob = await made.data(query, "alice"), await made.data(query, "bob")
        assert alice["mine"].endswith("alice")
        assert bob["client"]["balance"].endswith("bob")
        made.asked.clear()
        assert await made.data(query, "alice") == alice
        assert await made.data(query, "bob") == bob
        assert made.asked == []
        await made.data(query)  # nobody's: it is asked for each time
        await made.data(query)
        assert len(made.asked) == 4


async def test_what_a_known_client_was_answered_is_not_for_one_who_is_not_known() -> None:
    async with world() as made:
        query = '{ thing(id: "1") { serial } }'
        await made.data(query, "alice")
        await made.data(query, "bob")
        assert len(made.asked) == 1
        await made.data(query)
        assert len(made.asked) == 2


async def test_what_nobody_has_verified_is_not_taken_for_a_client() -> None:
    """The service may refuse such a token: then what it answered to another isn't for it."""
    async with world() as made:
        query = '{ thing(id: "1") { serial } }'
        for who in ("alice", "alice", "bob"):
            await made.data(query, who, asker=None)
        assert len(made.asked) == 2


async def test_a_service_may_say_so_that_an_answer_is_private() -> None:
    async with world() as made:
        made.headers = {"Cache-Control": "private, max-age=60"}
        query = '{ client(id: "c1") { name } }'
        for who in ("alice", "bob", "alice", "bob"):
            await made.data(query, who)
        assert len(made.asked) == 2


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({}, 2),
        ({"Cache-Control": "no-store"}, 2),
        ({"Cache-Control": "no-cache"}, 2),
        ({"Cache-Control": "max-age=5", "Age": "90"}, 2),
        ({"Cache-Control": "max-age=60"}, 1),
        ({"Cache-Control": "max-age=60", "Vary": "*"}, 2),
    ],
)
async def test_where_no_sdl_speaks_the_service_decides(headers: dict[str, str], asked: int) -> None:
    async with world() as made:
        made.headers = headers
        await made.data("{ said }")
        await made.data("{ said }")
        assert len(made.asked) == asked


async def test_what_a_service_never_says_anything_of_is_learned_again() -> None:
    async with world() as made:
        await made.data("{ said }")
        made.headers = {"Cache-Control": "max-age=60"}
        for _ in range(4):  # the first one tells, the second one is kept
            await made.data("{ said }")
        assert len(made.asked) == 3


async def test_it_ends_with_its_time() -> None:
    async with world() as made:
        query = '{ thing(id: "1") { serial } }'
        first = await made.ask(query)
        made.time += 15
        second = await made.ask(query)
        assert second.cache is not None
        assert (second.data, second.cache.max_age) == (first.data, 5)
        made.change("thing:1:serial")
        assert (await made.ask(query)).data == first.data
        made.time += 5
        assert (await made.ask(query)).data != first.data


async def test_errors_are_not_kept() -> None:
    async with world() as made:
        made.fails = True
        assert (await made.ask('{ thing(id: "1") { serial } }')).errors
        made.fails = False
        made.asked.clear()
        assert (await made.data('{ thing(id: "1") { serial } }'))["thing"]["serial"]
        assert await made.data('{ thing(id: "none") { serial } }') == {"thing": None}
        assert await made.data('{ thing(id: "none") { serial } }') == {"thing": None}
        assert len(made.asked) == 3  # there may be one next time


async def test_a_client_may_want_it_anew() -> None:
    async with world() as made:
        query = '{ thing(id: "1") { serial note } }'
        first = await made.data(query)
        made.change("thing:1:serial")
        anew = await made.data(query, takes_kept=False)
        assert anew != first
        assert await made.data(query) == anew  # which was kept
        made.change("thing:1:serial")
        made.time += 30
        unkept = await made.data(query, lets_keep=False)
        made.change("thing:1:serial")
        assert await made.data(query) != unkept


async def test_many_at_once_ask_once() -> None:
    async with world() as made:
        answers = await asyncio.gather(
            *(made.data('{ thing(id: "1") { note } }') for _ in range(20)),
            *(made.data("{ things { note } }") for _ in range(20)),
        )
        assert len({str(answer) for answer in answers}) == 2
        asked = [
            each["id"] for name, body in made.asked if name == "client" for each in representations(body)
        ]
        assert sorted(asked) == ["1", "2", "3"]


async def test_those_who_wait_ask_for_themselves_if_nothing_comes() -> None:
    async with world() as made:
        made.headers = {"Cache-Control": "no-store"}
        query = '{ thing(id: "1") { serial } }'
        assert all(await asyncio.gather(*(made.data(query) for _ in range(5))))
        made.headers, made.fails = {}, True
        answers = await asyncio.gather(*(made.ask(query) for _ in range(5)))
        assert all(answer.errors for answer in answers)


async def test_nobody_waits_for_what_a_service_lets_nobody_keep() -> None:
    async with world() as made:
        made.headers = {"Cache-Control": "no-store"}
        query = '{ thing(id: "1") { serial } }'
        told = await made.ask(query, tells_kept=True)
        assert "why" not in told.extensions["cache"][0]  # type: ignore[index]
        told = await made.ask(query, tells_kept=True)
        assert told.extensions["cache"][0]["why"] == ["its service didn't let it be kept"]  # type: ignore[index]
        made.headers = {}
        for _ in range(3):
            await made.data(query)
        assert len(made.asked) == 3


async def test_what_is_stale_is_given_while_it_is_asked_for_anew() -> None:
    async with world() as made:
        made.headers = {"Cache-Control": "max-age=10, stale-while-revalidate=20"}
        query = '{ thing(id: "1") { serial note } }'
        first = await made.data(query)
        made.change("thing:1:serial")
        made.change("thing:1:note")
        made.time += 25
        made.asked.clear()
        assert await made.data(query) == first
        await until(lambda: len(made.asked) == 2 and not made.caches[0]._tasks)
        made.asked.clear()
        renewed = await made.data(query)
        assert renewed["thing"]["serial"] != first["thing"]["serial"]
        assert renewed["thing"]["note"] != first["thing"]["note"]
        assert made.asked == []
        made.time += 31  # too stale
        made.change("thing:1:serial")
        assert await made.data(query) != renewed


async def test_what_is_stale_will_do_where_a_service_fails() -> None:
    async with world() as made:
        made.headers = {"Cache-Control": "max-age=10, stale-if-error=60"}
        query = '{ thing(id: "1") { serial note } }'
        first = await made.data(query)
        made.time += 30
        made.fails = True
        assert await made.data(query) == first
        partly = await made.ask('{ a: thing(id: "1") { serial } b: thing(id: "2") { serial } }')
        assert partly.errors
        made.time += 60
        assert (await made.ask(query)).errors


async def test_one_who_uses_a_hot_entry_renews_it_in_time() -> None:
    async with world() as made:
        query = '{ thing(id: "1") { serial } }'
        await made.data(query)
        near = made.caches[0].near
        (key,) = near._values
        near.put(key, near.get(key)._replace(took=5.0), 1000)
        made.asked.clear()
        made.time += 19
        for _ in range(200):
            await made.data(query)
        await asyncio.sleep(0.05)
        assert made.asked
        assert len(made.asked) < 50


async def test_an_answer_says_what_was_kept() -> None:
    async with world() as made:
        query = '{ thing(id: "1") { serial note } said mine }'
        await made.ask(query)
        told = (await made.ask(query, tells_kept=True)).extensions
        assert told is not None
        root, notes = told["cache"]
        assert (root["subgraph"], root["hits"], root["misses"]) == ("thing", 1, 2)
        assert "it is one client's, and nobody knows which" in root["why"]
        assert (notes["type"], notes["hits"]) == ("Thing", 1)


async def test_counts() -> None:
    async with world() as made:
        for _ in range(3):
            await made.data('{ thing(id: "1") { note } }')
        tally = made.caches[0].tallies["client", "Thing"]
        assert (tally.hits, tally.misses) == (2, 1)
        assert tally.bytes > 0
        assert made.caches[0].reads == 4  # nothing was kept of the first two fetches


def names(made: World) -> list[str]:
    found = [name for name, _ in made.asked]
    made.asked.clear()
    return found


def representations(body: dict[str, Any]) -> list[Any]:
    return next(value for name, value in body["variables"].items() if "representations" in name)
