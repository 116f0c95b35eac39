"""Drawing the objects of a random graph, once its types are final.

A. Three objects of each type, with their keys.
B. The values of their other fields; each names its object, so that nothing can pass for another's.
C. A few things that aren't as they should be: a null or a failure in one object's field, a null in a list, an
   object that has lost its key and all else.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.random_graphs.model import ROOTS, Attribute, Row, Type, Types

Draw = Callable[[Any], Any]

MOODS = ("CALM", "WILD")


def draw_rows(draw: Draw, types: Types, whole: set[tuple[str, str]]) -> dict[str, list[Row]]:
    """Draw the objects of a graph, by type.

    ``whole`` are fields whose values others are made of: they are null only where they may be.
    """
    objects = [each for each in types.values() if each.kind == "type"]
    rows: dict[str, list[Row]] = {  # A
        each.name: [_identified(each, number) for number in range(1 if each.name in ROOTS else 3)]
        for each in objects
    }
    for item in objects:
        if "home" in item.key_names:
            for number, row in enumerate(rows[item.name]):
                row["home"] = rows["Home"][number % 2]
    for type_ in types.values():
        if type_.kind != "type":
            rows[type_.name] = [row for member in type_.members for row in rows[member]]
    for each in objects:  # B
        own = rows[each.name]
        for attribute in [one for one in each.attributes.values() if one.name not in own[0]]:
            turn = draw(st.integers(0, 2)) if attribute.named in rows else 0
            for number, row in enumerate(own):
                row[attribute.name] = _value(rows, each, attribute, number, turn)
            _break(draw, attribute, own, is_whole=(each.name, attribute.name) in whole)  # C
        strict = any((each.name, one.name) in whole and one.type.endswith("!") for one in each.plain)
        if each.lossy and not strict and draw(st.booleans()):
            draw(st.sampled_from(own)).update(dict.fromkeys(each.attributes))
    return rows


# A


def _identified(each: Type, number: int) -> Row:
    """Return an object of a type with its keys; ``home`` and ``no`` tell it apart only together."""
    letter = each.name[0].lower()
    keys = {
        "id": f"{letter}{number}",
        "code": f"{letter}-{number}",
        "no": number // 2,
        "mood": MOODS[number % 2],
    }
    names = {"id"} if each.name == "Home" else each.key_names
    return {"__typename": each.name, **{name: value for name, value in keys.items() if name in names}}


# B


def _value(rows: dict[str, list[Row]], owner: Type, attribute: Attribute, number: int, turn: int) -> Any:
    mark = f"{owner.name}{number}.{attribute.name}"
    if attribute.named in rows:
        found = [
            row for row in rows[attribute.named] if row["__typename"] in attribute.only or not attribute.only
        ]
        found = found[turn:] + found[:turn]
        if attribute.name.startswith("find"):
            return found
        if owner.name in ROOTS:
            return (found[0], found, [found[:2], [], found])[attribute.levels]
        one, other = found[number % len(found)], found[(number + 1) % len(found)]
        return ([one], [one, other], [[one], [other, one]])[attribute.levels] if attribute.levels else one
    leaf: dict[str, Callable[[int], Any]] = {
        "Int": lambda at: sum(map(ord, mark)) * 10 + number * 3 + at,
        "Boolean": lambda at: bool(number % 2),
        "Mood": lambda at: MOODS[(number + at) % 2],
        "ID": lambda at: mark,
        "String": lambda at: f"{mark}.{at}" if at else mark,
        "Json": lambda at: [mark, {"deep": {"er": [{}]}}] if at else {"of": mark, "list": [number, [], None]},
    }
    one, other = (leaf[attribute.named](at) for at in (0, 1))
    return (one, [one, other], [[one], [other, one]])[attribute.levels]


# C


def _break(draw: Draw, attribute: Attribute, objects: list[Row], *, is_whole: bool) -> None:
    if attribute.name.startswith("find"):
        return
    ways = ["none"] * 4
    if not is_whole:
        ways += ["null", "failure"]
    elif not attribute.type.endswith("!"):
        ways += ["null", "failure", "failure", "failure"]  # where most depends on it
    if attribute.levels and not (is_whole and "!" in attribute.type):
        ways.append("hole")
    way = draw(st.sampled_from(ways))
    row = draw(st.sampled_from(objects))
    if way == "null":
        row[attribute.name] = None
    elif way == "failure":
        row[attribute.name] = ValueError(f"{attribute.name} fails")
    elif way == "hole":
        row[attribute.name] = [*row[attribute.name][:-1], None]
