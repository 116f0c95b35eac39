"""What the five microservices share: settings, database, tokens, batching and the application factory."""
