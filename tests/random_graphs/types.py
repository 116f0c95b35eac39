"""Strategies for the whole of a random graph: its types, and when these are final, its objects."""

from collections.abc import Callable
from typing import Any

from tests.random_graphs.model import Key, Row, Type, Types

Draw = Callable[[Any], Any]

KEYS: dict[str, Key] = {
    "id": (("id",),),
    "code": (("code",),),
    "pair": (("no",), ("mood",)),
    "nested": (("home", "id"), ("no",)),
}
KEY_TYPES = {"id": "ID!", "code": "String!", "no": "Int!", "mood": "Mood!", "home": "Home!"}
LEAVES = ("Int", "Int!", "String", "String!", "Mood", "Boolean", "[String]", "[Int!]!", "[[String!]]")
WRAPPINGS = ("{}", "{}", "{}", "{}!", "[{}]", "[{}!]", "[{}!]!", "[[{}]!]")
ENTITIES = ("Ant", "Bee", "Cat", "Dog")
MOODS = ("CALM", "WILD")
ROWS = 3
ARGUMENTS = "(n: Int = 1, mood: Mood)"


def draw_types(draw: Draw, st: Any) -> Types:
    """Draw the types of a graph; fields that need others are added when it is split."""
    entities = ENTITIES[: draw(st.integers(2, 4))]
    values = ["Home", *draw(st.sampled_from(([], ["Spot"], ["Spot", "Tag"])))]
    types = {name: Type(name) for name in (*entities, *values, "Query")}
    types["Home"].add("id", "ID!")
    animals = entities[: draw(st.integers(1, len(entities)))] if draw(st.booleans()) else ()
    if animals:
        types["Animal"] = Type("Animal", "interface", members=list(animals))
    if draw(st.booleans()):
        members = draw(st.lists(st.sampled_from([*entities, *values]), min_size=2, unique=True))
        types["Being"] = Type("Being", "union", members=members)
    for name in entities:
        _draw_keys(draw, st, types[name], named_id=name in animals)
    composites = [name for name in types if name not in ("Query", "Home")]
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
    return types


def _draw_keys(draw: Draw, st: Any, entity: Type, *, named_id: bool) -> None:
    names = draw(st.lists(st.sampled_from(sorted(KEYS)), min_size=1, max_size=3, unique=True))
    if named_id:
        names = ["id", *(name for name in names if name != "id")]
    entity.keys = [KEYS[name] for name in names]
    entity.lossy = names[0] in ("id", "code") and len(names) == 1 and not named_id and draw(st.booleans())
    for name in sorted(entity.key_names):
        entity.add(name, KEY_TYPES[name].strip("!") if entity.lossy else KEY_TYPES[name])


def draw_rows(draw: Draw, st: Any, types: Types, whole: set[tuple[str, str]]) -> dict[str, list[Row]]:
    """Draw the objects of a graph, by type.

    ``whole`` are fields whose values others are made of: they are null only where they may be.
    """
    rows: dict[str, list[Row]] = {
        each.name: [_keys(each, number) for number in range(ROWS)]
        for each in types.values()
        if each.kind == "type" and each.name != "Query"
    }
    for each in types.values():
        if each.kind != "type":
            rows[each.name] = [row for member in each.members for row in rows[member]]
    for name in ("Home", *(name for name in rows if name != "Home" and types[name].kind == "type")):
        for number, row in enumerate(rows[name]):
            if "home" in types[name].key_names:
                row["home"] = rows["Home"][number % 2]
    for each in types.values():
        if each.kind != "type":
            continue
        objects = rows.get(each.name) or [{"__typename": "Query"}]
        rows[each.name] = objects
        for attribute in each.plain if each.name != "Query" else each.attributes.values():
            if attribute.name in objects[0]:
                continue
            turn = draw(st.integers(0, 2)) if attribute.named in rows else 0
            for number, row in enumerate(objects):
                row[attribute.name] = _value(types, rows, each, attribute, number, turn)
            _break(draw, st, each, attribute, objects, whole)
        strict = any((each.name, own.name) in whole and own.type.endswith("!") for own in each.plain)
        if each.lossy and not strict and draw(st.booleans()):
            lost = objects[draw(st.integers(0, ROWS - 1))]
            lost.update(dict.fromkeys(each.attributes))
    return rows


def _keys(each: Type, number: int) -> Row:
    letter = each.name[0].lower()
    found = {
        "id": f"{letter}{number}",
        "code": f"{letter}-{number}",
        "no": number // 2,
        "mood": MOODS[number % 2],
        "home": None,
    }
    names = each.key_names or ({"id"} if each.name == "Home" else set())
    return {"__typename": each.name, **{name: found[name] for name in sorted(names)}}


def _value(
    types: Types, rows: dict[str, list[Row]], owner: Type, attribute: Any, number: int, turn: int
) -> Any:
    """Return a value that names its object, so that nothing can pass for another's."""
    mark = f"{owner.name}{number}.{attribute.name}"
    if attribute.named in rows:
        found = rows[attribute.named]
        found = found[turn:] + found[:turn]
        if attribute.name.startswith("find"):
            return found
        if owner.name == "Query":
            return (found[0], found, [found[:2], [], found])[attribute.levels]
        one, other = found[number % len(found)], found[(number + 1) % len(found)]
        return ([one], [one, other], [[one], [other, one]])[attribute.levels] if attribute.levels else one
    leaf: dict[str, Callable[[int], Any]] = {
        "Int": lambda at: sum(map(ord, mark)) * 10 + number * 3 + at,
        "Boolean": lambda at: bool(number % 2),
        "Mood": lambda at: MOODS[(number + at) % 2],
        "ID": lambda at: mark,
        "String": lambda at: f"{mark}.{at}" if at else mark,
    }
    one, other = (leaf[attribute.named](at) for at in (0, 1))
    return (one, [one, other], [[one], [other, one]])[attribute.levels]


def _break(
    draw: Draw, st: Any, owner: Type, attribute: Any, objects: list[Row], whole: set[tuple[str, str]]
) -> None:
    """Let one object lack the field's value, or a part of it, or fail to answer it."""
    if attribute.name.startswith("find"):
        return
    is_whole = (owner.name, attribute.name) in whole
    ways = [None, None, None, None]
    if not (is_whole and attribute.type.endswith("!")):
        ways += ["null", "failure"]
    if attribute.levels and not (is_whole and "!" in attribute.type):
        ways.append("hole")
    way = draw(st.sampled_from(ways))
    if way is None:
        return
    row = objects[draw(st.integers(0, len(objects) - 1))]
    if way == "null":
        row[attribute.name] = None
    elif way == "failure":
        row[attribute.name] = ValueError(f"{attribute.name} fails")
    elif row[attribute.name]:
        row[attribute.name] = [*row[attribute.name][:-1], None]
