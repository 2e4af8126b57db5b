"""Sets of words written as one text, which reads better than forty pairs of quotes."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())
