"""What is done to an operation once: what was refused is remembered too, apart and within bounds."""

import asyncio
import threading

import pytest
from graphql import ASTValidationRule, ValidationContext

from stitcher.errors import RequestError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.preparation import REFUSALS, REFUSED_LENGTH, SMALL
from stitcher.gateway.request import ClientRequest, GatewayOptions
from stitcher.server.auth.identity import Identity
from tests.limits import limits
from tests.planning.test_budget import nested, nodes
from tests.stitched import composed

SDL = "type Query { name: String first: Int }"


class Counting(ASTValidationRule):
    """Counts documents that are validated, and says in which threads."""

    validated = 0
    threads: set[int] = set()  # noqa: RUF012 - as the number

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        Counting.validated += 1
        Counting.threads.add(threading.get_ident())


@pytest.fixture
def gateway() -> Gateway:
    Counting.validated = 0
    Counting.threads = set()
    return Gateway(composed(one=SDL), {}, GatewayOptions(validation_rules=[Counting], suggestions=False))


def refusal(gateway: Gateway, query: str, name: str | None = None) -> RequestError:
    with pytest.raises(RequestError) as caught:
        gateway.prepare(query, name)
    return caught.value


def test_a_refused_operation_is_not_validated_again(gateway: Gateway) -> None:
    first, again = refusal(gateway, "{ nothing }"), refusal(gateway, "{ nothing }")
    assert (again.code, again.errors) == (first.code, first.errors)
    assert again is not first
    assert Counting.validated == 1
    assert len(gateway.prepared) == 0  # it takes no place from what can be answered


def test_of_one_document_one_operation_may_be_refused_and_another_not(gateway: Gateway) -> None:
    query = "query A { name } query B { first }"
    assert refusal(gateway, query, "C").code == "OPERATION_RESOLUTION_FAILURE"
    assert not gateway.prepare(query, "A").is_mutation
    assert refusal(gateway, query).code == "OPERATION_RESOLUTION_FAILURE"


def test_only_so_many_are_remembered(gateway: Gateway) -> None:
    for number in range(REFUSALS + 1):
        refusal(gateway, f"{{ nothing{number} }}")
    refusal(gateway, f"{{ nothing{REFUSALS} }}")
    assert Counting.validated == REFUSALS + 1
    refusal(gateway, "{ nothing0 }")
    assert Counting.validated == REFUSALS + 2


def test_the_longest_are_not_remembered(gateway: Gateway) -> None:
    for _ in range(2):
        refusal(gateway, "{ nothing }" + " " * REFUSED_LENGTH)
    assert Counting.validated == 2


def test_a_cached_operation_keeps_no_tokens_of_its_document(gateway: Gateway) -> None:
    plain = " ".join(f"n{number}: name" for number in range(500))
    (declared,) = gateway.prepare(f"query($v: Boolean!) {{ a: name @skip(if: $v) {plain} }}").variables
    assert declared.loc is not None
    assert declared.loc.start_token.next is None
    assert declared.loc.end_token.prev is None


def test_without_limits_there_are_none(gateway: Gateway) -> None:
    many = " ".join(f"a{number}: name" for number in range(3000))
    assert len(gateway.prepare(f"{{ {many} }}").plan.shape.untyped.all) == 3000
    strict = Gateway(composed(one=SDL), {}, GatewayOptions(limits=limits()))
    assert refusal(strict, f"{{ {many} }}").code == "OPERATION_TOO_LARGE"


LONG = "{ name }" + " " * SMALL


async def test_small_operations_are_prepared_at_once(gateway: Gateway) -> None:
    assert (await gateway.execute(ClientRequest("{ __typename }"))).errors == ()
    assert Counting.threads == {threading.get_ident()}


@pytest.mark.parametrize("query", ["{ __typename }", "{ nothing }"])
async def test_long_operations_are_prepared_beside_the_event_loop_and_once(
    gateway: Gateway, query: str
) -> None:
    answers = await asyncio.gather(*(gateway.execute(ClientRequest(query + " " * SMALL)) for _ in range(5)))
    assert [answer.executed for answer in answers] == [query == "{ __typename }"] * 5
    assert len({str(answer) for answer in answers}) == 1
    assert Counting.validated == 1
    assert threading.get_ident() not in Counting.threads
    await gateway.execute(ClientRequest(query + " " * SMALL))
    assert Counting.validated == 1  # what came of it is kept, whatever it was


async def test_an_operation_is_checked_once_for_all_clients() -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@authenticated"])'
    sdl = f"{link} type Query {{ open: Int closed: Int @authenticated }}"
    gateway = Gateway(composed(one=sdl), {}, GatewayOptions(validation_rules=[Counting]))
    Counting.validated = 0
    all_of_it = await gateway.accept(ClientRequest("{ open closed }", asker=Identity({"sub": "1"})))
    rest = await gateway.accept(ClientRequest("{ open closed }"))
    assert [str(each.plan) for each in (all_of_it, rest)] == [
        "1. one\n     { open closed }",
        "1. one\n     { open }",
    ]
    assert len(gateway.prepared) == 2
    assert Counting.validated == 1


async def test_an_operation_outlives_who_asked_first(gateway: Gateway) -> None:
    first = asyncio.create_task(gateway.accept(ClientRequest(LONG)))
    await asyncio.sleep(0)
    second = asyncio.create_task(gateway.accept(ClientRequest(LONG)))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert len(gateway.prepared) == 1
    assert Counting.validated == 1


@pytest.mark.parametrize("limited", [True, False])
async def test_short_operations_that_turn_out_to_be_long_are_too(limited: bool) -> None:
    Counting.threads = set()
    gateway = Gateway(
        nodes(2), {}, GatewayOptions(validation_rules=[Counting], limits=limits() if limited else None)
    )
    assert len(nested(10)) <= SMALL
    await gateway.accept(ClientRequest(nested(10)))
    assert len(Counting.threads) == 2
    assert len(gateway.prepared) == 1
    assert gateway.prepare(nested(10)).plan.fetches == Gateway(nodes(2), {}).prepare(nested(10)).plan.fetches


async def test_what_takes_too_many_steps_is_told_so_by_the_whole_budget() -> None:
    gateway = Gateway(nodes(4), {}, GatewayOptions(limits=limits()))
    (error,) = (await gateway.execute(ClientRequest(nested(9)))).errors
    assert error["extensions"]["code"] == "OPERATION_TOO_LARGE"
    assert (await gateway.execute(ClientRequest(nested(9)))).errors == (error,)
    await gateway.accept(ClientRequest(nested(2)))
    assert len(gateway.prepared) == 1


async def test_a_small_operation_does_not_wait_for_a_long_one() -> None:
    gateway = Gateway(nodes(2), {}, GatewayOptions(limits=limits()))
    long = asyncio.create_task(gateway.accept(ClientRequest(nested(13))))
    await asyncio.sleep(0)  # it is under way
    await gateway.accept(ClientRequest("{ node { id } }"))
    assert not long.done()
    await long
    assert len(gateway.prepared) == 2
    await gateway.close()
