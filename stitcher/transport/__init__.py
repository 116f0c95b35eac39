"""One request to one subgraph: the protocol, and its kinds."""
