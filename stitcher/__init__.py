"""Stitcher: a schema-stitching GraphQL gateway, built on Ariadne."""

from stitcher.delegation import delegate

__all__ = ["delegate"]
