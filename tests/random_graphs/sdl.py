"""What a service of a random graph declares, in the words of its dialect."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.conformance.graph import LINK
from tests.random_graphs.model import SHOUT, Attribute, Key, Path, Type, Types, field_set, interfaces_of
from tests.random_graphs.parts import (
    COMPOSITE,
    FEDERATION,
    FEDERATION_1,
    FEDERATION_2,
    STITCHING,
    Part,
    Service,
    context_name,
)

NEWEST_LINK = LINK.replace("v2.6", "v2.8").replace('"@extends"', '"@extends", "@context", "@fromContext"')

WAYS = {
    FEDERATION_1: ("extending", "defining", "defining"),
    FEDERATION_2: ("", "", ""),
    STITCHING: ("lists", "one by one", "mixed"),
    COMPOSITE: ("visible", "internal", "nested"),
}
"""The ways in which a dialect lets entities and lookups be written."""

REQUIRE = "in"
"""What the arguments are called that carry what a field of a composite schema requires, with a number."""

ABOVE = "above"
"""What the arguments are called that carry what a field takes from objects above, with a number."""


@dataclass(frozen=True)
class Lookup:
    """A root field that finds an entity by a key: one, or a list in an order of its own.

    ``arguments`` are those of a composite schema, and what of the entity they are; stitched lookups take all
    in one, called ``keys`` or ``key``. A ``bare`` key is the value of its only field.
    """

    type_name: str
    key: Key
    many: bool = False
    bare: bool = False
    arguments: tuple[tuple[str, Path], ...] = ()


@dataclass
class Written:
    """A service's SDL, its lookups by name, and the way in which its dialect was written."""

    sdl: str
    lookups: dict[str, Lookup]
    way: str


def write(service: Service, types: Types, shared: set[tuple[str, str]]) -> Written:
    """Write a service's SDL. ``shared`` are the fields that several services serve."""
    return _Writer(service, types, shared).write()


