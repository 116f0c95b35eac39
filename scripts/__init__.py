"""The project's own tools, started by the Makefile: setting up, and running the whole stack."""
