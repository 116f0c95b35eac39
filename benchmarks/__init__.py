"""The project measured: `make bench`."""
