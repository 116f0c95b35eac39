"""GraphQL over HTTP: the endpoint, its parameters, and the context of resolvers."""
