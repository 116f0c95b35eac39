"""The gateway's own subgraph, which runs in this process: its schema and its resolvers."""
