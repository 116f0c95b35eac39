"""The event service: ``uvicorn services.event.app:app --port 4005``."""

from __future__ import annotations

from ariadne import make_executable_schema

from services.common.app import Service, create_app, load_sdl
from services.common.keys import remote_keys
from services.event.models import Base
from services.event.resolvers import bindables
from services.event.seed import seed

__all__ = ["app", "service"]

service = Service(
    name="event",
    schema=make_executable_schema(load_sdl(__file__), *bindables, convert_names_case=True),
    tables=Base.metadata,
    seed=seed,
    keys=remote_keys,
)

app = create_app(service)
