"""Terraform: configuration, plans, states."""
