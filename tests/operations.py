"""Hypothesis strategies: valid operations over any schema.

They use whatever a client may: aliases, variables, fragments, conditions, the schema's own directives,
introspection wherever Query is, and mutations.
"""

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema, get_named_type
from graphql.type import (
    GraphQLArgumentMap,
    GraphQLField,
    GraphQLNamedType,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_interface_type,
    is_required_argument,
    specified_directives,
)
from hypothesis import strategies as st

BOOLEANS = {"yes": True, "no": False}

META_FIELDS = (
    "__schema {{ queryType {{ name }} }}",
    '__type(name: "{type}") {{ kind name fields {{ name }} }}',
)


@dataclass(frozen=True)
class Request:
    """An operation and its variables."""

    query: str
    variables: dict[str, Any]


@dataclass
class _Writer:
    """Writes one operation, drawing each decision.

    Fields with arguments or directives always get an alias of their own, so that no two fields of one
    response key differ. ``values`` are what arguments of a name are drawn from; others are drawn by type.
    """

    schema: GraphQLSchema
    draw: Any
    values: dict[str, list[Any]]
    depth: int
    aliases: int = 0
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)

    def selections(self, parent: GraphQLNamedType, depth: int) -> str:
        parts = []
        for _ in range(self.draw(st.integers(1, 4))):
            kind = self.draw(
                st.sampled_from((*["field"] * 6, *["inline"] * 2, *["named"] * 2, *["typename"] * 2, "meta"))
            )
            if kind == "typename":
                parts.append("__typename")
            elif kind == "meta" and parent is self.schema.query_type:
                parts.append(self.meta_field())
            elif hasattr(parent, "fields") and (kind in ("field", "meta") or depth >= self.depth):
                parts.append(self.field(parent, depth))
            elif depth < self.depth:
                parts.append(self.fragment(parent, depth, named=kind == "named"))
        return " ".join(filter(None, parts)) or "__typename"

    def field(self, parent: Any, depth: int) -> str:
        names = [
            name
            for name, field in parent.fields.items()
            if depth < self.depth or not is_composite_type(get_named_type(field.type))
        ]
        if not names:
            return "__typename"
        name = self.draw(st.sampled_from(names))
        definition: GraphQLField = parent.fields[name]
        arguments, directives = self.arguments(definition.args), self.directives("FIELD")
        alias = ""
        if arguments or directives or self.draw(st.integers(0, 5)) == 0:
            alias = f"{self.alias()}: "
        named = get_named_type(definition.type)
        written = f"{alias}{name}{arguments}{directives}"
        if not is_composite_type(named):
            return f"{written}{self.condition()}"
        conditions = [self.condition()]
        if self.draw(st.integers(0, 7)) == 0:  # the same object again, with something else selected
            conditions = [self.condition(of=2), self.condition(of=2)]
        return " ".join(
            f"{written}{condition} {{ {self.selections(named, depth + 1)} }}" for condition in conditions
        )

    def alias(self) -> str:
        self.aliases += 1
        return f"k{self.aliases}"

    def meta_field(self) -> str:
        type_name = self.draw(st.sampled_from(sorted(self.schema.type_map)))
        written = self.draw(st.sampled_from(META_FIELDS)).format(type=type_name)
        return f"{self.alias()}: {written}"

    def fragment(self, parent: Any, depth: int, *, named: bool) -> str:
        conditions = [parent]
        if is_abstract_type(parent):
            conditions += self.schema.get_possible_types(parent)
        else:
            conditions += [interface for interface in parent.interfaces if is_interface_type(interface)]
        condition = self.draw(st.sampled_from(conditions))
        selections = self.selections(condition, depth + 1)
        if not named:
            directives = self.directives("INLINE_FRAGMENT")
            return f"... on {condition.name}{directives}{self.condition()} {{ {selections} }}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {condition.name} {{ {selections} }}")
        return f"...{name}{self.directives('FRAGMENT_SPREAD')}{self.condition()}"

    def condition(self, of: int = 8) -> str:
        """Write a condition in one case of so many."""
        if self.draw(st.integers(1, of)) < of:
            return ""
        directive = self.draw(st.sampled_from(("skip", "include")))
        value = self.draw(st.sampled_from(("true", "false", "$yes", "$no")))
        if value.startswith("$"):
            self.variables[value[1:]] = ("Boolean!", BOOLEANS[value[1:]])
        return f" @{directive}(if: {value})"

    def directives(self, location: str) -> str:
        """Write some of the schema's own directives, which clients may use at a place."""
        written = ""
        for directive in self.schema.directives:
            if directive in specified_directives or location not in (
                each.name for each in directive.locations
            ):
                continue
            for _ in range(
                self.draw(st.sampled_from((0, 0, 0, 0, 0, 0, 1, 2 if directive.is_repeatable else 1)))
            ):
                written += f" @{directive.name}{self.arguments(directive.args)}"
        return written

    def arguments(self, definitions: GraphQLArgumentMap) -> str:
        written = []
        for name, argument in definitions.items():
            if not is_required_argument(argument) and self.draw(st.booleans()):
                continue
            literal, value = self.value(name, argument.type)
            if self.draw(st.booleans()):
                variable = f"v{len(self.variables)}"
                self.variables[variable] = (str(argument.type), value)
                literal = f"${variable}"
            written.append(f"{name}: {literal}")
        return f"({', '.join(written)})" if written else ""

    def value(self, name: str, type_: Any) -> tuple[str, Any]:
        named = get_named_type(type_)
        if is_enum_type(named):
            value = self.draw(st.sampled_from(sorted(named.values)))
            return value, value
        value = self.draw(st.sampled_from(self.values[name]))
        return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"'), value


@st.composite
def requests(
    draw: Any,
    schema: GraphQLSchema,
    values: dict[str, list[Any]],
    depth: int = 5,
    *,
    mutations: bool = True,
) -> Request:
    """Draw an operation over ``schema`` whose arguments take the given values by name."""
    writer = _Writer(schema, draw, values, depth)
    keyword, root = "query", schema.query_type
    if mutations and schema.mutation_type and draw(st.integers(0, 2)) == 0:
        keyword, root = "mutation", schema.mutation_type
    selections = writer.selections(root, 0)  # type: ignore[arg-type]
    directives = writer.directives(keyword.upper())
    about = '"about it" ' if writer.variables and draw(st.integers(0, 3)) == 0 else ""
    declared = ", ".join(f"{about}${name}: {type_}" for name, (type_, _) in writer.variables.items())
    query = f"{keyword}{f'({declared})' if declared else ''}{directives} {{ {selections} }}"
    variables = {name: value for name, (_, value) in writer.variables.items()}
    return Request("\n".join([query, *writer.fragments]), variables)
