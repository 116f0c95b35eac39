"""The thing service: ``uvicorn services.thing.app:app --port 4002``."""

from __future__ import annotations

from ariadne.contrib.federation import make_federated_schema

from services.common.app import Service, create_app, load_sdl
from services.common.keys import remote_keys
from services.thing.models import Base
from services.thing.resolvers import bindables
from services.thing.seed import seed

__all__ = ["app", "service"]

service = Service(
    name="thing",
    schema=make_federated_schema(load_sdl(__file__), *bindables, convert_names_case=True),
    tables=Base.metadata,
    seed=seed,
    keys=remote_keys,
    public=frozenset({"_service"}),
)

app = create_app(service)
