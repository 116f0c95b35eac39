"""Heavy operations that are valid, on graphs that are made to be hard to plan: all of it by a seed.

A graph has interfaces and unions whose types are split over services, fields that several of them share, keys
of several kinds, and fields that not everybody may see. An operation is grown at random until it meets one of
the gateway's limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from graphql import GraphQLNamedType, GraphQLSchema, get_named_type
from graphql.type import is_composite_type, is_object_type, is_required_argument, is_union_type

NAMES = '["@key", "@shareable", "@authenticated", "@requires", "@external", "@interfaceObject"]'
LINK = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: {NAMES})'


def split_graph(random: Random) -> dict[str, str]:
    """Return a graph's services, by name: often, they don't compose."""
    services = [f"s{number}" for number in range(random.randint(1, 5))]
    types = [f"T{number}" for number in range(random.randint(1, random.choice((4, 12))))]
    abstract = {
        f"I{number}": random.sample(types, random.randint(1, len(types)))
        for number in range(random.randint(1, 3))
    }
    union = random.sample(types, random.randint(1, len(types)))
    returned = [*abstract, *abstract, "U", *types[:2]]
    shapes = ("{}", "{}", "[{}]", "{}!", "[{}!]!")
    fields = {
        f"f{number}": random.choice(shapes).format(random.choice(returned))
        for number in range(random.randint(1, 6))
    }
    leaves = {f"l{number}": "String" for number in range(random.randint(1, 6))}
    all_fields = {**fields, **leaves}
    protected = random.sample(sorted(all_fields), 1) if random.random() < 0.3 else []
    share = random.choice((0.0, 0.2, 0.7, 1.0))
    has: dict[tuple[str, str], set[str]] = {(service, name): set() for service in services for name in types}
    for name in types:
        for each in all_fields:
            servers = {random.choice(services)} | {one for one in services if random.random() < share}
            for service in servers:
                has[service, name].add(each)
    keys = {service: random.choice(("id", "id", "code", "id } both")) for service in services}
    keys[services[0]] = "id } both"
    nested = random.random() < 0.2
    mark = " @authenticated"
    sdls: dict[str, str] = {}
    for service in services:
        own = ["id code" if "both" in keys[service] else keys[service]]
        names = own[0].split()
        declared = {
            each: random.sample(sorted(all_fields), random.randint(0, len(all_fields))) for each in abstract
        }
        parts = []
        for type_name in abstract:
            inner = " ".join(f"{one}: {all_fields[one]}" for one in declared[type_name])
            parts.append(f"interface {type_name} {{ {names[0]}: ID! {inner} }}")
        for name in types:
            implemented = [
                each
                for each, members in abstract.items()
                if name in members and has[service, name].issuperset(declared[each])
            ]
            kinds = f" implements {' & '.join(implemented)}" if implemented else ""
            keyed = " ".join(f'@key(fields: "{one}")' for one in names)
            if nested:
                keyed += ' @key(fields: "home { id }")'
            inner = " ".join(
                f"{one}: {all_fields[one]} @shareable{mark if one in protected and name < 'T2' else ''}"
                for one in sorted(has[service, name])
            )
            home = "home: Home! @shareable" if nested else ""
            ids = " ".join(f"{one}: ID!" for one in names)
            parts.append(f"type {name}{kinds} {keyed} {{ {ids} {home} {inner} }}")
        if nested:
            parts.append("type Home { id: ID! @shareable }")
        parts.append(f"union U = {' | '.join(union)}")
        roots = " ".join(
            f"r{number}: {each} @shareable" for number, each in enumerate(returned[: random.randint(1, 4)])
        )
        if service == services[0] or random.random() < 0.3:
            parts.append(f"type Query {{ {roots} }}")
        sdls[service] = " ".join((LINK, *parts))
    return sdls


@dataclass
class Writer:
    """Grows one operation. What it has of tokens, fields, aliases and directives goes as it writes."""

    schema: GraphQLSchema
    random: Random
    depth: int = 15
    tokens: int = 1_960
    fields: int = 500
    aliases: int = 30
    directives: int = 50
    fragments: list[tuple[str, str, int, int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def operation(self) -> str:
        random = self.random
        self.wide = random.choice((1, 1, 2, 3, 8, 30))
        self.deep = random.choice((4, 8, 12, 14, 15))
        self.inline = random.choice((0.0, 0.1, 0.5))
        self.named = random.choice((0.0, 0.1, 0.4))
        self.leaves = random.choice((0.0, 0.3, 0.9))
        self.aliased = random.choice((0.0, 0.1, 0.5))
        self.conditional = random.choice((0.0, 0.0, 0.1, 0.5))
        assert self.schema.query_type
        root = self.selections(self.schema.query_type, 1)
        variables = "($y: Boolean!, $n: Boolean! = true)" if "$" in root + "".join(self.texts) else ""
        return f"query{variables} {{ {root} }} {' '.join(self.texts)}"

    def selections(self, parent: GraphQLNamedType, level: int) -> str:
        parts: list[str] = []
        for _ in range(self.random.randint(1, self.wide) if self.wide > 3 else self.wide):
            if self.tokens < 60 or self.fields < 20:
                break
            parts.extend(self.selection(parent, level))
        return " ".join(parts) or "__typename"

    def selection(self, parent: GraphQLNamedType, level: int) -> Iterator[str]:
        random = self.random
        kind = random.random()
        own = getattr(parent, "fields", {})
        if (
            not is_object_type(parent)
            and (not own or kind < self.inline)
            and self.schema.query_type is not parent
        ):
            possible = [parent, *self.schema.get_possible_types(parent)]  # type: ignore[arg-type]
            chosen = random.sample(possible, random.randint(1, len(possible)))
            for each in chosen:
                if self.tokens < 60:
                    return
                if is_union_type(each):
                    continue
                self.tokens -= 5
                yield f"... on {each.name}{self.condition()} {{ {self.selections(each, level)} }}"
            return
        if kind > 1 - self.named and level > 1:
            usable = [
                fragment
                for fragment in self.fragments
                if fragment[1] == parent.name and level + fragment[2] <= self.deep
            ]
            if usable and random.random() < 0.7:
                name, _, _, size = random.choice(usable)
                if self.fields > size + 10:
                    self.fields -= size
                    self.tokens -= 2
                    yield f"...{name}{self.condition()}"
                return
            before = self.fields
            self.tokens -= 8
            text = self.selections(parent, level)
            name = f"F{len(self.texts)}"
            self.texts.append(f"fragment {name} on {parent.name} {{ {text} }}")
            self.fragments.append((name, parent.name, self.deep - level, before - self.fields))
            yield f"...{name}"
            return
        names = [
            name
            for name, each in own.items()
            if not any(is_required_argument(argument) for argument in each.args.values())
            and (level < self.deep or not is_composite_type(get_named_type(each.type)))
        ]
        inner = [name for name in names if is_composite_type(get_named_type(own[name].type))]
        if inner and random.random() > self.leaves:
            names = inner
        if not names:
            return
        name = random.choice(names)
        self.tokens -= 1
        self.fields -= 1
        alias = ""
        if self.aliases and random.random() < self.aliased:
            self.aliases -= 1
            self.tokens -= 2
            alias = f"a{self.aliases}: "
        condition = self.condition()
        named = get_named_type(own[name].type)
        below = ""
        if is_composite_type(named):
            self.tokens -= 2
            below = f" {{ {self.selections(named, level + 1)} }}"
        yield f"{alias}{name}{condition}{below}"

    def condition(self) -> str:
        if not self.directives or self.random.random() > self.conditional:
            return ""
        self.directives -= 1
        self.tokens -= 7
        return f" @{self.random.choice(('skip', 'include'))}(if: ${self.random.choice('yn')})"
