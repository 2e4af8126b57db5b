"""The data of the importer: words and signs of severities, synonyms, and what known items are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from auditor.checklist.shipped import config_folder
from auditor.formats.checklists.words import SEVERITIES, Words, fold
from auditor.formats.text.config_text import Node, read

_FOLDER = "importing"
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Phrases (folded words, several of them joined by a space) → the one word that they become.

    `drop` are words without meaning, `weak` such as say only that something is done.
    """

    same: Mapping[str, str]
    drop: frozenset[str]
    weak: frozenset[str]


@lru_cache(maxsize=1)
def words() -> Words:
    """Severities, their signs, and labels of figures. Raises Mistake where the data is wrong."""
    entries = _read("words").mapping(("severities", "counted", "labels"), required=("severities",))
    signs, meant = dict[str, str](), dict[str, str]()
    for severity, node in entries["severities"].mapping(SEVERITIES).items():
        parts = node.mapping(("signs", "words"))
        signs |= dict.fromkeys(parts["signs"].texts(), severity)
        meant |= {fold(word): severity for word in parts["words"].texts()}
    counted = {
        fold(word): severity
        for severity, node in entries["counted"].mapping(SEVERITIES).items()
        for word in node.texts()
    }
    labels = {
        kind: tuple(fold(word) for word in node.texts())
        for kind, node in entries["labels"].mapping().items()
    }
    return Words(signs, meant, counted, labels)


@lru_cache(maxsize=1)
def synonyms() -> Synonyms:
    """Words that mean the same. Raises Mistake where the data is wrong."""
    entries = _read("synonyms").mapping(("drop", "weak", "same"), required=("drop", "weak", "same"))
    same = {
        " ".join(split(phrase)): word
        for word, node in entries["same"].mapping().items()
        for phrase in node.texts()
    }
    return Synonyms(
        same, frozenset(split(entries["drop"].text())), frozenset(split(entries["weak"].text()))
    )


@lru_cache(maxsize=1)
def names() -> dict[str, tuple[str, ...]]:
    """Id of a known item or category → what else it is called. Raises Mistake."""
    return {key: node.texts() for key, node in _read("names").mapping().items()}


def split(text: str) -> list[str]:
    """Folded words of a text: runs of letters and digits."""
    return _WORDS.findall(fold(text))


def _read(name: str) -> Node:
    path = config_folder() / _FOLDER / f"{name}.yaml"
    return read(path.read_bytes(), f"config/{_FOLDER}/{name}.yaml")
