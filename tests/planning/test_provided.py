"""What paths provide, however it is written: what composes can be planned."""

import random

import pytest
from graphql import parse, validate

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import CompositionError
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.searching import examples
from tests.stitched import FEDERATION, composed, planned, printed

MEDIA = """
  union Media = Book | Film
  interface Titled { author: Author }
"""


def library(provides: str, link: str = FEDERATION) -> Supergraph:
    """A subgraph that has nothing of authors but what a path provides, and one that has it all."""
    shareable = "@shareable" if link else ""
    return composed(
        a=link
        + f"type Query {{ media: [Media] @provides(fields: {provides!r}) }}".replace("'", '"')
        + MEDIA
        + f"""
          type Book implements Titled {{ author: Author {shareable} }}
          type Film implements Titled {{ author: Author {shareable} }}
          type Author {{ name: String @external born: Int @external }}
        """,
        b=link
        + f"""
          type Query {{ films: [Film] }}
          type Film {{ author: Author {shareable} }}
          type Author {{ name: String {shareable} born: Int {shareable} }}
        """,
    )


@pytest.mark.parametrize("link", [FEDERATION, ""], ids=["federation 2", "federation 1"])
@pytest.mark.parametrize(
    "provides",
    [
        "... on Titled { author { name } author { born } }",
        "... on Titled { author { name } } ... on Titled { author { born } }",
        "... on Book { author { name born } } ... on Film { author { born } author { name } }",
        "... on Titled { ... on Book { author { name born } } } ... on Film { author { name born } }",
    ],
)
def test_what_is_provided_in_parts_or_on_another_abstract_type_is_asked_for(provides: str, link: str) -> None:
    supergraph = library(provides, link)
    assert planned(supergraph, "{ media { ... on Book { author { name born } } } }") == printed("""
        1. a
             { media { __typename ... on Book { author { name born } } } }
    """)


def test_a_field_below_which_types_provide_different_things_is_asked_for_type_by_type() -> None:
    supergraph = composed(
        a=FEDERATION
        + """
          type Query { titled: Titled }
          interface Titled { author: Author }
          type Book implements Titled { author: Author @provides(fields: "name") }
          type Film implements Titled { author: Author }
          type Author @key(fields: "id") { id: ID! name: String @external }
        """,
        b=FEDERATION + 'type Author @key(fields: "id") { id: ID! name: String @shareable }',
    )
    assert planned(supergraph, "{ titled { author { name } } }") == printed("""
        1. a
             { titled { __typename ... on Book { author { name } } ... on Film { author { id } } } }
        2. b after 1
           Author by id at titled<Film>.author
             { name }
    """)


def test_what_is_out_of_reach_below_an_abstract_value_may_be_in_reach_of_its_types() -> None:
    supergraph = composed(
        a=FEDERATION
        + """
          type Query { titled: Titled }
          interface Titled { author: Author }
          type Book implements Titled @key(fields: "id") { id: ID! author: Author @shareable }
          type Film implements Titled @key(fields: "id") { id: ID! author: Author @shareable }
          type Author { born: Int }
        """,
        b=FEDERATION
        + """
          type Book @key(fields: "id") { id: ID! author: Author @shareable }
          type Film @key(fields: "id") { id: ID! author: Author @shareable }
          type Author { name: String }
        """,
    )
    assert planned(supergraph, "{ titled { author { name born } } }") == printed("""
        1. a
             { titled { __typename ... on Book { author { born } id } ... on Film { author { born } id } } }
        2. b after 1
           Book by id at titled<Book>
             { author { name } }
           Film by id at titled<Film>
             { author { name } }
    """)


# A random hunt: whatever composes, any operation can be planned.

CONDITIONS = {
    "Book": ["Book", "Titled", "Rated", "Media"],
    "Film": ["Film", "Titled", "Media"],
    "Song": ["Song", "Titled", "Rated"],
    "Man": ["Man", "Named"],
    "Robot": ["Robot", "Named", "Maker"],
    "Dog": ["Dog", "Pet"],
    "Cat": ["Cat", "Pet"],
}
POSSIBLE = {
    "Media": ["Book", "Film"],
    "Titled": ["Book", "Film", "Song"],
    "Rated": ["Book", "Song"],
    "Named": ["Man", "Robot"],
    "Maker": ["Robot"],
    "Pet": ["Dog", "Cat"],
}
FIELDS = {
    "Book": {"by": "Named", "title": ""},
    "Film": {"by": "Named", "title": ""},
    "Song": {"by": "Robot", "title": ""},
    "Titled": {"by": "Named", "title": ""},
    "Rated": {"by": "Named"},
    "Named": {"name": "", "pal": "Pet"},
    "Man": {"name": "", "pal": "Dog"},
    "Robot": {"name": "", "pal": "Pet", "maker": "Cat"},
    "Maker": {"maker": "Cat"},
    "Pet": {"sound": ""},
    "Dog": {"sound": "", "tricks": ""},
    "Cat": {"sound": "", "lives": ""},
    "Media": {},
}
IMPLEMENTS = {
    "Book": "Titled & Rated",
    "Film": "Titled",
    "Song": "Titled & Rated",
    "Man": "Named",
    "Robot": "Named & Maker",
    "Dog": "Pet",
    "Cat": "Pet",
}


