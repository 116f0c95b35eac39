"""What the gateway refuses before it asks anybody."""

from stitcher.gateway import Gateway
from tests.subgraph_server import SubgraphServer


async def test_an_operation_that_is_nested_too_deeply(gateway: Gateway, subgraphs: SubgraphServer) -> None:
    depth = 95
    response = await gateway.execute(
        f"{{ latestReviews {{ {'author { reviews { ' * depth} stars {'} }' * depth} }} }}"
    )
    assert not response.executed
    (error,) = response.errors
    assert error == {
        "message": "The operation is nested too deeply.",
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
    }
    assert subgraphs.asked() == []
