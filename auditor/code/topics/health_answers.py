"""What the handler of a health endpoint does: which dependencies it asks, and whether its answer can be anything else.

Judged over the handler and the functions of the service that it calls. Whatever is not understood, be it a
call or a condition, speaks against a constant: so a constant is one that nothing can change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.topics.signal_places import Place
from auditor.formats.text.word_list import words

_STRING = re.compile(r"([\"'`])(?:\\.|(?!\1)[^\\])*?\1", re.DOTALL)
_CALL = re.compile(
    r"(?<![\w$.@])([A-Za-z_$][\w$]{0,80}(?:(?:\?\.|\.|::)[A-Za-z_$][\w$]{0,80}|\([^()]{0,200}\)(?:\?\.|\.)[\w$]{1,80}){0,12})\s{0,20}(?:<[^<>()]{0,80}>)?\("
)
_DEFINED = re.compile(r"\b(?:def|func|function|class|new)\s+(?:\([^()]*\)\s*)?$")
_WORDS = words(
    "if for while switch return catch async function def func await and or not in elif except with class lambda new"
    " typeof throw else yield try case range defer go select is print assert public private protected static final"
    " void super"
)
_BRANCHES = {
    "python": r"\b(?:if|for|while|try|raise|match|and|or|async with|async for|with)\b",
    "javascript": r"\b(?:if|for|while|try|switch|throw)\b|\?(?![.:])|&&|\|\||\?\?",
    "go": r"\b(?:if|for|switch|select)\b",
    "java": r"\b(?:if|for|while|try|switch|throw)\b|\s\?\s|&&|\|\|",
}
_HARMLESS = re.compile(
    r"\bif\b[^{\n]{0,200}(?:\bw\.Write|Encode|Fprint\w*|WriteString|\.Method\s*[!=]=|\w\.Render)[^{\n]{0,200}\{[^{}]{0,400}\}"
)
_STATE = re.compile(
    r"(?<![\w.])[\w.$]*(?:ready|healthy|is_?[a-z]+ed|state|started|initiali[sz]ed|shutting|draining|alive|connected)\w*\b(?!\s*[:=]\s*(?:True|true|\S*\"|'|\d|`))(?!\s*\()",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"(?i)settings|config|\bcfg\b|\bconf\b|options|environ|getenv|process\.env|\benv\b|\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b|@Value|properties"
)
_SKIPS = re.compile(
    r"(?i)skip|bypass|disable|ignore|fake|mock|stub|dummy|force|always|pytest|\btest(?:ing)?\b|_test\b|debug|\bdev(?:elopment)?\b"
    r"|(?:\bnot\s+|!\s*)[\w.]*(?:check|health|ready|readiness|probe|deep|strict)"
)
_ASKS_ONLY = re.compile(
    r"(?i)(?<!not )(?<!!)\b[\w.]*(?:check\w*(?:on|in|for|during|at)_?(?:ready|readiness|health)"
    r"|(?:deep|verify)_?\w*check|(?:ready|readiness|health)\w*_?check\w*|check_?(?:dependencies|deps|database|db|redis)\b)"
)
_ENDS = re.compile(r"\breturn\b|\.(?:send|json|end|sendStatus|Write\w*|JSON|String)\(")
_SKIPS_DEEP = re.compile(r"(?i)skip|bypass|fake|mock|stub|dummy|force|always|pytest|testing")
_SUCCEEDS = re.compile(
    r"(?i)return\s*(?:;|$|true\b|none\b|nil\b|null\b)|\b(?:ok|up|healthy|ready|pass|alive|success|200|true|sendStatus|StatusOK)\b"
)
_ASIDE = re.compile(r"(?i)telemetry|track|metric|audit|analytics|middleware|trace|record")
"""Functions that are called beside the check: what they ask says nothing about readiness."""
_MOST_FOLLOWED = 24
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A function: its node, its text without comments, its name and place."""

    node: SgNode
    text: str
    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler asks (names of calls), whether nothing can change its answer, whether it says 200 whatever
    it finds (`hides` says how), and the settings that let it say so unasked (`skips`)."""

    asks: tuple[str, ...] = ()
    constant: bool = False
    hides: str = ""
    skips: tuple[Place, ...] = ()
    unread: tuple[str, ...] = ()


Follow = Callable[[str, Piece], "list[Piece]"]
"""The functions of ours that a call, by its name in a piece, may be."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges handlers of one family of languages. `code` are regular expressions by role."""

    family: str
    code: Mapping[str, str]
    follow: Follow
    _compiled: dict[str, re.Pattern[str]] = field(default_factory=dict)

    def judge(self, handler: Piece, aside: str = "") -> Answer:
        """The answer of a handler; `aside` is what runs before it, as written."""
        pieces, unread = self._reached(handler, aside)
        asks: list[str] = []
        for one in pieces:
            text = self._role("empty").sub("", one.text)
            asks += [_around(m, text) for m in self._role("asks").finditer(text)]
        constant = not asks and not unread and not any(map(self._may_vary, pieces))
        skips = [p for n, one in enumerate(pieces) for p in self._skips(one, own=n == 0)]
        hides = self._hides(pieces, unread) if asks else ""
        return Answer(tuple(dict.fromkeys(asks)), constant, hides, tuple(skips), tuple(unread))

    def _role(self, name: str) -> re.Pattern[str]:
        if name not in self._compiled:
            self._compiled[name] = re.compile(self.code.get(name, r"(?!)"))
        return self._compiled[name]

    def _reached(self, handler: Piece, aside: str) -> tuple[list[Piece], list[str]]:
        """The handler and what of ours it calls, and the calls that lead nowhere that is known."""
        found, unread, waiting = [handler], [], [(handler, 0)]
        seen = {(handler.path, handler.line)}
        while waiting and len(found) < _MOST_FOLLOWED:
            piece, depth = waiting.pop(0)
            for name in self._calls(piece, aside if piece is handler else ""):
                near = depth < _DEEPEST and not _ASIDE.search(name.rpartition(".")[2])
                inner = self.follow(name, piece) if near else []
                if not inner:
                    unread.append(name)
                for one in inner:
                    if (one.path, one.line) not in seen:
                        seen.add((one.path, one.line))
                        found.append(one)
                        waiting.append((one, depth + 1))
        return found, list(dict.fromkeys(unread))

    def _calls(self, piece: Piece, aside: str) -> Iterator[str]:
        """The calls of a piece that neither ask nor merely answer."""
        text = self._role("empty").sub("", piece.text)
        bare = _STRING.sub('""', f"{aside}\n{text}" if aside else text)
        for match in _CALL.finditer(bare):
            name = re.sub(r"\?\.|::", ".", match[1])
            name = re.sub(r"\([^()]*\)", "()", name).removeprefix("await ").strip()
            last = name.rpartition(".")[2]
            before = bare[: match.start()]
            defined = name in _WORDS or last == piece.name or _DEFINED.search(before)
            if defined and not re.search(r"\bnew\s+$", before):
                continue
            if not self._role("answers").fullmatch(name) and not self._role("asks").search(
                f"{match[0]}"
            ):
                yield name

    def _may_vary(self, piece: Piece) -> bool:
        text = _HARMLESS.sub("", _STRING.sub('""', _body(piece)))
        if self.family in ("javascript", "java"):
            text = re.sub(r"\bif\b[^{;\n]{0,100}\.method\s*!==?[^{;\n]{0,60}\{[^{}]*\}", "", text)
        said = re.sub(r"(?i)status_?code\w*|HTTP_\w+", "", text)
        return bool(re.search(_BRANCHES[self.family], text) or _STATE.search(said))

    def _skips(self, piece: Piece, *, own: bool) -> Iterator[Place]:
        """Conditions on a setting under which a piece answers well unasked, or without which it asks nothing."""
        for node in nodes(piece.node, ("if_statement", "elif_clause")):
            condition, then = node.field("condition"), node.field("consequence")
            if condition is None or then is None or not _SETTING.search(condition.text()):
                continue
            said = " ".join(condition.text().split()).strip("() ")
            names = re.sub(r"[\"'`][^\"'`]*[\"'`]", "", said)
            place = Place(piece.path, node.range().start.line + 1, f"if {said[:80]}")
            if own and _ASKS_ONLY.search(names) and self._asks_in(then, piece):
                yield replace(place, what=f"it asks only {place.what}")
                continue
            meant = _SKIPS_DEEP.search(said) or (own and _SKIPS.search(names))
            if meant and self._succeeds(then.text()):
                yield place

    def _succeeds(self, does: str) -> bool:
        """Whether a block ends with an answer that is no failure, and asks nothing before."""
        if self._role("fails").search(does) or self._role("asks").search(does):
            return False
        return bool(_SUCCEEDS.search(does) and _ENDS.search(does))

    def _asks_in(self, block: SgNode, piece: Piece) -> bool:
        """Whether a block of a piece asks, by itself or by what of ours it calls."""
        text = block.text()
        called = (m[1] for m in _CALL.finditer(_STRING.sub('""', text)))
        reached = (one for name in called for one in self.follow(name, piece))
        return any(self._role("asks").search(t) for t in (text, *(one.text for one in reached)))

    def _hides(self, pieces: list[Piece], unread: list[str]) -> str:
        """How a failure becomes a success, "" where it may not."""
        every = "\n".join(_body(p) for p in pieces)
        if self._role("fails").search(every):
            return ""
        if any(
            re.search(r"(?i)respon[ds]|write|json|render|send|status|answer|reply|result|check", n)
            for n in unread
        ):
            return ""
        return (
            "it catches what fails and answers 200 all the same"
            if self._role("catches").search(every)
            else ""
        )


def _body(piece: Piece) -> str:
    """The text of a function without its head."""
    body = piece.node.field("body")
    if body is None:
        return piece.text
    start = body.range().start.index - piece.node.range().start.index
    return piece.text[start:]


def _around(match: re.Match[str], text: str) -> str:
    """The name of the call that a match is the end of."""
    before = re.search(r"[\w$.]*$", text[max(0, match.start() - 60) : match.start()])
    said = f"{before[0] if before else ''}{match[0]}"
    return " ".join(said.split()).strip("(.").partition("(")[0][-60:]
