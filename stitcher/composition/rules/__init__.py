"""Validation: one module a rule, each a function from the composition to the problems it finds.

``DECLARATION_RULES`` hold even while a subgraph is missing because it can't be read; ``WHOLE_RULES`` need
all of them. ``OWN_RULES`` look at each subgraph's schema by itself, which can be built if all else is right,
``CLIENT_RULES`` at the client-facing schema, which is there only if those are, and ``ROUTE_RULES`` at the
supergraph, which is there only if that schema is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from stitcher.composition.model import Composition
from stitcher.composition.rules.authorization import check_authorization
from stitcher.composition.rules.cache_tags import check_cache_tags
from stitcher.composition.rules.client_schema import check_client_schema
from stitcher.composition.rules.contexts import check_contexts
from stitcher.composition.rules.directives import check_directives
from stitcher.composition.rules.entity_interfaces import check_entity_interfaces
from stitcher.composition.rules.extensions import check_extensions
from stitcher.composition.rules.external_uses import check_external_uses
from stitcher.composition.rules.externals import check_externals
from stitcher.composition.rules.field_sets import check_merged_field_sets, check_own_field_sets
from stitcher.composition.rules.given_arguments import check_required_arguments
from stitcher.composition.rules.inaccessible import check_inaccessible
from stitcher.composition.rules.interface_objects import check_interface_objects
from stitcher.composition.rules.interfaces import check_interfaces
from stitcher.composition.rules.own_schemas import check_own_schemas
from stitcher.composition.rules.placement import check_placement
from stitcher.composition.rules.queries import check_queries
from stitcher.composition.rules.rate_limits import check_rate_limits
from stitcher.composition.rules.references import check_references
from stitcher.composition.rules.required_access import check_required_access
from stitcher.composition.rules.runtime_types import check_runtime_types
from stitcher.composition.rules.satisfiability import check_satisfiability
from stitcher.composition.rules.selection_maps import check_selection_maps
from stitcher.composition.rules.sharing import check_sharing
from stitcher.composition.rules.specified_directives import check_specified_directives
from stitcher.errors import Problem

__all__ = ["CLIENT_RULES", "DECLARATION_RULES", "OWN_RULES", "ROUTE_RULES", "WHOLE_RULES", "Rule"]

Rule: TypeAlias = Callable[[Composition], Iterator[Problem]]

DECLARATION_RULES: tuple[Rule, ...] = (
    check_directives,
    check_references,
    check_specified_directives,
    check_placement,
    check_rate_limits,
    check_cache_tags,
    check_own_field_sets,
    check_contexts,
    check_external_uses,
    check_sharing,
    check_authorization,
)
WHOLE_RULES: tuple[Rule, ...] = (
    check_merged_field_sets,
    check_required_arguments,
    check_selection_maps,
    check_externals,
    check_extensions,
    check_entity_interfaces,
    check_interface_objects,
    check_interfaces,
    check_inaccessible,
    check_queries,
)
OWN_RULES: tuple[Rule, ...] = (check_own_schemas,)
CLIENT_RULES: tuple[Rule, ...] = (check_client_schema, check_required_access)
ROUTE_RULES: tuple[Rule, ...] = (check_runtime_types, check_satisfiability)
