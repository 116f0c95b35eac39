"""Settings → everything wired: the only place below the server that knows all the others."""
