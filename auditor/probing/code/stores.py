"""What probes of databases and caches have in common: libraries reached, functions around a line, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.code.languages import grammar_of
from auditor.code.lexical.regions import Region, regions
from auditor.code.outline import Block, Outline
from auditor.code.parsing import Unparsed
from auditor.code.patterns import Rule
from auditor.code.scan import FileScan
from auditor.code.scanning import family
from auditor.model.evidence import Location
from auditor.probing.code.code_reading import Code, patterns
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic, listing
from auditor.probing.contract import Context, Fact, FactSpec, Problem, ProblemKind

_MOST = 100
_LANGUAGES = ("python", "javascript", "go", "java")


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Something at a place."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


class Files:
    """The reachable files of a topic with their texts, outlines and regions."""

    def __init__(self, ctx: Context, topic: Topic) -> None:
        self.texts = Texts(ctx, topic)
        self.topic = topic
        self._regions: dict[str, tuple[Region, ...]] = {}

    @property
    def paths(self) -> list[str]:
        """The reachable files that were read, in order."""
        return sorted(self.topic.code.closure.reachable & set(self.topic.code.scans))

    def regions(self, path: str) -> tuple[Region, ...]:
        """The regions of a file; none where it has no tree."""
        if path not in self._regions:
            try:
                self._regions[path] = regions(self.texts.text(path), grammar_of(path) or "")
            except Unparsed:
                self._regions[path] = ()
        return self._regions[path]

    def around(self, path: str, line: int) -> tuple[Outline, Block] | None:
        """The innermost function around a line that is no lambda of Python, with its outline."""
        found = self.texts.outline(path)
        if found is None:
            return None
        fits = [
            b
            for b in found.blocks
            if b.kind == "function" and b.holds(line) and (b.name or family(path) != "python")
        ]
        block = max(fits, key=lambda b: (b.head, -b.last), default=None)
        return (found, block) if block is not None else None

    def body(self, path: str, line: int, *, bare: bool = True) -> str:
        """The text of the function around a line, without comments; "" at the top of a file."""
        place = self.around(path, line)
        return place[0].body(place[1], bare=bare) if place is not None else ""

    def code(self, path: str) -> str:
        """The text of a file without its comments."""
        found = self.texts.outline(path)
        return found.code if found is not None else ""


def rules_of(topic: str, role: str) -> list[Rule]:
    """The rules of a topic that have a role, of every language."""
    every = (r for language in _LANGUAGES for r in patterns().rules(topic, language))
    return [r for r in every if r.role == role]


def imports_of(path: str, scan: FileScan, rules: Sequence[Rule]) -> Iterator[Spot]:
    """The modules that rules name and a file imports, not for the type checker alone."""
    mine = [r for r in rules if r.language == family(path)]
    between = "." if family(path) in ("python", "java") else "/"
    heads = {name.partition(between)[0] for rule in mine for name in rule.references}
    for one in scan.imports:
        if one.typing:
            continue
        written = [one.module, f"{one.module}.{one.name}"] if between == "." else [one.module]
        if heads.isdisjoint(w.partition(between)[0] for w in written):
            continue
        for rule in mine:
            for name in rule.references:
                if any(w == name or w.startswith(f"{name}{between}") for w in written):
                    yield Spot(path, one.line, name)


def importing(code: Code, rules: Iterable[Rule]) -> frozenset[str]:
    """The files that import a module of rules, or what is in one, if for the type checker alone."""
    return frozenset(p for r in rules for p in code.imports.importing(r.language, r.references))


def libraries(files: Files, rules: Sequence[Rule]) -> list[Spot]:
    """Each library that the service reaches, where it is imported first."""
    first: dict[str, Spot] = {}
    likely = importing(files.topic.code, rules)
    for path in files.paths:
        for spot in (
            () if path not in likely else imports_of(path, files.topic.code.scans[path], rules)
        ):
            first.setdefault(spot.what, spot)
    return sorted(first.values())


def perhaps_imported(files: Files, rules: Sequence[Rule]) -> list[Spot]:
    """The same of files that are imported by a value, if at all."""
    maybe = sorted(files.topic.code.closure.perhaps & importing(files.topic.code, rules))
    return [s for path in maybe for s in imports_of(path, files.topic.code.scans[path], rules)]


_SPEAKS = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|mssql|oracle|cockroachdb)(?:\+\w+)?://|\bDATABASE_UR[LI]\b"
    r"|\bINSERT\s+INTO\s+\w|\bUPDATE\s+[\w.\"]+\s+SET\b|\bSELECT\s[^;]{1,200}?\sFROM\s+\w|dynamodb|firestore",
)
_IMAGE = re.compile(
    r"^[ \t]*image:[ \t]*[\"']?\S*(?:postgres|postgis|mysql|mariadb|mongo|timescale|cockroach)",
    re.M,
)


def speaks_of_database(ctx: Context, files: Files) -> Spot | None:
    """Where code, or a compose file of the service, speaks of a database by other means than a known library."""
    for path in files.paths:
        match = _SPEAKS.search(files.code(path))
        if match is not None:
            return Spot(
                path, _line(files.code(path), match.start()), " ".join(match[0].split())[:30]
            )
    for entry in ctx.repo.find("**/*compose*.yml", "**/*compose*.yaml"):
        text = files.texts.text(entry.path)
        match = _IMAGE.search(text)
        if match is not None:
            return Spot(
                entry.path,
                _line(text, match.start()) + match[0].count("\n"),
                "an image of a database",
            )
    return None


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def listed(ctx: Context, topic: Topic, spec: FactSpec, found: Iterable[Spot]) -> Fact:
    """A fact that lists places, each once."""
    spots = list(dict.fromkeys(found))
    return listing(
        ctx,
        spec,
        [str(s) for s in spots],
        [(s.path, s.line) for s in spots[:_MOST]],
        topic.source(ctx),
    )


def undecided(spots: Sequence[Spot], message: str, hint: str, *facts: str) -> Problem:
    """Why facts are not known, with the first of the places that leave them open."""
    first = f" The first is {spots[0]}." if spots else ""
    return Problem(
        ProblemKind.VACUOUS,
        f"{message}{first}",
        hint,
        facts,
        tuple(Location(path=s.path, line=s.line) for s in spots[:_MOST]),
    )
