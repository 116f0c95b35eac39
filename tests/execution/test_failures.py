"""What fails, and what the client is told of it: over real HTTP, with services that misbehave."""

from typing import Any

import pytest

from stitcher.gateway import GatewayResponse
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed, stitched


@pytest.fixture(scope="module")
def fleet() -> Supergraph:
    """Cars of one service; what another knows of them, and of their drivers."""
    return composed(
        fleet=FEDERATION
        + """
          type Query { cars: [Car] mine: Car count: Int! }
          type Car @key(fields: "id") { id: ID! driver: Driver tags: [String] }
          type Driver @key(fields: "id") { id: ID! }
        """,
        ratings=FEDERATION
        + """
          type Query { rated: Int }
          type Car @key(fields: "id") { id: ID! rating: Rating }
          type Driver @key(fields: "id") { id: ID! rating: Rating }
          type Rating { stars: [Int] worst: Int! }
        """,
    )


CARS = {"cars": [{"id": "1", "driver": {"id": "7"}}, {"id": "2", "driver": {"id": "8"}}]}
ALL = "{ cars { rating { stars } driver { rating { stars } } } }"


async def answered(
    fleet: Supergraph, query: str, ratings: Any, cars: Any = None, **variables: Any
) -> GatewayResponse:
    """Return the gateway's answer, if the services answer like this."""
    answers = {"fleet": lambda _: {"data": CARS} if cars is None else cars, "ratings": lambda _: ratings}
    async with stitched(fleet, answers) as world:
        return await world.gateway.execute(query, variables)


STARS = {"_0": [{"rating": {"stars": [1, None]}}] * 2, "_1": [None, {"rating": {"stars": None}}]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["_0", 1, "rating", "stars", 1], ["cars", 1, "rating", "stars", 1]),
        (["_1", 1, "rating", "stars"], ["cars", 1, "driver", "rating", "stars"]),
        (["_1", 0], ["cars", 0, "driver"]),
        (["_1", 1, "rating", "hidden"], ["cars", 1, "driver", "rating"]),
        (["_1"], ["cars", 0, "driver", "rating"]),
        (["_0", 7], ["cars", 0, "rating"]),
        (["_0", -7], ["cars", 0, "rating"]),
        (["_0", -1, "rating"], ["cars", 0, "rating"]),
        (["_0", True, "rating"], ["cars", 0, "rating"]),
        (["_0", "rating"], ["cars", 0, "rating"]),
        (["_9", 0], ["cars", 0, "rating"]),
        (["rating", {}, None], ["cars", 0, "rating"]),
        ([], ["cars", 0, "rating"]),
        ("_0.0", ["cars", 0, "rating"]),
        (None, ["cars", 0, "rating"]),
    ],
    ids=str,
)
async def test_an_error_of_an_entity_fetch_gets_the_clients_path(
    fleet: Supergraph, given: Any, expected: list[Any]
) -> None:
    error = {"message": "No.", "path": given}
    response = await answered(fleet, ALL, {"data": STARS, "errors": [error]})
    extensions = {"code": "DOWNSTREAM_SERVICE_ERROR", "service": "ratings"}
    assert response.errors == ({"message": "No.", "path": expected, "extensions": extensions},)
    assert response.data == {
        "cars": [
            {"rating": {"stars": [1, None]}, "driver": {"rating": None}},
            {"rating": {"stars": [1, None]}, "driver": {"rating": {"stars": None}}},
        ]
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["cars", 1, "tags"], ["cars", 1, "tags"]),
        (["cars", -9, "tags"], ["cars"]),
        (["cars", 9, "tags"], ["cars", 9, "tags"]),
        (["cars", "tags"], ["cars", "tags"]),
        (["nonsense"], ["cars"]),
        (None, ["cars"]),
    ],
    ids=str,
)
async def test_an_error_of_a_root_fetch_keeps_its_path_if_it_has_one(
    fleet: Supergraph, given: Any, expected: list[Any]
) -> None:
    cars = {"data": CARS, "errors": [{"message": "No.", "path": given}]}
    response = await answered(fleet, "{ cars { tags } }", None, cars)
    assert [error["path"] for error in response.errors] == [expected]
    assert response.data == {"cars": [{"tags": None}, {"tags": None}]}
