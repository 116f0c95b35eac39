"""Execution: a plan becomes a response."""
