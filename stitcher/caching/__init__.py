"""What subgraphs answered and may be given again: its keys, what it is made of, and what ends it."""
