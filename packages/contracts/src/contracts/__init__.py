"""The published language: event models, registry, schemas."""
