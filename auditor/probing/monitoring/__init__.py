"""Prometheus, Alertmanager, dashboards, logs."""
