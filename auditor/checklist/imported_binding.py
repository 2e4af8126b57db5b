"""Which known item a title means: words weighed by how telling they are, with synonyms of two languages.

Nothing here is sure: each answer carries its score and the runner-up, and below `BOUND` it is only told.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from auditor.checklist.imported_words import Synonyms, split

BOUND = 0.7
"""The least score by which a task is bound to a known item."""
AHEAD = 0.05
"""The least lead over the runner-up: where two are as near, neither is meant for sure."""
_LONGEST_PHRASE = 4
_WEAK = 0.2
_ASIDE = 0.4
_UNKNOWN = 0.7
_ENDINGS = (
    "iciones",
    "aciones",
    "ations",
    "ation",
    "ings",
    "ing",
    "ies",
    "es",
    "ed",
    "s",
    "as",
    "os",
)
_PARTS = re.compile(r"\(([^()]*)\)?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known item or category by id, and how alike it is: from 0 to 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest known item and the one after it; either may be None.

    `core`: the most telling word of the nearest one's name is in the title too, and not in brackets.
    """

    best: Candidate | None
    next: Candidate | None
    core: bool = True

    @property
    def bound(self) -> str | None:
        """The id of the best one where it is near enough, and nearer than any other."""
        if self.best is None or self.best.score < BOUND or not self.core:
            return None
        behind = self.next.score if self.next is not None else 0.0
        return self.best.id if self.best.score - behind >= AHEAD else None


class Matcher:
    """Finds known things by name. Time is linear in the titles asked for; the names are indexed once."""

    def __init__(self, named: Mapping[str, Iterable[str]], synonyms: Synonyms) -> None:
        self._synonyms = synonyms
        self._starts = {phrase.split()[0] for phrase in synonyms.same if " " in phrase}
        self._names: list[tuple[str, dict[str, float]]] = []
        for id_, names in named.items():
            for name in names:
                self._names.append((id_, self._weigh_words(name)))
        count = Counter(word for _, words in self._names for word in words)
        size = len(self._names) + 1
        self._telling = {word: math.log(size / n) + 0.3 for word, n in count.items()}
        self._unknown = _UNKNOWN * math.log(size)
        self._weights = [
            sum(self._weight(w, f) for w, f in words.items()) for _, words in self._names
        ]
        self._core = [
            max(words, key=lambda w: self._weight(w, words[w])) if words else ""
            for _, words in self._names
        ]
        self._having: dict[str, list[int]] = {}
        for at, (_, words) in enumerate(self._names):
            for word in words:
                self._having.setdefault(word, []).append(at)
        self._kept: dict[str, Match] = {}

    def match(self, title: str) -> Match:
        """The nearest known things to a title."""
        words = self._weigh_words(title)
        key = " ".join(f"{word}:{share:g}" for word, share in sorted(words.items()))
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._match(words)
        return found

    def _match(self, words: dict[str, float]) -> Match:
        own = sum(self._weight(word, share) for word, share in words.items() if not _aside(share))
        common: dict[int, float] = {}
        beside: dict[int, float] = {}
        for word, share in words.items():
            for at in self._having.get(word, ()):
                both = self._weight(word, min(share, self._names[at][1][word]))
                common[at] = common.get(at, 0.0) + both
                if _aside(share):  # a detail in brackets may help, and is not missed
                    beside[at] = beside.get(at, 0.0) + both
        best: dict[str, tuple[float, int]] = {}
        for at, shared in common.items():
            score = 2 * shared / (own + beside.get(at, 0.0) + self._weights[at])
            id_ = self._names[at][0]
            if id_ not in best or score > best[id_][0]:
                best[id_] = (score, at)
        order = sorted(best.items(), key=lambda one: (-round(one[1][0], 6), one[0]))
        made = [Candidate(id_, round(score, 2)) for id_, (score, _) in order[:2]]
        if not made:
            return Match(None, None)
        core = not _aside(words.get(self._core[order[0][1][1]], _ASIDE))
        return Match(made[0], made[1] if len(made) > 1 else None, core)

    def _weight(self, word: str, share: float) -> float:
        return share * self._telling.get(word, self._unknown)

    def _weigh_words(self, text: str) -> dict[str, float]:
        """Word → its share: 1, less in brackets, little for words that only say that a thing is done."""
        main = _PARTS.sub(" ", text)
        words: dict[str, float] = {}
        aside = " ".join(found[1] for found in _PARTS.finditer(text))
        for part, share in ((main, 1.0), (aside, _ASIDE)):
            for word in self._words(part):
                weight = share * (_WEAK if word.startswith("~") else 1.0)
                words[word] = max(words.get(word, 0.0), weight)
        return words

    def _words(self, text: str) -> Iterable[str]:
        raw = split(text)
        at = 0
        while at < len(raw):
            longest = _LONGEST_PHRASE if raw[at] in self._starts else 1
            for length in range(min(longest, len(raw) - at), 0, -1):
                phrase = " ".join(raw[at : at + length])
                same = self._synonyms.same.get(phrase)
                if same is not None and not (length == 1 and phrase in self._synonyms.weak):
                    yield same
                    at += length
                    break
            else:
                yield from self._single(raw[at])
                at += 1

    def _single(self, word: str) -> Iterable[str]:
        if word in self._synonyms.drop or word.isdigit():
            return
        if word in self._synonyms.weak:
            yield f"~{stem(word)}"
        else:
            yield stem(word)


def _aside(share: float) -> bool:
    return share in (_ASIDE, _ASIDE * _WEAK)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without a common ending, so that forms of one word meet; never shorter than three letters."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
