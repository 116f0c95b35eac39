"""The words that composition's passes share: what a subgraph declares, whichever dialect it is written in.

A schema is a tree of declarations. The reader makes one tree per subgraph; its dialects then turn directives
into the attributes below; merging makes one more tree, of the same classes, from all of them. Declarations
are mutable while composition runs and never leave it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from graphql import (
    ConstDirectiveNode,
    ConstValueNode,
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLSchema,
    Node,
    NonNullTypeNode,
    StringValueNode,
    TypeNode,
)

from stitcher.composition.field_set import FieldSet
from stitcher.composition.selection_map import SelectionMap
from stitcher.directives import arguments_of
from stitcher.errors import Place
from stitcher.supergraph import Lookup, LookupArgument, Rollout, Supergraph

__all__ = [
    "BUILT_IN_SCALARS",
    "ROOT_TYPES",
    "Application",
    "Composition",
    "Declaration",
    "EnumValue",
    "FieldDeclaration",
    "FromContext",
    "InputDeclaration",
    "Key",
    "Kind",
    "MappedArgument",
    "Override",
    "SubgraphSchema",
    "TypeDeclaration",
    "Types",
    "application_of",
    "has_argument",
    "place_of",
]

BUILT_IN_SCALARS = frozenset({"Boolean", "Float", "ID", "Int", "String"})
ROOT_TYPES = ("Query", "Mutation", "Subscription")


class Kind(Enum):
    """The kinds of types, as messages call them."""

    SCALAR = "scalar"
    OBJECT = "object type"
    INTERFACE = "interface"
    UNION = "union"
    ENUM = "enum"
    INPUT = "input type"


def place_of(node: Node) -> Place:
    """Return where a node stands; the parser was told the file's name."""
    assert node.loc is not None  # noqa: S101 -- only nodes made by hand have none
    return Place(node.loc.source.name, node.loc.start_token.line)


def has_argument(node: ConstDirectiveNode, name: str) -> bool:
    """Return whether a use of a directive gives the argument of this name."""
    return any(given.name.value == name for given in node.arguments or ())


@dataclass(frozen=True, slots=True)
class Application:
    """One use of a directive: its arguments as plain values, and where it stands."""

    arguments: dict[str, Any]
    place: Place


def application_of(node: ConstDirectiveNode) -> Application:
    """Return one use of a directive as plain values."""
    return Application(arguments_of(node), place_of(node))


@dataclass(frozen=True, slots=True)
class Key:
    """A field set that identifies a type's objects; ``resolvable`` if the subgraph can be entered by it."""

    fields: FieldSet
    resolvable: bool = True


@dataclass(frozen=True, slots=True)
class Override:
    """``@override``: the field has moved here from subgraph ``source``; with a label, only in part."""

    source: str
    label: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class MappedArgument:
    """An argument whose value is made of an object's fields, to be checked when types are merged.

    ``code`` is the start of its problems' codes, ``what`` its name in messages. The map selects from
    ``type_name``, and makes a value of ``type``, which is one of the subgraph's own ``inputs``.
    """

    code: str
    what: str
    type: TypeNode
    selected: SelectionMap
    type_name: str
    place: Place
    inputs: Types


@dataclass(slots=True, kw_only=True)
class Declaration:
    """What all elements of a schema have. ``directives`` are those that no dialect took for itself."""

    name: str
    subgraph: str
    place: Place
    description: StringValueNode | None = None
    directives: tuple[ConstDirectiveNode, ...] = ()
    inaccessible: bool = False
    canonical: bool = False

    def take(self, *names: str, having: str | None = None) -> list[Application]:
        """Remove the directives of these names, and return them in the order of writing.

        With ``having``, only those that are given an argument of that name.
        """
        taken: list[Application] = []
        kept: list[ConstDirectiveNode] = []
        for node in self.directives:
            if node.name.value in names and (having is None or has_argument(node, having)):
                taken.append(application_of(node))
            else:
                kept.append(node)
        if taken:
            self.directives = tuple(kept)
        return taken


@dataclass(slots=True, kw_only=True)
class InputDeclaration(Declaration):
    """An argument, or a field of an input type."""

    type: TypeNode
    default: ConstValueNode | None = None

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return isinstance(self.type, NonNullTypeNode) and self.default is None


@dataclass(frozen=True, slots=True)
class FromContext:
    """An argument whose value comes from an object around the one that has the field (``@fromContext``).

    ``fields`` are selected of the types that set ``context`` in the same subgraph.
    """

    argument: InputDeclaration
    context: str
    fields: FieldSet


@dataclass(slots=True, kw_only=True)
class EnumValue(Declaration):
    """A value of an enum."""


