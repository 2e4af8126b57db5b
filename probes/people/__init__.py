"""Probes of what people vouch for."""
