"""What is skipped isn't asked for with what isn't, whatever else is asked of the same objects.

One of the fields always fails, and takes its whole object with it. So a gateway that asks for it although it
is skipped answers otherwise than one schema with all the data.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from graphql import graphql_sync

from stitcher.gateway.request import ClientRequest
from tests.stitched import FEDERATION, composed, federated, stitched
from tests.test_same_answers import alike, essence

OWN = (
    FEDERATION
    + """
      type Query { ants: [Ant] boss: Ant done: Done }
      type Done { query: Query again: Query }
      type Ant @key(fields: "id") { id: ID! friend: Ant }
    """
)
OTHER = (
    FEDERATION
    + """
      type Query { must: Int! x: Int }
      type Ant @key(fields: "id") { id: ID! must: Int! x: Int mate: Ant }
    """
)

ANTS: list[dict[str, Any]] = [{"id": "0", "x": 0}, {"id": "1", "x": 1}]
for one, other in (ANTS, reversed(ANTS)):
    one.update(__typename="Ant", friend=other, mate=other)
QUERY: dict[str, Any] = {"ants": ANTS, "boss": ANTS[0], "x": 2}
QUERY["done"] = {"query": QUERY, "again": QUERY}


def operations() -> Iterator[str]:
    for condition in ("@skip(if: $a)", "@include(if: $a)", "@skip(if: $a) @include(if: $b)"):
        yield f"{{ ants {condition} {{ must }} ants {{ x }} }}"
        yield f"{{ ants {{ x }} ants {condition} {{ must }} }}"
        yield f"{{ ants @skip(if: $b) {{ x }} ants {condition} {{ x must }} }}"
        yield f"{{ ants {{ friend {condition} {{ mate {{ must }} }} friend {{ x }} }} }}"
        yield f"{{ ants {{ mate {condition} {{ must }} mate {{ friend {{ x }} }} }} }}"
        yield f"{{ ants {condition} {{ friend {{ must }} }} ants {{ friend @skip(if: $b) {{ x }} id }} }}"
        yield f"{{ ants {condition} {{ must @skip(if: $b) x }} ants {{ x @include(if: $b) id }} }}"
        yield f"{{ ... {condition} {{ ants {{ must }} }} ...Own }} fragment Own on Query {{ ants {{ x }} }}"
        yield f"{{ one: boss {condition} {{ must }} one: boss {{ id }} two: boss {{ must }} }}"
        yield f"{{ one: boss {condition} {{ must }} two: boss {{ must }} two: boss {{ id }} }}"
        yield f"{{ done {{ query {condition} {{ must }} query {{ x }} }} }}"
        yield f"{{ done {{ query {condition} {{ must }} query {{ boss {{ id }} }} again {{ must }} }} }}"
        yield f"{{ done {condition} {{ query {{ must }} }} done {{ query {{ x }} }} boss {{ id }} }}"


@pytest.mark.parametrize("operation", [*operations()])
async def test_what_is_skipped_spoils_nothing(operation: str) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("must fails")

    def with_failure(schema: Any) -> Any:
        for name in ("Query", "Ant"):
            if "must" in schema.type_map[name].fields:
                schema.type_map[name].fields["must"].resolve = fail
        return schema

    supergraph = composed(own=OWN, other=OTHER)
    own, other = (
        with_failure(federated(sdl, roots, Ant=lambda reference: ANTS[int(reference["id"])]))
        for sdl, roots in ((OWN, {name: QUERY[name] for name in ("ants", "boss", "done")}), (OTHER, {"x": 2}))
    )
    query = f"query($a: Boolean = true{', $b: Boolean!' * ('$b' in operation)}) {operation}"
    async with stitched(supergraph, {"own": own, "other": other}) as world:
        for a, b in product((True, False, None), (True, False)):
            variables = {"b": b} if a is None else {"a": a, "b": b}
            answer = await world.gateway.execute(ClientRequest(query, variables))
            whole = graphql_sync(with_failure(supergraph.schema), query, QUERY, variable_values=variables)
            expected = essence(whole.data, [error.formatted for error in whole.errors or ()], [])
            assert alike(essence(answer.data, answer.errors, []), expected), (variables, answer.data)
