"""The interfaces of a type: in a merged graph, one subgraph may know some that another doesn't."""

from __future__ import annotations

from graphql import GraphQLInterfaceType, GraphQLObjectType

__all__ = ["all_interfaces"]


def all_interfaces(type_: GraphQLObjectType | GraphQLInterfaceType) -> list[GraphQLInterfaceType]:
    """Return the interfaces of a type, those of its interfaces, and so on; each once."""
    found: dict[str, GraphQLInterfaceType] = {}
    pending = list(type_.interfaces)
    while pending:
        interface = pending.pop(0)
        if interface.name not in found:
            found[interface.name] = interface
            pending += interface.interfaces
    return list(found.values())
