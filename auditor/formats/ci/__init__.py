"""Pipelines of the CI services, in one model."""
