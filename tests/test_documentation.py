"""What docs/ says of settings, codes, files and pages is all that there is, and nothing that there isn't."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import DirectiveLocation
from pydantic import ByteSize

from stitcher.composition import codes
from stitcher.settings.load import NAMES, Settings
from stitcher.settings.secret_files import SECRET_FILES
from tests.documents import DOCS, PAGES, ROOT, codes_in_first_column, headings, links, prose

SETTINGS = NAMES
ADDRESS = "<NAME>_MICROSERVICE_URL"
CODE_PAGES = (DOCS / "errors.md", DOCS / "schema-problems.md")

CODE = re.compile(r"[A-Z]{2,}(_[A-Z]+)+|UNAUTHENTICATED")
TEMPLATE = re.compile(r"({}_)?[A-Z]{2,}(_[A-Z]+|_{})*|{}(_[A-Z]+)+")

OVER_FIELDS = ("KEY", "REQUIRES", "PROVIDES")
OVER_MAPS = ("IS", "REQUIRE")

BUILT: Mapping[str, tuple[str, ...]] = {
    "EMPTY_ACCESSIBLE_{}": ("ENUM", "INPUT", "INTERFACE", "OBJECT", "QUERY", "UNION"),
    "INCONSISTENT_BUT_COMPATIBLE_{}_TYPE": ("FIELD", "ARGUMENT"),
    "INCONSISTENT_EXECUTABLE_DIRECTIVE_{}": ("LOCATIONS", "REPEATABLE"),
    "INCONSISTENT_{}": ("ARGUMENT_PRESENCE", "INPUT_OBJECT_FIELD"),
    "ROOT_{}_USED": ("QUERY", "MUTATION", "SUBSCRIPTION"),
    "{}_DEFAULT_MISMATCH": ("FIELD_ARGUMENT", "INPUT_FIELD"),
    "{}_DEFAULT_VALUE_ADDED": ("ARG", "INPUT_FIELD"),
    "{}_DEFAULT_VALUE_CHANGE": ("ARG", "INPUT_FIELD"),
    "{}_FIELDS_HAS_ARGS": ("KEY", "PROVIDES"),
    "{}_FIELDS_MISSING_EXTERNAL": ("REQUIRES", "PROVIDES"),
    "{}_HAS_DIRECTIVE_IN_FIELDS_ARGS": OVER_FIELDS,  # written in two parts
    "{}_INVALID_ARGUMENTS": ("KEY", "REQUIRES"),
    "{}_INVALID_FIELDS": OVER_FIELDS + OVER_MAPS,
    "{}_INVALID_FIELDS_TYPE": OVER_FIELDS,
    "{}_INVALID_FIELD_TYPE": OVER_MAPS,
    "{}_INVALID_SYNTAX": OVER_FIELDS + OVER_MAPS,
    "{}_TYPE_MISMATCH": ("FIELD_ARGUMENT", "INPUT_FIELD"),
}
"""Codes that are put together when they are needed, and what stands in each gap."""

PARTS = {
    "HAS_DIRECTIVE_IN_FIELDS_ARGS",
    "INVALID_SYNTAX",
    *(part for parts in BUILT.values() for part in parts),
}
LOCATIONS = {location.name for location in DirectiveLocation}
NO_CODES = (
    SETTINGS - {"SUBGRAPH_TIMEOUT"}
    | PARTS
    | LOCATIONS
    | {"MICROSERVICE_URL", "STITCHER_METRICS_DIRECTORY", "PATH_INFO"}
)
"""What is written like a code in stitcher/, and is none."""

MORE_NAMES = {
    "WATCHFILES_FORCE_POLLING",
    "NO_SKIPS",
    "SEARCH",
    "SEARCH_SEED",
    "JWT_SECERT",
    "CORS_ALLOWED_ORIGINS",
}
"""What is written like a setting in documents, and is none: others' variables, or misspelt on purpose."""


