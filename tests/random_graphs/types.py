"""Drawing the whole of a random graph: its types."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.random_graphs.model import ROOTS, Key, Type, Types

Draw = Callable[[Any], Any]

KEYS: dict[str, Key] = {
    "id": (("id",),),
    "code": (("code",),),
    "pair": (("no",), ("mood",)),
    "nested": (("home", "id"), ("no",)),
}
KEY_TYPES = {"id": "ID!", "code": "String!", "no": "Int!", "mood": "Mood!", "home": "Home!"}
LEAVES = (
    *("Int", "Int!", "String", "String!", "Mood", "Boolean", "[String]", "[Int!]!", "[[String!]]"),
    *("Json", "[Json]"),
)
WRAPPINGS = ("{}", "{}", "{}", "{}!", "[{}]", "[{}!]", "[{}!]!", "[[{}]!]")
ENTITIES = ("Ant", "Bee", "Cat", "Dog")
ARGUMENTS = "(n: Int = 1, mood: Mood)"


def draw_types(draw: Draw) -> Types:
    """Draw the types of a graph; fields that need others are added when it is split."""
    entities = ENTITIES[: draw(st.integers(2, 4))]
    values = ["Home", *draw(st.sampled_from(([], ["Spot"], ["Spot", "Tag"])))]
    types = {name: Type(name) for name in (*entities, *values, "Query")}
    types["Home"].add("id", "ID!")
    if draw(st.booleans()):
        types["Mutation"] = Type("Mutation")
    animals = entities[: draw(st.integers(1, len(entities)))] if draw(st.booleans()) else ()
    if animals:
        types["Animal"] = Type("Animal", "interface", members=list(animals))
    if draw(st.booleans()):
        members = draw(st.lists(st.sampled_from([*entities, *values]), min_size=2, unique=True))
        types["Being"] = Type("Being", "union", members=members)
    for name in entities:
        _draw_keys(draw, types[name], named_id=name in animals)
    composites = [name for name in types if name not in (*ROOTS, "Home")]
    for name in (*entities, *values):
        for number in range(draw(st.integers(1, 3))):
            leaf = draw(st.sampled_from(LEAVES))
            kind = leaf.strip("[]!").lower()
            arguments = ARGUMENTS if leaf.startswith("String") and draw(st.booleans()) else ""
            types[name].add(f"{kind}{number}{'a' if arguments else ''}", leaf, arguments)
        for number in range(draw(st.integers(0, 2)) if name != "Home" else 0):
            target = draw(st.sampled_from(composites))
            types[name].add(f"{target.lower()}{number}", draw(st.sampled_from(WRAPPINGS)).format(target))
    if animals:
        interface = types["Animal"]
        interface.add("id", "ID!")
        if draw(st.booleans()):
            type_ = draw(st.sampled_from(("String", "Int", *composites)))
            for each in (interface, *(types[name] for name in animals)):
                each.add("common", type_)
    for name in composites:
        wrapping = draw(st.sampled_from(WRAPPINGS[3:]))
        arguments = "(first: Int = 2)" if "[" in wrapping and draw(st.booleans()) else ""
        types["Query"].add(f"all{name}", wrapping.format(name), arguments)
        if types[name].keys and "id" in types[name].attributes and draw(st.booleans()):
            types["Query"].add(f"find{name}", name, "(id: ID!)")
    if "Mutation" in types:
        for number in range(draw(st.integers(1, 4))):
            target = draw(st.sampled_from([*composites, "Int!", "String", "Query"]))
            type_ = draw(st.sampled_from(("{}", "{}", "{}!", "[{}]"))).format(target).replace("!!", "!")
            types["Mutation"].add(f"do{number}", type_)
    if draw(st.integers(0, 3)) == 0:
        types[draw(st.sampled_from((*entities, *values)))].add("query0", "Query")
    for own in [own for each in types.values() for own in each.attributes.values()]:
        if own.named in types and (members := types[own.named].members):
            own.only = tuple(draw(st.lists(st.sampled_from(members), min_size=1, unique=True)))
    return types


def _draw_keys(draw: Draw, entity: Type, *, named_id: bool) -> None:
    names = draw(st.lists(st.sampled_from(sorted(KEYS)), min_size=1, max_size=3, unique=True))
    if named_id:
        names = ["id", *(name for name in names if name != "id")]
    entity.keys = [KEYS[name] for name in names]
    entity.lossy = names[0] in ("id", "code") and len(names) == 1 and not named_id and draw(st.booleans())
    for name in sorted(entity.key_names):
        entity.add(name, KEY_TYPES[name].strip("!") if entity.lossy else KEY_TYPES[name])
