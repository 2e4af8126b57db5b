"""Whether documents of a kind speak of what they must, and which sections of a README stand for one."""

from __future__ import annotations

import re

from auditor.formats.documents.document_kinds import (
    ARCHITECTURE,
    README,
    SETUP,
    SETUP_WORDS,
    Kind,
    Topic,
)
from auditor.formats.documents.document_kinds_technical import CONTACT
from auditor.formats.documents.markdown_doc import LABEL, Document, Heading

_LICENCE = re.compile(r"(?i)(?:^|/)(?:licen[cs]e|copying)(?:[.-][\w-]+)?$")
_SAID = 8  # words that say what a thing is
_OF_THE_TITLE = frozenset(
    {"installing and running", "deploying"}
)  # what the document is for, told by code


def sections(kind: Kind, readme: Document) -> list[tuple[Heading, Document]]:
    """The README's sections that stand for a kind, not counting those inside of another one."""
    found: list[tuple[Heading, Document]] = []
    if kind.section is None:
        return found
    matches = [(h, kind.section.search(h.text)) for h in readme.headings if h.level > 1]
    # deeper headings belong to another subject ("Slack: simple install") unless they begin with the word
    anchors = [h for h, m in matches if m and (h.level == 2 or m.start() <= 3)]
    if not any(kind is not SETUP or re.search(SETUP_WORDS, h.text, re.IGNORECASE) for h in anchors):
        return found
    covered: set[int] = set()
    for heading in anchors:
        section = readme.section(heading)
        if heading.line not in covered:
            found.append((heading, section))
            covered |= {h.line for h in section.headings}
    return found


def sections_within(kind: Kind, host: Document) -> list[tuple[Heading, Document]]:
    """The sections of a document of another kind that stand for this one.

    Where the kind's topics alone name them, the document has to speak of more than the kind needs: it
    was written for something else.
    """
    patterns = [kind.section] if kind.section else [t.heading for t in kind.topics]
    named = [[h for h in host.headings if h.level > 1 and p.search(h.text)] for p in patterns]
    if sum(map(bool, named)) <= (0 if kind.section else kind.least or len(patterns) - 1):
        return []
    anchors = {h.line: h for headings in named for h in headings}
    found: list[tuple[Heading, Document]] = []
    covered: set[int] = set()
    for line, heading in sorted(anchors.items()):
        section = host.section(heading)
        if line not in covered:
            found.append((heading, section))
            covered |= {h.line for h in section.headings}
    return found


def missing_topics(kind: Kind, parts: list[tuple[str, Document]]) -> list[str]:
    """The topics that no part speaks of; where some of a list will do, one entry that says so."""
    lacking = [t.name for t in kind.topics if not any(_speaks(t, kind, p, d) for p, d in parts)]
    if kind.least is None:
        return lacking
    had = [t.name for t in kind.topics if t.name not in lacking]
    if len(had) >= kind.least:
        return []
    names = ", ".join(t.name for t in kind.topics)
    return [f"at least {kind.least} of: {names} (has {', '.join(had) or 'none'})"]


def missing_each(kind: Kind, path: str, document: Document, files: int) -> list[str]:
    """The topics that one file of several leaves out; an index among others needs none."""
    stem = path.rpartition("/")[2].partition(".")[0].lower()
    if files > 1 and stem in ("readme", "index"):
        return []
    return missing_topics(kind, [(path, document)])


def _speaks(topic: Topic, kind: Kind, path: str, document: Document) -> bool:
    if (
        kind is ARCHITECTURE
        and topic.name == "decisions"
        and re.search(r"(?i)/(?:adrs?|decisions|decisiones)/", f"/{path}")
    ):
        return document.words >= _SAID
    if kind is README and topic.name == "what it is" and _introduces(document):
        return True
    title = document.headings[0] if document.headings and document.headings[0].level == 1 else None
    if (
        title
        and document.has_code
        and topic.name in _OF_THE_TITLE
        and topic.heading.search(title.text)
    ):
        return True
    marks = sorted([*document.headings, *document.labels], key=lambda h: h.line)
    spoken = (m for m in marks if m is not title and topic.heading.search(m.text))
    if any(_filled(document, m, marks) or _leads(topic, document, m) for m in spoken):
        return True
    if (
        kind is README
        and topic.name == CONTACT
        and any(_LICENCE.search(x.target) for x in document.links)
    ):
        return True
    pattern = topic.prose
    return pattern is not None and any(pattern.search(text) for text in _sentences(document))


def _leads(topic: Topic, document: Document, mark: Heading) -> bool:
    """Whether a section on licence or contact links somewhere: what is behind pictures says enough."""
    return topic.name == CONTACT and mark.level < LABEL and bool(document.section(mark).links)


def _introduces(document: Document) -> bool:
    """Whether there is prose before the first heading of the second level."""
    second = next((h.line for h in document.headings[1:]), None)
    return document.between(0, second).words >= _SAID


def _filled(document: Document, mark: Heading, marks: list[Heading]) -> bool:
    """Whether a heading or label has something below it, or on its line."""
    if mark.level < LABEL:
        said = document.section(mark)
        return said.has_code or said.words >= 3
    said = document.between(mark.line, next((m.line for m in marks if m.line > mark.line), None))
    return said.has_code or (bool(said.blocks) and said.words >= 2)


def _sentences(document: Document) -> list[str]:
    """The blocks of prose, each with the heading that it stands below."""
    texts: list[str] = []
    for block in document.blocks:
        above = [h.text for h in document.headings if h.line < block.line]
        texts.append(" ".join(f"{above[-1] if above else ''}: {block.text}".split()))
    return texts
