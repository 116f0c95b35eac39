"""The gateway's own resolvers: Ariadne bindables for ``schemas/gateway.graphql``, one module a subject."""

from resolvers.auth import mutation, query

__all__ = ["bindables"]

bindables = [query, mutation]
