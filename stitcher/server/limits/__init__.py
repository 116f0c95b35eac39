"""How much a client may ask for: counting, here or in Redis, and what is told of it."""
