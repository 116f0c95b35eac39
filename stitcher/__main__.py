"""``python -m stitcher``: the same as the command ``stitcher``."""

from stitcher.cli.app import main

main()
