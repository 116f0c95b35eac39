"""Arguments from a context: each object is asked for with the value above it, wherever that comes from."""

import re
from typing import Any

from graphql import GraphQLError

from stitcher.gateway.request import ClientRequest, GatewayResponse
from tests.planning.test_contexts import PLACES, SHOPS
from tests.stitched import composed, federated, stitched

REGIONS: dict[str, Any] = {"s1": "North", "s2": "South", "s3": None, "s4": GraphQLError("no region")}


def offer(id_: str) -> dict[str, Any]:
    def price(_: Any, region: str | None = None, **given: Any) -> str:
        return f"{id_} in {region} {given}"

    return {"id": id_, "name": f"Offer {id_}", "price": price}


def shop(number: int, *offers: str, window: str | None = None) -> dict[str, Any]:
    return {"id": f"s{number}", "offers": list(map(offer, offers)), "window": window and {"id": window}}


def plain(sdl: str) -> str:
    """Return what a service serves that is composed with contexts."""
    sdl = re.sub(r"\$shop[^\"]*", "", sdl).replace(' @fromContext(field: "")', "")
    return sdl.replace(' @context(name: "shop")', "").replace(', "@context", "@fromContext"', "")


async def answered(
    query: str, shops: list[dict[str, Any]], front: str = "o9"
) -> tuple[GatewayResponse, list[dict[str, Any]]]:
    """Answer a query; return what the first service was asked too."""
    services = {
        "shops": federated(
            plain(SHOPS), {"shops": shops}, Offer=lambda key: offer(key["id"]), Shop=dict, Window=dict
        ),
        "places": federated(
            plain(PLACES + " type Query { places: Int }"),
            {},
            Shop=lambda key: {"id": key["id"], "region": REGIONS[key["id"]]},
            Window=lambda key: {"id": key["id"], "front": {"id": front}},
        ),
    }
    async with stitched(composed(shops=SHOPS, places=PLACES), services) as both:
        return await both.gateway.execute(ClientRequest(query)), both.sent("shops")


async def test_objects_with_one_value_are_asked_for_together() -> None:
    shops = [shop(1, "o1", "o2"), shop(2, "o1"), shop(1, "o3", "o1")]
    response, sent = await answered("{ shops { offers { price(vat: true) } } }", shops)
    assert response.data == {
        "shops": [
            {"offers": [{"price": f"{each} in {region} {{'vat': True}}"} for each in offers]}
            for region, offers in (("North", ("o1", "o2")), ("South", ("o1",)), ("North", ("o3", "o1")))
        ]
    }
    assert not response.errors
    assert len(sent) == 2
    keys = [value for name, value in sent[1]["variables"].items() if name.endswith("representations")]
    assert [[each["id"] for each in some] for some in keys] == [["o1", "o2", "o3"], ["o1"]]


async def test_one_entity_under_two_values_is_two_objects() -> None:
    """Both windows are one, so that what is in front of it came in one answer."""
    shops = [shop(1, window="w1"), shop(2, window="w1")]
    response, _ = await answered("{ shops { window { front { name price } } } }", shops)
    assert response.data == {
        "shops": [
            {"window": {"front": {"name": "Offer o9", "price": f"o9 in {region} {{}}"}}}
            for region in ("North", "South")
        ]
    }


async def test_a_value_that_is_null_is_given() -> None:
    response, _ = await answered("{ shops { offers { price } } }", [shop(3, "o1")])
    assert response.data == {"shops": [{"offers": [{"price": "o1 in None {}"}]}]}
    assert not response.errors


async def test_a_value_that_fails_takes_the_field_alone_and_is_told_once() -> None:
    shops = [shop(4, "o1", "o2"), shop(1, "o1")]
    response, _ = await answered("{ shops { id offers { name price } } }", shops)
    assert response.data == {
        "shops": [
            {"id": "s4", "offers": [{"name": f"Offer {each}", "price": None} for each in ("o1", "o2")]},
            {"id": "s1", "offers": [{"name": "Offer o1", "price": "o1 in North {}"}]},
        ]
    }
    (error,) = response.errors
    assert error["message"] == "no region"
    assert error["path"] == ["shops", 0, "offers", 0, "price"]
    assert error["extensions"]["service"] == "places"


async def test_where_there_is_nothing_to_ask_for_nothing_is_asked() -> None:
    response, sent = await answered("{ shops { offers { price } } }", [shop(1), shop(4)])
    assert response.data == {"shops": [{"offers": []}, {"offers": []}]}
    assert len(sent) == 1


async def test_ten_thousand_objects_with_two_values_are_one_request() -> None:
    shops = [shop(1 + number % 2, f"o{number}") for number in range(10_000)]
    response, sent = await answered("{ shops { offers { price } } }", shops)
    assert response.data
    assert response.data["shops"][9_999] == {"offers": [{"price": "o9999 in South {}"}]}
    assert len(sent) == 2
