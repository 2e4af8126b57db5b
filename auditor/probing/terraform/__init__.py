"""Terraform of a service."""
