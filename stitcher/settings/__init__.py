"""The settings: typed, one module per subject, and checked before anything starts.

A field's description completes "expected …" in messages about its value.
"""
