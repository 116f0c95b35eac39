"""Browsers' sessions: their cookies, where they are kept, and what protects them from other pages."""
