"""What can be wrong with a history, said so that somebody can act on it."""

from __future__ import annotations


class BadHistory(Exception):
    """A history that cannot be opened, read or written; the message says what to do."""
