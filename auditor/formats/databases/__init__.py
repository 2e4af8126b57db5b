"""Migrations and backup scripts."""
