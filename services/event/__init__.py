"""event: what the devices report."""
