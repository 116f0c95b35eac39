"""The gateway's HTTP side: Starlette, Ariadne's handler and explorer, middleware."""