def constants(tree: ast.Module) -> Iterator[str]:
    """Yield a module's texts, with gaps where values are filled in; not lists of names."""
    nodes = list(ast.walk(tree))
    exported = {id(inner) for node in nodes if is_export(node) for inner in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(value.value) if isinstance(value, ast.Constant) else "{}" for value in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in exported:
            yield node.value


def is_export(node: ast.AST) -> bool:
    """Whether names are listed that are no codes: a module's own, or other programs'."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "FOREIGN")


def written() -> set[str]:
    """Return everything in stitcher/ that is written like a code, or like one with gaps."""
    modules = [path for path in (ROOT / "stitcher").rglob("*.py") if path != Path(codes.__file__)]
    texts = {text for path in modules for text in constants(ast.parse(path.read_text()))}
    return {text for text in texts if CODE.fullmatch(text) or ("{}" in text and TEMPLATE.fullmatch(text))}


def told() -> set[str]:
    """Return all codes as users see them: those of composition in the words of both dialects."""
    whole = {text for text in written() - NO_CODES if "{}" not in text}
    whole |= {template.replace("{}", part) for template, parts in BUILT.items() for part in parts}
    return {words.get(code, code) for code in whole for words in (codes._APOLLO, codes._COMPOSITE)}


def documented() -> list[str]:
    return [code for page in CODE_PAGES for code, _ in codes_in_first_column(page)]


def test_codes_with_gaps_are_those_that_are_filled_in_here() -> None:
    gapped = {text for text in written() if "{}" in text}
    whole = {template for template in BUILT if template.removeprefix("{}_") not in PARTS}
    assert gapped == whole | {"{}_INVALID_SYNTAX"}


def test_every_code_is_documented() -> None:
    assert sorted(told() - set(documented())) == [], (
        "tell of them in docs/errors.md or docs/schema-problems.md"
    )


def test_no_code_is_documented_that_there_is_not() -> None:
    assert sorted(set(documented()) - told()) == []


def test_every_setting_is_documented_and_no_other() -> None:
    assert {name for name, _ in codes_in_first_column(DOCS / "configuration.md")} == {*SETTINGS, ADDRESS}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_setting_has_the_default_that_is_documented(name: str) -> None:
    default = Settings.model_fields[name.lower()].default
    rows = dict(codes_in_first_column(DOCS / "configuration.md"))
    cell = rows[name].split(" | ")[0]
    written = {cell.strip("`")} if cell.startswith("`") else {None, ()}
    ways: dict[type, Callable[[], set[Any]]] = {
        bool: lambda: {"on", "1"} if default else {"off", "0"},
        tuple: lambda: {",".join(map(str, default))} if default else {None, ()},
        ByteSize: lambda: {ByteSize(default).human_readable().replace(".0", "") if default else "0"},
        type(None): lambda: {None, ()},
        float: lambda: {f"{default:g}"},
    }
    same = ways.get(type(default), lambda: {str(default)})()
    assert written & same, f"{name} is {default!r} by default, and said to be {cell}"


def test_names_in_capitals_are_settings_codes_or_in_the_example_of_settings() -> None:
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    known = told() | SETTINGS | example | MORE_NAMES | set(SECRET_FILES.values())
    for page in PAGES:
        named = set(re.findall(r"`([A-Z]{2,}(?:_[A-Z]+)+)(?:=[^`]*)?`", prose(page)))
        assert named - known == set(), page


def test_every_page_is_in_the_list_of_pages() -> None:
    lists = [DOCS / "README.md", DOCS / "decisions" / "README.md"]
    listed = {(page.parent / link).resolve() for page in lists for link in links(page)}
    assert {page for page in PAGES if page.is_relative_to(DOCS)} - listed == {DOCS / "README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), f"{page}: {link}"
        assert not anchor or anchor in headings(target), f"{page}: {link}"


def test_the_architecture_names_what_is_there() -> None:
    named = {code for code, _ in codes_in_first_column(DOCS / "architecture.md") if "/" in code}
    assert all((ROOT / name).exists() for name in named)
    packages = {path.parent.name for path in (ROOT / "stitcher").glob("*/__init__.py")}
    assert {f"stitcher/{package}/" for package in packages} <= named
