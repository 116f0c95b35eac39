"""The account service: ``uvicorn services.account.app:app --port 4004``."""

from __future__ import annotations

from ariadne import make_executable_schema

from services.account.models import Base
from services.account.resolvers import bindables
from services.account.seed import seed
from services.common.app import Service, create_app, load_sdl
from services.common.keys import remote_keys

__all__ = ["app", "service"]

service = Service(
    name="account",
    schema=make_executable_schema(load_sdl(__file__), *bindables, convert_names_case=True),
    tables=Base.metadata,
    seed=seed,
    keys=remote_keys,
)

app = create_app(service)
