"""Probes of container and deployment files."""
