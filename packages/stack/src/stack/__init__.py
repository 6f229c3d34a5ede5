"""One machine: embedded PostgreSQL and Kafka, one process per service, provisioning."""
