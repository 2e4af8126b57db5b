"""The marks of text that somebody has still to write: TBD, CHANGEME, `[Link to …]`, `@engineer1`.

Looked for in prose alone: `example.com` inside the code of an example is no gap. Spanish "todo" is
a word, and so is "TODO" before a Spanish article, or as the name of such marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# TODO and FIXME are gaps where they open a line or close a phrase; elsewhere they are spoken of.
_MARK = re.compile(r"\b(?:TODO|FIXME)\b")
_SPOKEN_OF = re.compile(
    r"(?:\b(?:no|any|all|of|every|without|zero|open|remaining|resolved?|remove|sin|ning[uú]n|los|el)"
    r"\s|[/.\w-])$",
    re.IGNORECASE,
)
_NO_GAP = re.compile(
    r"[/.]\w|\s+(?:EL|LA|LOS|LAS|LO|ES|ESTE|ESTO|EN|UN|SE|comments?|markers?|lists?|items?|tags?)\b"
)
_PHRASE_ENDS = re.compile(r"\s*(?:[:(|,;\])–—-]|[.!]?\s*$)", re.MULTILINE)
_TBD = re.compile(r"\bTB[DAC]\b")
_CHANGE_ME = re.compile(r"\bchange[-_]?me\b", re.IGNORECASE)
_YOUR_ORG = re.compile(
    r"\byour[-_](?:org|organization|organisation|company|team|username|repo|project)\b",
    re.IGNORECASE,
)
_EVERYWHERE = (
    _TBD,
    _CHANGE_ME,
    re.compile(r"\blorem ipsum\b", re.IGNORECASE),
    re.compile(
        r"\[(?:link to|insert|your|enlace a|insertar|tu|name of|nombre de|fill in|completar)\b"
        r"[^\]\n]{0,200}(?:\]|$)",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(
        r"(?<![\w.])@(?:engineer|person|user|ingeniero|username|your[-_]?[a-z]+)[-_]?\d*\b",
        re.IGNORECASE,
    ),
    _YOUR_ORG,
    re.compile(r"<\s*(?:your|tu|su)\b[^<>\n]{0,200}>", re.IGNORECASE),
    re.compile(r"\bX{3}-X{3,4}\b|\bx{4,}\b|\bYYYY-MM-DD\b|(?<!\w)[-+(\d ]{0,6}555[-) ]+\d{3,4}\b"),
)
_WHOLE = re.compile(
    r"\W*(?:to be (?:defined|written|documented|determined|completed|done)"
    r"|(?:por|pendiente de) (?:definir|completar|escribir|documentar)"
    r"|coming soon|work in progress|xxx+)\W*",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"(?<![\w.-])(?:[\w-]+\.)*example\.(?:com|org|net)\b", re.IGNORECASE)
_FOR_EXAMPLE = re.compile(
    r"\b(?:e\.g\.|for example|for instance|such as|like|por ejemplo|p\. ?ej\.)", re.IGNORECASE
)
_EMPTY_TARGETS = frozenset({"", "#", "TODO", "TBD", "URL", "LINK", "XXX"})


def find(text: str) -> Iterator[tuple[str, int]]:
    """Each placeholder in a block of prose, with its position; in no particular order."""
    for pattern in _EVERYWHERE:
        for match in pattern.finditer(text):
            yield match.group().strip(), match.start()
    for match in _MARK.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if _SPOKEN_OF.search(before[-40:]) or _NO_GAP.match(text, match.end()):
            continue
        if not before.strip(" \t*-#>_[(|") or _PHRASE_ENDS.match(text, match.end()):
            yield match.group(), match.start()
    if len(text) < 100 and _WHOLE.fullmatch(text):
        yield text.strip(), 0
    for match in _EXAMPLE.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not _FOR_EXAMPLE.search(before):
            yield match.group(), match.start()


def find_in_target(target: str) -> Iterator[str]:
    """What shows that a link leads nowhere yet."""
    if target.strip().upper() in _EMPTY_TARGETS:
        yield f"link to {target.strip() or 'nothing'}"
        return
    for pattern in (_TBD, _CHANGE_ME, _YOUR_ORG, _EXAMPLE):
        for match in pattern.finditer(target):
            yield match.group()
