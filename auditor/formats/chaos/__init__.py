"""Chaos experiments and their journals."""
