"""The five reference microservices: a company that sells and monitors energy devices.

Each is an ASGI application of its own, with its own database, and serves ``/graphql`` and ``/health``:

    uvicorn services.auth.app:app --port 4001      users, logins, access tokens; plain GraphQL
    uvicorn services.thing.app:app --port 4002     devices and who owns them; federation subgraph
    uvicorn services.client.app:app --port 4003    households and businesses; federation subgraph
    uvicorn services.account.app:app --port 4004   accounts and payments; plain GraphQL
    uvicorn services.event.app:app --port 4005     what the devices report; plain GraphQL

Their schemas are made for a whole of which a part may be missing: root fields are nullable, and so is, in a
type that several services add to, each field but the key. What one service doesn't answer takes nothing of
another's with it.

Settings are in :mod:`services.common.settings`, the demo logins in :mod:`services.auth.demo`. None of them
knows of a gateway, and none imports another: what they share is in :mod:`services.common`.
"""
