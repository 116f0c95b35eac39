"""The client service: ``uvicorn services.client.app:app --port 4003``."""

from __future__ import annotations

from ariadne.contrib.federation import make_federated_schema

from services.client.models import Base
from services.client.resolvers import bindables
from services.client.seed import seed
from services.common.app import Service, create_app, load_sdl
from services.common.keys import remote_keys

__all__ = ["app", "service"]

service = Service(
    name="client",
    schema=make_federated_schema(load_sdl(__file__), *bindables, convert_names_case=True),
    tables=Base.metadata,
    seed=seed,
    keys=remote_keys,
    public=frozenset({"_service"}),
)

app = create_app(service)
