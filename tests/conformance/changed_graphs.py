"""Graphs that are a small step away from ones that compose: one or two random changes to their SDLs."""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from graphql import (
    REMOVE,
    DocumentNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    Node,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    parse,
    parse_const_value,
    parse_type,
    print_ast,
    visit,
)
from graphql.language import Visitor

__all__ = ["Graph", "changed"]

Graph: TypeAlias = Mapping[str, str]
"""SDLs by the names of their subgraphs."""

_Change: TypeAlias = tuple[Node, Node | None]
"""A node of a document, and what comes in its place."""

_ADDED = (
    "@shareable",
    "@external",
    "@inaccessible",
    '@deprecated(reason: "changed")',
    '@tag(name: "changed")',
    '@provides(fields: "id")',
    '@requires(fields: "id")',
    '@key(fields: "id")',
)
_ON_INPUT = ("inaccessible", "deprecated", "tag")
_TYPES = ("Int", "String", "ID", "Boolean", "[String]", "[Int!]")


def changed(graph: Graph, chosen: random.Random) -> dict[str, str]:
    """Return a graph with one or two changes; what is added is named as in the federation spec."""
    sdls = dict(graph)
    for _ in range(chosen.choice((1, 1, 2))):
        name = chosen.choice(sorted(sdls))
        document = parse(sdls[name], no_location=True)
        others = [parse(sdl, no_location=True) for other, sdl in sdls.items() if other != name]
        kinds: dict[Callable[..., Any], list[_Change]] = {}
        for kind in _KINDS:
            if changes := list(kind(document, others, chosen)):
                kinds[kind] = changes
        if kinds:
            old, new = chosen.choice(kinds[chosen.choice(list(kinds))])
            sdls[name] = print_ast(_with(document, old, new))
    return sdls


def _with(document: DocumentNode, old: Node, new: Node | None) -> DocumentNode:
    if isinstance(new, DocumentNode):
        return new

    class Replacing(Visitor):
        def leave(self, node: Node, *_: Any) -> Any:
            return (REMOVE if new is None else new) if node is old else None

    changed: DocumentNode = visit(document, Replacing())
    return changed


def _definition(sdl: str) -> Any:
    """Return the only definition of an SDL."""
    (node,) = parse(sdl, no_location=True).definitions
    return node


def _types(document: DocumentNode) -> list[Any]:
    return [
        node
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode | TypeExtensionNode) and not node.name.value.startswith("_")
    ]


def _elements(document: DocumentNode) -> Iterator[Any]:
    """Yield types, their fields, arguments and values."""
    for node in _types(document):
        yield node
        for child in (*(getattr(node, "fields", None) or ()), *(getattr(node, "values", None) or ())):
            yield child
            yield from getattr(child, "arguments", None) or ()


def _typed(document: DocumentNode) -> Iterator[Any]:
    for element in _elements(document):
        if isinstance(element, FieldDefinitionNode | InputValueDefinitionNode):
            yield element


def _copy(node: Any, **changes: Any) -> Any:
    values = {key: getattr(node, key) for key in node.keys if key != "loc"}
    return type(node)(**{**values, **changes})


# One function a kind of change


