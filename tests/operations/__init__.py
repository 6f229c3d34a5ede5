"""Rules, alerts and their routes, judged by Prometheus' and Alertmanager's own programs."""
