"""Manifests, Kustomize and charts of a service."""
