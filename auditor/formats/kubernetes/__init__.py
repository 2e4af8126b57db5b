"""Kubernetes manifests, Kustomize, Helm."""
