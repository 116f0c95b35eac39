"""Who asks: tokens, the keys that verify them, and what is known of the client."""
