"""Composition: the subgraphs' SDLs become one :class:`~stitcher.supergraph.Supergraph`."""
