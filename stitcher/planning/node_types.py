"""What types the objects at a node may be of, and what the conditions of fragments stand for."""

from __future__ import annotations

from collections.abc import Iterable

from graphql.type import is_abstract_type, is_interface_type, is_object_type

from stitcher.planning.nodes import Node
from stitcher.selections import Field
from stitcher.supergraph import SubgraphType, Supergraph, TypeKind

__all__ = ["NodeTypes"]


class NodeTypes:
    """Tells the types of nodes, over one supergraph."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._schema = supergraph.schema

    def object_types(self, node: Node) -> tuple[str, ...]:
        """Return the object types that the node's value may be."""
        possible = self._declared(node).possible_types
        return possible if node.members is None else tuple(filter(node.members.__contains__, possible))

    def may_be_there(self, node: Node) -> bool:
        """Whether a value can be anything but null: of a type here, or, of an entity interface, elsewhere."""
        declared = self._declared(node)
        return bool(declared.lookups) or bool(self.object_types(node))

    def agree_on_members(self, nodes: Iterable[Node]) -> None:
        """Keep of a union that several subgraphs can be asked for the members that all of them know.

        They have to answer the same, so none can bring a member that another doesn't know.
        """
        members = [frozenset(self.object_types(node)) for node in nodes]
        common = frozenset.intersection(*members)
        for node in nodes:
            node.members = common

    def types_of(self, node: Node) -> frozenset[str]:
        """Return the object types that the object at a node may be, by all that is known on the way to it."""
        if self.is_interface_object(node):
            types = self.covers_among_subgraphs(node.type_name)
        else:
            types = frozenset(self.object_types(node))
        if node.parent and not isinstance(node.move, Field):
            types &= self.types_of(node.parent)
        return types

    def is_abstract(self, node: Node) -> bool:
        """Whether the node's type is an interface or union in its subgraph."""
        return self._declared(node).kind is not TypeKind.OBJECT

    def is_interface_object(self, node: Node) -> bool:
        """Whether an interface is an object type here (``@interfaceObject``): its objects have no type."""
        return not self.is_abstract(node) and is_abstract_type(self._schema.get_type(node.type_name))

    def covers(self, type_condition: str) -> frozenset[str]:
        """Return the object types that a type condition of a client's stands for, over all subgraphs."""
        condition = self._schema.get_type(type_condition)
        if condition is not None and is_abstract_type(condition):
            return frozenset(possible.name for possible in self._schema.get_possible_types(condition))
        return frozenset({type_condition})

    def covers_among_subgraphs(self, type_condition: str) -> frozenset[str]:
        """Return the object types that a type condition stands for, seen by clients or not."""
        declared = (subgraph.types.get(type_condition) for subgraph in self._supergraph.subgraphs.values())
        abstract = (
            declaration for declaration in declared if declaration and declaration.kind is not TypeKind.OBJECT
        )
        return self.covers(type_condition).union(*(type_name.possible_types for type_name in abstract))

    def is_sub_type(self, type_condition: str, type_name: str) -> bool:
        """Whether every object of a type meets a type condition."""
        condition, named = self._schema.get_type(type_condition), self._schema.get_type(type_name)
        if condition is named:
            return True
        if not is_abstract_type(condition) or not (is_object_type(named) or is_interface_type(named)):
            return False
        return self._schema.is_sub_type(condition, named)

    def _declared(self, node: Node) -> SubgraphType:
        return self._supergraph.subgraphs[node.subgraph].types[node.type_name]
