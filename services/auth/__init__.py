"""auth: users, logins and access tokens."""
