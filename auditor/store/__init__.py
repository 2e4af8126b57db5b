"""Remembering: evidence bundles in and out of folders."""
