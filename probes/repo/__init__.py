"""Probes of the repository as a whole: what is in it, and its documents."""
