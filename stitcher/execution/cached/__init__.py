"""Fetches by way of the cache."""
