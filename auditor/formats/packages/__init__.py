"""Declared and locked packages."""
