"""The functions that decide on policies are found before the gateway starts."""

from pathlib import Path

import pytest

from stitcher.errors import CompositionError
from stitcher.local.policies import find_policies
from stitcher.local.resolvers import import_resolvers


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A package of resolvers with a name of its own."""
    name = f"resolvers_of_{abs(hash(request.node.name))}"
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{name}.py").write_text(getattr(request, "param", ""))
    return name


@pytest.mark.parametrize(
    "package", ["policies = {'a': lambda context: True, 'b': print, 'more': 1}"], indirect=True
)
def test_they_come_from_the_package(package: str) -> None:
    assert set(find_policies(import_resolvers(package, None), {"a", "b"})) == {"a", "b"}


@pytest.mark.parametrize("package", ["", "policies = 7", "policies = {'a': 7}"], indirect=True)
def test_a_policy_without_a_function(package: str) -> None:
    with pytest.raises(CompositionError) as caught:
        find_policies(import_resolvers(package, None), {"a"})
    (problem,) = caught.value.problems
    assert problem.code == "POLICY_WITHOUT_FUNCTION"
    assert problem.message == 'The schema has a policy "a", and nothing decides on it.'
    assert package in problem.fix