class Hunt:
    """Random field sets and operations over the types above."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.external: set[tuple[str, str]] = set()
        self.keyed: set[str] = set()

    def sdls(self) -> dict[str, str]:
        self.keyed = {name for name in IMPLEMENTS if self.random.random() < 0.4}
        leaves = ("title", "name", "sound", "tricks", "lives")
        fields = {field for field in leaves if self.random.random() < 0.5}
        self.external = {(name, own) for name in IMPLEMENTS for own in FIELDS[name] if own in fields}
        roots = {
            f"{name.lower()}s": (name, self.provides(name, 4))
            for name in ("Media", "Titled", "Rated", "Named", "Book")
            if self.random.random() < 0.7
        } or {"books": ("Book", "")}
        return {
            "a": FEDERATION + self.types(self.external) + self.query(roots),
            "b": FEDERATION + self.types(set()),
        }

    def types(self, external: set[tuple[str, str]]) -> str:
        lines = ["union Media = Book | Film"]
        for name, fields in FIELDS.items():
            if not fields:
                continue
            own = " ".join(
                f"{field}: {returned or 'String'} " + self.marks(name, field, external)
                for field, returned in fields.items()
            )
            if name in IMPLEMENTS:
                key = ' @key(fields: "id")' if name in self.keyed else ""
                own += " id: ID! @shareable" if key else ""
                lines.append(f"type {name} implements {IMPLEMENTS[name]}{key} {{ {own} }}")
            else:
                lines.append(f"interface {name} {{ {own} }}")
        return "\n".join(lines)

    def marks(self, name: str, field: str, external: set[tuple[str, str]]) -> str:
        if name not in IMPLEMENTS:
            return ""
        if (name, field) in external:
            return "@external"
        returned = FIELDS[name][field]
        if returned and external and self.random.random() < 0.3:
            return f"@shareable {self.provides(returned, 3)}"
        return "@shareable"

    def query(self, roots: dict[str, tuple[str, str]]) -> str:
        fields = (f"{field}: [{name}] {text}" for field, (name, text) in roots.items())
        return f"\ntype Query {{ {' '.join(fields)} }}"

    def provides(self, type_name: str, depth: int) -> str:
        text = self.field_set(type_name, depth)
        return f'@provides(fields: "{text}")' if text else ""

    def field_set(self, type_name: str, depth: int) -> str:
        """Select nearly all, in pieces, each on some condition that its objects meet."""
        pieces = []
        for name in POSSIBLE.get(type_name, [type_name]):
            for field in FIELDS[name]:
                if not depth:
                    continue
                times = self.random.choice((0, 1, 2) if self.keyed else (1, 1, 2))
                found = [self.selected(name, field, depth) for _ in range(times)]
                pieces += [self.on_a_condition(type_name, name, field, text) for text in found if text]
        self.random.shuffle(pieces)
        return " ".join(pieces)

    def selected(self, name: str, field: str, depth: int) -> str:
        """Return a field with what is selected below it, or nothing if nothing of it is external."""
        returned, is_external = FIELDS[name][field], (name, field) in self.external
        below = self.field_set(returned, depth - 1) if returned else ""
        if returned:
            return f"{field} {{ {below} }}" if below else ""
        return field if is_external else ""

    def on_a_condition(self, parent: str, name: str, field: str, text: str) -> str:
        if parent == name and self.random.random() < 0.7:
            return text
        having = [each for each in CONDITIONS[name] if FIELDS[each].get(field)]
        condition = name if not having or self.random.random() < 0.5 else self.random.choice(having)
        if FIELDS[condition][field] != FIELDS[name][field]:
            condition = name
        text = f"... on {condition} {{ {text} }}"
        outer = self.random.choice(CONDITIONS[name])
        return f"... on {outer} {{ {text} }}" if self.random.random() < 0.3 else text

    def operation(self, supergraph: Supergraph) -> str:
        query = supergraph.schema.query_type
        assert query is not None
        roots = [name for name in query.fields if name.endswith("s")]
        name = self.random.choice(roots)
        returned = next(each for each in FIELDS if each.lower() + "s" == name)
        return f"{{ {name} {{ {self.selection(returned, 3)} }} }}"

    def selection(self, type_name: str, depth: int) -> str:
        parts = [
            f"{field} {{ {self.selection(returned, depth - 1)} }}" if returned else field
            for field, returned in FIELDS[type_name].items()
            if self.random.random() < 0.7 and (depth or not returned)
        ]
        for name in POSSIBLE.get(type_name, ()):
            if depth and self.random.random() < 0.4:
                condition = self.random.choice(CONDITIONS[name])
                parts.append(f"... on {condition} {{ {self.selection(condition, depth - 1)} }}")
        return " ".join(parts) or "__typename"


def hunt(seeds: range) -> int:
    """Plan random operations over what composes; return how many."""
    number = 0
    for seed in seeds:
        own = Hunt(seed)
        sdls = own.sdls()
        try:
            supergraph = compose([Source(name, sdl, f"{name}.graphql") for name, sdl in sdls.items()])
        except CompositionError:
            continue
        for _ in range(12):
            document = parse(own.operation(supergraph))
            if validate(supergraph.schema, document):
                continue  # fields of one name that differ in type
            plan_operation(supergraph, document)
            number += 1
    return number


@pytest.mark.search
def test_whatever_composes_can_be_planned() -> None:
    number = examples(80)
    assert hunt(range(number)) > 2 * number
