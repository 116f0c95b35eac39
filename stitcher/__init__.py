"""Stitcher: a schema-stitching GraphQL gateway, built on Ariadne."""

from stitcher.local.delegation import delegate

__all__ = ["delegate"]
