"""Plain ASGI middleware, assembled in :mod:`stitcher.server.app`."""
