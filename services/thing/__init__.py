"""thing: the devices, where they stand and who owns them."""
