"""Splitting a random graph over services: who declares, serves, requires and provides what.

A. Each field goes to one service or two; what it returns is declared with it: an entity with some of its
   keys, a value whole, an abstract type with what that field may be of it.
B. One service of each entity has all of its keys, so that mostly there is a way; others can't all be asked.
C. An interface may be an object in one more service, which adds fields to it.
D. Computed fields are added, of what their service doesn't serve; and fields that take something from above.
E. Fields get to be provided along one path, move to another service (at once or by a rollout), or are hidden
   from clients. Services may know a directive for clients, which is offered where all of them do.

Most of what comes out composes, and composition says what doesn't.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.random_graphs.model import ROOTS, Attribute, Context, Path, Type, Types, interfaces_of
from tests.random_graphs.parts import (
    FEDERATION,
    FEDERATION_1,
    FEDERATION_2,
    STITCHING,
    Declared,
    Part,
    Service,
    context_name,
)

Draw = Callable[[Any], Any]


def draw_split(draw: Draw, types: Types, dialects: Sequence[str]) -> list[Service]:
    """Draw services that have a graph's types among them, each in one of the dialects."""
    return _Splitter(draw, types, dialects).split()


class _Splitter:
    def __init__(self, draw: Draw, types: Types, dialects: Sequence[str]) -> None:
        self.draw = draw
        self.types = types
        self.services = [
            Service(f"s{number}", draw(st.sampled_from(dialects)), draw(st.integers(0, 2)))
            for number in range(draw(st.integers(2, 4)))
        ]

    def split(self) -> list[Service]:
        self.give_out()
        self.open()
        if "Animal" in self.types:
            self.add_interface_object()
        for number in range(self.draw(st.integers(0, 4))):
            self.add_computed(number)
        self.root_queries()
        for number in range(self.draw(st.integers(0, 2)) if self.chance(3) else 0):
            self.add_contextual(number)
        self.add_unreturned()
        self.provide()
        self.override()
        self.hide()
        shouts = self.one_of(["nobody", "some", "all"])
        for service in self.services:
            service.shouts = shouts == "all" or (shouts == "some" and self.chance(2))
        return [each for each in self.services if each.parts]

    def one_of(self, options: list[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, of: int) -> bool:
        return bool(self.draw(st.integers(1, of)) == of)

    # A. Fields

    def give_out(self) -> None:
        for type_ in [each for each in self.types.values() if each.kind == "type"]:
            if type_.name in ROOTS or type_.keys:
                for attribute in type_.attributes.values() if type_.name in ROOTS else type_.plain:
                    owners = [self.one_of(self.services)]
                    if self.chance(2 if type_.name == "Mutation" else 5):
                        owners.append(self.one_of(self.services))
                    for service in owners:
                        self.serve(service, type_, attribute)

    def serve(self, service: Service, type_: Type, attribute: Attribute) -> Declared:
        self.declare(service, type_.name)
        own = service.parts[type_.name].fields.setdefault(attribute.name, Declared())
        own.external = False
        self.declare(service, attribute.named, attribute.only)
        return own

    def declare(
        self, service: Service, name: str, only: tuple[str, ...] = (), *, by_id: bool = False
    ) -> None:
        """Let a service know a type: enough of it to return its objects, of an abstract one ``only`` some."""
        type_ = self.types.get(name)
        if type_ is None:
            return
        known = name in service.parts
        part = service.parts.setdefault(name, Part())
        if type_.kind == "type" and type_.keys:
            if not part.keys:
                number = self.draw(st.integers(1, 2))
                part.keys = list(dict.fromkeys(self.one_of(type_.keys) for _ in range(number)))
            if by_id or any(interface in service.parts for interface in interfaces_of(self.types, name)):
                part.keys = list(dict.fromkeys([type_.keys[0], *part.keys]))
            self.declare_keys(service, type_)
        elif not known and type_.kind == "type" and name not in ROOTS:
            for attribute in type_.attributes.values():
                self.serve(service, type_, attribute)
        elif type_.kind != "type":
            part.keys = list(type_.keys) if service.dialect == FEDERATION_2 else []
            for member in type_.members:
                if part.keys or not only or member in only or member in service.parts:
                    self.declare(service, member, by_id=type_.kind == "interface")

    def declare_keys(self, service: Service, type_: Type) -> None:
        part = service.parts[type_.name]
        for key in part.keys:
            for path in key:
                self.serve_key(service, type_, part, path[0])

    def serve_key(self, service: Service, type_: Type, part: Part, name: str) -> None:
        if name not in part.fields:
            part.fields[name] = Declared()
            self.declare(service, type_.attributes[name].named)

    # B. Ways in

    def open(self) -> None:
        for type_ in [each for each in self.types.values() if each.keys]:
            having = [each for each in self.services if type_.name in each.parts]
            for service in having:
                part = service.parts[type_.name]
                plain = any(own.name in part.fields for own in type_.plain)
                if service is having[0]:
                    part.keys = list(type_.keys)
                    self.declare_keys(service, type_)
                elif service.dialect != FEDERATION_1 and self.chance(2):
                    part.closed = part.keys[1:] if plain else list(part.keys)

    # C. Interface objects

    def add_interface_object(self) -> None:
        knowing = [each for each in self.services if "Animal" in each.parts and each.dialect == FEDERATION_2]
        if not knowing or self.chance(3):
            return
        animal = self.types["Animal"]
        animal.keys = [(("id",),)]
        for service in knowing:
            self.declare(service, "Animal")
            for member in animal.members:
                part = service.parts[member]
                part.closed = [key for key in part.closed if key != animal.keys[0]]
        service = Service(f"s{len(self.services)}", FEDERATION_2, 0)
        self.services.append(service)
        service.parts["Animal"] = Part({"id": Declared()}, keys=list(animal.keys), interface_object=True)
        for name, type_ in (("extra0", self.one_of(["String", "Int!", "[String]"])), ("extra1", "Animal")):
            for each in (animal, *(self.types[member] for member in animal.members)):
                each.add(name, type_)
            service.parts["Animal"].fields[name] = Declared()
        self.types["Query"].add("popular", "[Animal]", "(first: Int = 2)")
        service.parts["Query"] = Part({"popular": Declared()})

    # D. Computed fields

    def add_computed(self, number: int) -> None:
        places = [
            (service, type_)
            for service in self.services
            for type_ in self.types.values()
            if type_.keys and type_.name in service.parts and service.parts[type_.name].entrances
            if type_.kind == "type" or service.parts[type_.name].interface_object
        ]
        if not places:
            return
        service, type_ = self.one_of(places)
        part = service.parts[type_.name]
        options = [
            path
            for own in type_.plain
            if own.name not in part.fields or part.fields[own.name].external
            for path in self.paths(type_, own, 2)
        ]
        if not options:
            return
        paths = self.draw(st.lists(st.sampled_from(options), min_size=1, max_size=2, unique=True))
        name = f"computed{number}"
        for each in (type_, *(self.types[member] for member in type_.members)):
            each.add(name, "String", requires=tuple(paths))
        part.fields[name] = Declared(computed=True)
        if service.dialect in FEDERATION:
            for path in paths:
                self.declare_path(service, type_, path)

    def paths(self, type_: Type, own: Attribute, depth: int) -> Iterator[Path]:
        target = self.types.get(own.named)
        if own.contexts:
            return
        if target is None:
            yield (f"{own.name}(n: 2)" if own.arguments else own.name,)
        elif target.kind == "type" and target.name not in ROOTS and not target.lossy and depth:
            for below in target.attributes.values():
                yield from ((own.name, *path) for path in self.paths(target, below, depth - 1))

    def declare_path(self, service: Service, type_: Type, path: Path) -> None:
        name = path[0].partition("(")[0]
        own = type_.attributes[name]
        service.parts[type_.name].fields.setdefault(name, Declared(external=True))
        if len(path) > 1:
            self.declare(service, own.named)
            self.declare_path(service, self.types[own.named], path[1:])

    def add_contextual(self, number: int) -> None:
        """Add a field that takes values from above. Query is there in any case, but not above mutations."""
        services = [each for each in self.services if each.dialect == FEDERATION_2 and "Query" in each.parts]
        places = [
            (service, self.types[name])
            for service in services
            for name, part in service.parts.items()
            if self.types[name].kind == "type" and part.entrances and "Mutation" not in self.types
        ]
        if not places:
            return
        service, type_ = self.one_of(places)
        contexts = [self.context(service) for _ in range(self.draw(st.integers(1, 2)))]
        if None in contexts:
            return
        attribute = type_.add(f"told{number}", "String")
        attribute.contexts = tuple(filter(None, contexts))
        service.parts[type_.name].fields[attribute.name] = Declared(contextual=True)
        for index, context in enumerate(attribute.contexts):
            for name in context.marked:
                service.parts[name].contexts.append(context_name(type_, attribute, index))

    def context(self, service: Service) -> Context | None:
        """Draw the types that set a context in a service, and what of their objects is the value."""
        query = dict(self.above(service, "Query"))
        if not query:
            return None
        path, type_ = self.one_of(list(query.items()))
        marked, paths = ["Query"], {"Query": path}
        for name in self.draw(st.lists(st.sampled_from(sorted(service.parts)), max_size=3, unique=True)):
            own = {
                member: [path for path, other in self.above(service, member) if other == type_]
                for member in self.objects(name)
                if member in service.parts and member not in paths
            }
            found = {member: self.one_of(options) for member, options in own.items() if options}
            if found:
                marked.append(name)
                paths |= found
        for name, path in paths.items():
            self.declare_path(service, self.types[name], path)
        types = frozenset(member for name in marked for member in self.objects(name))
        return Context(type_, tuple(marked), types, paths)

    def objects(self, name: str) -> list[str]:
        return self.types[name].members or [name]

    def above(self, service: Service, name: str) -> Iterator[tuple[Path, str]]:
        """Yield the paths to leaves below objects of a type that a context can have, with their types."""
        type_ = self.types[name]
        there = service.parts[name].fields
        for own in type_.attributes.values():
            if own.arguments or own.name.startswith("extra"):
                continue
            if own.name in there or type_.keys:
                for path in self.paths(type_, own, 2):
                    yield path, self.leaf(type_, path)

    def leaf(self, type_: Type, path: Path) -> str:
        """Return the type of the value at a path, that may be null anywhere."""
        own = type_.attributes[path[0].partition("(")[0]]
        if len(path) > 1:
            below = self.leaf(self.types[own.named], path[1:])
            return "[" * own.levels + below + "]" * own.levels
        return own.type.replace("!", "")

    # E. More

    def add_unreturned(self) -> None:
        """Let services know an abstract type that they never return."""
        for service in self.services:
            for type_ in [each for each in self.types.values() if each.kind != "type"]:
                members = service.members(type_)
                named = all(
                    "id" in part.fields and part.fields["id"].served
                    for part in (service.parts[member] for member in members)
                )
                if type_.name not in service.parts and members and named and self.chance(3):
                    service.parts[type_.name] = Part()

    def root_queries(self) -> None:
        """Give something to ask for to services whose Query only fields lead back to."""
        query = self.types["Query"]
        for service in self.services:
            if "Query" in service.parts and not service.parts["Query"].fields:
                self.serve(service, query, self.one_of(list(query.attributes.values())))

    def provide(self) -> None:
        for service in [each for each in self.services if each.dialect != STITCHING]:
            for name, part in list(service.parts.items()):
                for own_name, own in list(part.fields.items()):
                    attribute = self.types[name].attributes[own_name]
                    if not own.served or not self.chance(4):
                        continue
                    options = list(self.provisions(service, attribute, 2))
                    if options:
                        paths = self.draw(
                            st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True)
                        )
                        own.provides = tuple(paths)
                        for path in paths:
                            self.declare_provided(service, attribute, path)

    def provisions(self, service: Service, attribute: Attribute, depth: int) -> Iterator[Path]:
        """Yield paths below a field along which a service could provide what it doesn't serve else."""
        target = self.types.get(attribute.named)
        if target is None or target.name in ROOTS:
            return
        if target.kind == "type":
            yield from self.provided_fields(service, target, depth)
        elif service.dialect in FEDERATION:
            for member in service.members(target):
                if member in attribute.only or not attribute.only:
                    for path in self.provided_fields(service, self.types[member], depth):
                        yield (f"... on {member}", *path)
                        for interface in interfaces_of(self.types, member):
                            if interface in service.parts and self.is_everywhere(service, interface, path[0]):
                                yield (f"... on {interface}", *path)

    def provided_fields(self, service: Service, type_: Type, depth: int) -> Iterator[Path]:
        there = service.parts[type_.name]
        for each in type_.plain:
            own = there.fields.get(each.name)
            if each.requires or each.contexts or each.arguments or not type_.keys:
                continue
            if each.name.startswith("extra"):
                continue
            if own is None and each.named not in self.types:
                yield (each.name,)
            elif own is not None and own.served and depth:
                yield from ((each.name, *path) for path in self.provisions(service, each, depth - 1))

    def is_everywhere(self, service: Service, interface: str, name: str) -> bool:
        parts = [service.parts[member] for member in service.members(self.types[interface])]
        named = name in self.types[interface].attributes
        return named and all(name in part.fields and part.fields[name].served for part in parts)

    def declare_provided(self, service: Service, attribute: Attribute, path: Path) -> None:
        name, *below = path
        if name.startswith("... on "):
            fragment = replace(attribute, type=name.removeprefix("... on "))
            self.declare_provided(service, fragment, tuple(below))
        elif not below:
            service.parts[attribute.named].fields.setdefault(name, Declared(external=True))
        else:
            self.declare_provided(service, self.types[attribute.named].attributes[name], tuple(below))

    def override(self) -> None:
        for service in self.services:
            if service.dialect != FEDERATION_2 or not self.chance(3):
                continue
            options = [
                (name, own_name, other)
                for name, part in service.parts.items()
                if name in ROOTS or (self.types[name].keys and not part.interface_object)
                for own_name, own in part.fields.items()
                if own.served
                and not (own.computed or own.contextual)
                and own_name not in self.types[name].key_names
                for other in self.services
                if name in other.parts and own_name not in other.parts[name].fields
                if other.dialect in FEDERATION and not other.has_interface_object
            ]
            if options:
                name, own_name, other = self.one_of(options)
                service.parts[name].fields[own_name].override = other.name
                self.serve(other, self.types[name], self.types[name].attributes[own_name])
                there = other.parts[name].fields[own_name]
                there.overridden = True
                if self.chance(2):
                    service.parts[name].fields[own_name].label = "percent(50)"
                    there.labelled = True

    def hide(self) -> None:
        service = self.one_of(self.services)
        options = [
            own
            for name, part in service.parts.items()
            if self.types[name].keys and not interfaces_of(self.types, name) and not self.types[name].members
            for own in part.fields.values()
            if own.served
        ]
        if options and self.chance(2):
            self.one_of(options).hidden = True
