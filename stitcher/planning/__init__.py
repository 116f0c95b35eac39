"""Planning: an operation becomes a Plan, once."""