def _leave_out(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A type, field, argument or value less."""
    yield from ((element, None) for element in _elements(document))


def _leave_out_member(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A member or an interface less."""
    for node in _types(document):
        for attribute in ("types", "interfaces"):
            names = getattr(node, attribute, None) or ()
            for name in names:
                yield node, _copy(node, **{attribute: tuple(each for each in names if each is not name)})


def _take_off(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A directive less."""
    for element in _elements(document):
        for directive in element.directives or ():
            yield directive, None


def _put_on(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A directive more."""
    names = _directive_names(document)
    for element in _elements(document):
        text = chosen.choice(_ADDED)
        name = text[1:].partition("(")[0]
        if isinstance(element, InputValueDefinitionNode) and name not in _ON_INPUT:
            continue
        if (own := names(name)) is not None:
            added = _definition(f"scalar A @{text[1:].replace(name, own, 1)}").directives
            yield element, _copy(element, directives=(*(element.directives or ()), *added))


def _repeat(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A directive twice."""
    for element in _elements(document):
        for directive in element.directives or ():
            yield element, _copy(element, directives=(*element.directives, directive))


def _copy_context(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A context that one more type sets, or one more argument takes its value from."""
    for name, nodes in (("context", _types(document)), ("fromContext", list(_inputs(document)))):
        written = [
            directive for node in nodes for directive in node.directives or () if directive.name.value == name
        ]
        for node in nodes if written else ():
            yield node, _copy(node, directives=(*(node.directives or ()), chosen.choice(written)))


def _inputs(document: DocumentNode) -> Iterator[Any]:
    return (each for each in _elements(document) if isinstance(each, InputValueDefinitionNode))


def _turn_nullability(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A type that can be null, or can't any more."""
    for element in _typed(document):
        own = element.type
        turned = own.type if isinstance(own, NonNullTypeNode) else NonNullTypeNode(type=own)
        yield element, _copy(element, type=turned)


def _change_type(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """Another type, or a list of it."""
    own_types = [node.name.value for node in _types(document)]
    for element in _typed(document):
        text = chosen.choice((*_TYPES, *own_types, f"[{print_ast(element.type)}]"))
        yield element, _copy(element, type=parse_type(text, no_location=True))


def _add_argument(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """An argument more, which may be required or have a default."""
    for element in _elements(document):
        if isinstance(element, FieldDefinitionNode):
            text = chosen.choice(("Int", "Int!", "Int = 1", "Int! = 2", "String", "[ID!]"))
            added = _definition(f"type A {{ a(added: {text}): Int }}").fields[0].arguments
            arguments = (*(element.arguments or ()), *added)
            yield element, _copy(element, arguments=arguments)


def _change_default(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """Another default."""
    for element in _elements(document):
        if isinstance(element, InputValueDefinitionNode):
            text = chosen.choice(("1", '"a"', "null", "A", "[]", "{}", "true"))
            yield element, _copy(element, default_value=parse_const_value(text, no_location=True))


def _take_over(document: DocumentNode, others: list[DocumentNode], _: Any) -> Iterator[_Change]:
    """A field or value that another subgraph's type of the name has."""
    for node in _types(document):
        for other in others:
            for theirs in _types(other):
                if theirs.name.value != node.name.value or theirs.kind != node.kind:
                    continue
                for attribute in ("fields", "values", "types", "interfaces"):
                    for child in getattr(theirs, attribute, None) or ():
                        own = getattr(node, attribute) or ()
                        if all(child.name.value != each.name.value for each in own):
                            yield node, _copy(node, **{attribute: (*own, _copy_bare(child))})


def _take_over_type(document: DocumentNode, others: list[DocumentNode], _: Any) -> Iterator[_Change]:
    """A type that another subgraph has."""
    own = {node.name.value for node in _types(document)}
    for other in others:
        for theirs in _types(other):
            if theirs.name.value not in own:
                definitions = (*document.definitions, theirs)
                yield document, DocumentNode(definitions=definitions)


def _extend(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A definition that becomes an extension, or the other way round."""
    for node in _types(document):
        turned = {
            ObjectTypeDefinitionNode: ObjectTypeExtensionNode,
            ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
        }.get(type(node))
        if turned is not None:
            yield (
                node,
                turned(
                    name=node.name, interfaces=node.interfaces, directives=node.directives, fields=node.fields
                ),
            )


def _cut_field_set(document: DocumentNode, _: Any, chosen: random.Random) -> Iterator[_Change]:
    """A field set with another word."""
    for element in _elements(document):
        for directive in element.directives or ():
            for argument in directive.arguments or ():
                is_set = argument.name.value in ("fields", "field")
                if not is_set or not isinstance(argument.value, StringValueNode):
                    continue
                words = argument.value.value.split()
                if len(words) > 1:
                    del words[chosen.randrange(len(words))]
                else:
                    words = [*words, "id"]
                yield argument.value, StringValueNode(value=" ".join(words))


def _copy_bare(child: Any) -> Any:
    """Return a node without its directives, which may be called otherwise in another document."""
    return _copy(child, directives=()) if hasattr(child, "directives") else child


def _directive_names(document: DocumentNode) -> Callable[[str], str | None]:
    """Return what a document calls a directive of federation; None if it can't apply it."""
    text = print_ast(document)
    if "specs.apollo.dev/federation" not in text:
        version_1 = ("key", "external", "requires", "provides", "deprecated")
        return lambda name: name if name in version_1 else None
    return lambda name: name if f'"@{name}"' in text or name == "deprecated" else f"federation__{name}"


_KINDS: tuple[Callable[..., Iterator[_Change]], ...] = (
    _leave_out,
    _leave_out_member,
    _take_off,
    _put_on,
    _repeat,
    _copy_context,
    _turn_nullability,
    _change_type,
    _add_argument,
    _change_default,
    _take_over,
    _take_over_type,
    _extend,
    _cut_field_set,
)
