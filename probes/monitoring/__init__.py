"""Probes of what watches the service: its metrics, rules and alerts."""
