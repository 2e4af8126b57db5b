"""Probes that ask a running deployment."""
