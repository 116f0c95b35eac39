"""One supergraph in use: operations are checked, planned, executed."""
