"""Dockerfiles, Compose files, image references."""
