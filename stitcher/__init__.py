"""Stitcher: a schema-stitching GraphQL gateway, built on Ariadne."""
