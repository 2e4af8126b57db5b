"""Answers of on-call systems."""
