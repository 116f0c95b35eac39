"""What is done to an operation once: what was refused is remembered too, apart and within bounds."""

import pytest
from graphql import ASTValidationRule, ValidationContext

from stitcher.errors import RequestError
from stitcher.gateway import Gateway
from stitcher.preparation import REFUSALS, REFUSED_LENGTH
from tests.limits import limits
from tests.stitched import composed

SDL = "type Query { name: String first: Int }"


class Counting(ASTValidationRule):
    """Counts documents that are validated."""

    validated = 0

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        Counting.validated += 1


@pytest.fixture
def gateway() -> Gateway:
    Counting.validated = 0
    return Gateway(composed(one=SDL), {}, validation_rules=[Counting], suggestions=False)


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
    strict = Gateway(composed(one=SDL), {}, limits=limits())
    assert refusal(strict, f"{{ {many} }}").code == "OPERATION_TOO_LARGE"