@dataclass(slots=True, kw_only=True)
class FieldDeclaration(Declaration):
    """A field of an object type or interface.

    ``block`` are the directives of the definition or extension of its type that it stands in.
    ``external`` is declared but not served; ``echoed`` was so declared, but is served all the same, since
    it is in a key; ``overridden`` is served elsewhere now, and with a ``rollout``, only for part of the
    requests. ``requires`` are fields of the same object,
    ``provides`` fields of the returned one. ``filled`` and ``contexts`` are arguments that clients don't see:
    the gateway makes their values of what the field requires, or of what is around its object.
    """

    type: TypeNode
    arguments: dict[str, InputDeclaration] = field(default_factory=dict)
    block: tuple[ConstDirectiveNode, ...] = ()
    external: bool = False
    echoed: bool = False
    overridden: bool = False
    shareable: bool = False
    requires: FieldSet | None = None
    provides: FieldSet | None = None
    override: Override | None = None
    rollout: Rollout | None = None
    filled: tuple[LookupArgument, ...] = ()
    contexts: tuple[FromContext, ...] = ()

    @property
    def served(self) -> bool:
        """Whether the subgraph answers this field without a path that provides it."""
        return not self.external and not self.overridden

    @property
    def owned(self) -> bool:
        """Whether the subgraph is where the field's values come from, alone or with others."""
        return self.served and not self.echoed and not (self.rollout and self.rollout.arriving)


@dataclass(slots=True, kw_only=True)
class TypeDeclaration(Declaration):
    """A type: all of its definitions and extensions in one subgraph, or, merged, in all of them.

    ``interfaces`` and ``members`` (of a union) keep where they were written. ``extends`` says that the
    subgraph only extends a type that others define, ``defined`` that there is more of it than ``extend``.
    ``contexts`` are the names of those that its objects set.
    """

    kind: Kind
    fields: dict[str, FieldDeclaration] = field(default_factory=dict)
    input_fields: dict[str, InputDeclaration] = field(default_factory=dict)
    values: dict[str, EnumValue] = field(default_factory=dict)
    members: dict[str, Place] = field(default_factory=dict)
    interfaces: dict[str, Place] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    contexts: frozenset[str] = frozenset()
    extends: bool = False
    defined: bool = True
    interface_object: bool = False

    @property
    def is_object(self) -> bool:
        """Whether values of this type are of this type at run time, and of no other."""
        return self.kind is Kind.OBJECT and not self.interface_object

    @property
    def is_composite(self) -> bool:
        """Whether a selection of this type needs a selection of its fields."""
        return self.kind in (Kind.OBJECT, Kind.INTERFACE, Kind.UNION)

    def elements(self) -> Iterator[Declaration]:
        """Yield the type and all that it is made of."""
        yield self
        for own in self.fields.values():
            yield own
            yield from own.arguments.values()
        yield from self.input_fields.values()
        yield from self.values.values()


Types: TypeAlias = dict[str, TypeDeclaration]


@dataclass(slots=True)
class SubgraphSchema:
    """One subgraph's schema in the common vocabulary.

    ``schema`` stands for the schema definition, ``root_names`` are what it calls the root types,
    ``directives`` are the definitions of directives, ``uses`` has all applications of each, and ``document``
    all of the SDL as it was written, None where another tool has composed it. ``lookups``
    are the ways into each type, ``mapped`` the arguments with selection maps. ``shares_everything`` says that
    each field may be served by others too, without being marked as shareable. ``composite`` says that the
    schema follows the Composite Schemas spec.
    """

    name: str
    sdl: str
    urls: tuple[str, ...]
    schema: Declaration
    types: Types = field(default_factory=dict)
    root_names: dict[str, str] = field(default_factory=dict)
    document: DocumentNode | None = None
    directives: dict[str, DirectiveDefinitionNode] = field(default_factory=dict)
    uses: dict[str, list[ConstDirectiveNode]] = field(default_factory=dict)
    lookups: dict[str, list[Lookup]] = field(default_factory=dict)
    mapped: list[MappedArgument] = field(default_factory=list)
    shares_everything: bool = True
    composite: bool = False

    def share_everything(self) -> None:
        """Let others serve each field, too."""
        self.shares_everything = True
        for declared in self.types.values():
            for own in declared.fields.values():
                own.shareable = True

    def elements(self) -> Iterator[Declaration]:
        """Yield everything that can carry a directive."""
        yield self.schema
        for declared in self.types.values():
            yield from declared.elements()


@dataclass(slots=True)
class Composition:
    """What passes hand on: subgraphs, each type's declarations, what they merge to, and what comes of it.

    ``client`` is the schema that clients see, ``whole`` the same with what they don't.
    """

    schemas: list[SubgraphSchema]
    declared: dict[str, list[TypeDeclaration]]
    merged: Types = field(default_factory=dict)
    client: GraphQLSchema | None = None
    whole: GraphQLSchema | None = None
    supergraph: Supergraph | None = None
