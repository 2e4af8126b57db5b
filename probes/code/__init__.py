"""Probes of the source code."""
