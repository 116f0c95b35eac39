import asyncio
from collections.abc import Iterator

import pytest

from tests.stack import Stack, start_services


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All five services, shared by the tests that leave them running and their seeds as they are."""
    with start_services(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture(scope="session")
def token(stack: Stack) -> str:
    """An administrator's access token."""
    return asyncio.run(stack.login())
