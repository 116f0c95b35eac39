"""client: the households and businesses that the company serves."""