class _Writer:
    def __init__(self, service: Service, types: Types, shared: set[tuple[str, str]]) -> None:
        self.service = service
        self.types = types
        self.shared = shared
        self.dialect = service.dialect
        self.lookups: dict[str, Lookup] = {}
        self.way = WAYS[self.dialect][service.way]

    def write(self) -> Written:
        blocks = [
            self.type(self.types[name], part) for name, part in self.service.parts.items() if name != "Query"
        ]
        query = self.service.parts.get("Query", Part())
        marks = " ".join(self.contexts(query))
        roots = [self.field(self.types["Query"], query, name) for name in query.fields]
        lookups = list(self.write_lookups())
        if lookups and self.way == "nested":
            blocks.append(_block("type Lookups @internal", lookups))
            roots.append("lookups: Lookups @internal")
        else:
            roots += lookups
        if roots:
            blocks.append(_block(f"type Query {marks}", roots))
        if self.dialect == STITCHING:
            blocks.append("scalar Key")
        if any("Mood" in block for block in blocks):
            blocks.append("enum Mood { CALM WILD }")
        if any("Json" in block for block in blocks):
            blocks.append("scalar Json")
        if self.service.shouts:
            blocks.append(SHOUT)
        head = NEWEST_LINK if self.dialect == FEDERATION_2 else ""
        return Written(head + "\n".join(blocks), self.lookups, self.way)

    def type(self, type_: Type, part: Part) -> str:
        if type_.kind == "union":
            contexts = " ".join(self.contexts(part))
            return f"union {type_.name} {contexts} = {' | '.join(self.service.members(type_))}"
        keyword, names = type_.kind, list(part.fields)
        marks = [*self.keys(part), *self.contexts(part)]
        if type_.kind == "interface" and part.interface_object:
            keyword, marks = "type", [*marks, "@interfaceObject"]
        elif type_.kind == "interface":
            names = [name for name in type_.attributes if self.is_everywhere(type_, name)]
        elif self.extends(type_):
            keyword = "extend type"
        implemented = [
            name
            for name in interfaces_of(self.types, type_.name)
            if name in self.service.parts and not self.service.parts[name].interface_object
        ]
        implements = f" implements {' & '.join(implemented)}" if implemented else ""
        head = f"{keyword} {type_.name}{implements} {' '.join(marks)}"
        return _block(head, [self.field(type_, part, name) for name in names])

    def extends(self, type_: Type) -> bool:
        others = all((type_.name, name) in self.shared for name in type_.key_names)
        return self.way == "extending" and bool(type_.keys) and others

    def is_everywhere(self, interface: Type, name: str) -> bool:
        parts = [self.service.parts[member] for member in self.service.members(interface)]
        return all(name in part.fields and part.fields[name].served for part in parts)

    def keys(self, part: Part) -> Iterator[str]:
        for key in part.keys:
            text = field_set(key)
            if self.dialect == STITCHING:
                yield f'@key(selectionSet: "{{ {text} }}")'
            elif self.dialect == FEDERATION_2 and key in part.closed:
                yield f'@key(fields: "{text}", resolvable: false)'
            else:
                yield f'@key(fields: "{text}")'

    def contexts(self, part: Part) -> Iterator[str]:
        return (f'@context(name: "{name}")' for name in part.contexts)

    def field(self, type_: Type, part: Part, name: str) -> str:
        attribute = type_.attributes[name]
        plain = f"{name}{attribute.arguments}: {attribute.type}"
        own = part.fields.get(name)
        if own is None:  # an interface's
            return plain
        marks = []
        if own.external or (self.extends(type_) and name in type_.key_names):
            marks.append("@external")
        elif (type_.name, name) in self.shared and self.dialect in (FEDERATION_2, COMPOSITE):
            marks.append("@shareable")
        if own.provides:
            provided = " ".join(field_set([path]) for path in own.provides)
            marks.append(f'@provides(fields: "{provided}")')
        if own.override:
            label = f', label: "{own.label}"' if own.label else ""
            marks.append(f'@override(from: "{own.override}"{label})')
        if own.hidden:
            marks.append("@inaccessible")
        if own.contextual:
            taken = (self.taken(type_, attribute, number) for number in range(len(attribute.contexts)))
            plain = f"{name}({', '.join(taken)}): {attribute.type}"
        elif own.computed and self.dialect == COMPOSITE:
            plain = f"{name}({', '.join(self.requirements(type_, attribute))}): {attribute.type}"
        elif own.computed:
            text = field_set(attribute.requires)
            stitched = self.dialect == STITCHING
            marks.append(
                f'@computed(selectionSet: "{{ {text} }}")' if stitched else f'@requires(fields: "{text}")'
            )
        return " ".join([plain, *marks])

    def taken(self, type_: Type, attribute: Attribute, number: int) -> str:
        """Return an argument that takes its value from above."""
        context = attribute.contexts[number]
        if len(set(context.paths.values())) == 1 and context.types == context.paths.keys():
            selected = f"{{ {field_set([next(iter(context.paths.values()))])} }}"
        else:
            selected = " ".join(
                f"... on {name} {{ {field_set([path])} }}" for name, path in context.paths.items()
            )
        field = f"${context_name(type_, attribute, number)} {selected}"
        return f'{ABOVE}{number}: {context.type} @fromContext(field: "{field}")'

    def requirements(self, type_: Type, attribute: Attribute) -> Iterator[str]:
        for number, path in enumerate(attribute.requires):
            text, needed = self.selection_map(type_, path)
            yield f'{REQUIRE}{number}: {needed} @require(field: "{text}")'

    def selection_map(self, type_: Type, path: Path) -> tuple[str, str]:
        """Return a path as a selection map, and the type of its value."""
        attribute = type_.attributes[path[0].partition("(")[0]]
        if len(path) == 1:
            return path[0], attribute.type.removesuffix("!")
        below, needed = self.selection_map(self.types[attribute.named], path[1:])
        opened, closed = "[" * attribute.levels, "]" * attribute.levels
        return f"{path[0]}{opened or '.'}{below}{closed}", f"{opened}{needed}{closed}"

    def write_lookups(self) -> Iterator[str]:
        if self.dialect in FEDERATION:
            return
        for name, part in self.service.parts.items():
            for number, key in enumerate(part.entrances):
                write = self.stitched_lookup if self.dialect == STITCHING else self.composite_lookup
                if self.types[name].kind == "type":
                    yield write(self.types[name], part, key, f"{name.lower()}By{number}_{self.service.name}")

    def stitched_lookup(self, type_: Type, part: Part, key: Key, field: str) -> str:
        computed = [type_.attributes[name].requires for name, own in part.fields.items() if own.computed]
        names = [path[0].partition("(")[0] for paths in (key, *computed) for path in paths]
        many = self.way == "lists" or (self.way == "mixed" and len(self.lookups) % 2 == 1)
        bare = len(names) == 1
        self.lookups[field] = Lookup(type_.name, key, many=many, bare=bare)
        item = ", ".join(f"{name}: $key.{name}" for name in dict.fromkeys(names))
        expression = f'argsExpr: "{f"keys: [[{{ {item} }}]]" if many else f"key: {{ {item} }}"}"'
        if bare:
            expression = f'keyArg: "{"keys" if many else "key"}", keyField: "{names[0]}"'
        given, returned = ("keys: [Key!]!", f"[{type_.name}]!") if many else ("key: Key!", type_.name)
        return f"{field}({given}): {returned} @merge({expression}) @inaccessible"

    def composite_lookup(self, type_: Type, part: Part, key: Key, field: str) -> str:
        arguments = []
        written = []
        for path in key:
            name = path[0] if len(path) == 1 else "homeId"
            arguments.append((name, path))
            is_ = f' @is(field: "{".".join(path)}")' if len(path) > 1 else ""
            leaf = type_.attributes[path[0]].type if len(path) == 1 else "ID!"
            written.append(f"{name}: {leaf}{is_}")
        self.lookups[field] = Lookup(type_.name, key, arguments=tuple(arguments))
        internal = " @internal" if self.way == "internal" else ""
        return f"{field}({', '.join(written)}): {type_.name} @lookup{internal}"


def _block(head: str, fields: list[str]) -> str:
    return "\n  ".join([f"{head} {{", *fields]) + "\n}"
