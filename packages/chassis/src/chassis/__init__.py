"""The microservice chassis: settings, database, outbox, consumer, HTTP, identity, privacy, run."""
