"""The words and signs of checklists as values; they come from data, so that a language is no code."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

SEVERITIES = ("blocker", "critical", "important", "nice")
"""From the worst to the least."""


@dataclass(frozen=True)
class Words:
    """Signs and words of severities, severity words that stand at counts, and labels of figures.

    All words are folded: lower case, without accents.
    """

    signs: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def with_signs(self, legend: Mapping[str, str]) -> Words:
        """These words with the signs of a legend, which go before."""
        return replace(self, signs={**self.signs, **legend})

    @cached_property
    def label_of(self) -> dict[str, str]:
        """Label → what it means; a score label is no total."""
        return {word: kind for kind, words in self.labels.items() for word in words}


def fold(text: str) -> str:
    """Lower case without accents, each run of spaces one space."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in parts if not unicodedata.combining(char))
    return " ".join(text.casefold().split())
