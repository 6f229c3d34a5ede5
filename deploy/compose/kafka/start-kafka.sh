#!/bin/bash
# Formats the storage once, with the administrator's SCRAM credential in it, then starts the broker.
# Without the credential in the format step nobody could sign in to create the first user.
set -euo pipefail
settings=/tmp/server.properties
sed "s|\${KAFKA_ADMIN_PASSWORD}|${KAFKA_ADMIN_PASSWORD}|" /etc/wishtree/server.properties >"$settings"
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted \
  --cluster-id 9FeJ2vRxQk6wTq1n0Yx5Bg --config "$settings" \
  --add-scram "SCRAM-SHA-512=[name=admin,password=${KAFKA_ADMIN_PASSWORD}]"
exec /opt/kafka/bin/kafka-server-start.sh "$settings"
