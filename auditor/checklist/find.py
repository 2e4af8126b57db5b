"""An item by what people call it: its id, its number, or words of its title."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from auditor.model.item import Checklist, Item

_WORD = re.compile(r"[^\W_]+")
_MOST = 6
_NEAR = 0.74


def every_item(checklist: Checklist) -> list[Item]:
    """Items and their named sub-items, in the order of the checklist."""
    return [one for item in checklist.items() for one in (item, *item.checks)]


def find_items(wanted: str, items: Iterable[Item]) -> list[Item]:
    """The items that `wanted` names: one where it is an id or a number, or the end of one id alone, as in
    `alerting.oncall`; else those of whose id and titles a word begins with each of its words, as in
    `load test`.
    """
    known = list(items)
    wanted = wanted.strip()
    exact = [i for i in known if wanted.casefold() in (i.id.casefold(), i.number.casefold())]
    if exact:
        return exact[:1]
    ending = [i for i in known if i.id.casefold().endswith(f".{wanted.casefold()}")]
    if len(ending) == 1 and "." in wanted:
        return ending
    asked = _words(wanted)
    if not asked:
        return []
    return [i for i in known if all(_begins(word, _all_words(i)) for word in asked)]


def near_items(wanted: str, items: Iterable[Item]) -> list[Item]:
    """The items that a mistyped name may have meant, the likeliest first."""
    scored = [(_likeness(wanted, item), item) for item in items]
    likely = sorted((one for one in scored if one[0] >= _NEAR), key=lambda one: -one[0])
    return [item for _, item in likely[:_MOST]]


def _likeness(wanted: str, item: Item) -> float:
    """How alike a name is to an id or number as a whole, or to the words of a title one by one."""
    wanted = wanted.casefold()
    whole = max(_ratio(wanted, item.id.casefold()), _ratio(wanted, item.number))
    asked, known = _words(wanted), _all_words(item)
    if not asked:
        return whole
    each = [max((_ratio(word, other) for other in known), default=0.0) for word in asked]
    return max(whole, sum(each) / len(each))


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _begins(word: str, known: Iterable[str]) -> bool:
    return any(other.startswith(word) for other in known)


def _all_words(item: Item) -> set[str]:
    return {*_words(item.title), *_words(item.open_title), *_words(item.id)}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
