"""The page that a browser gets at the endpoint, and the files that it needs.

Everything comes from the gateway itself. ``page`` makes pages of the templates beside it, ``assets`` serves
the scripts and styles of Playground and GraphiQL, which ``scripts/assets.py`` puts into ``vendor``.
"""
