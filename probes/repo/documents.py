"""Documents by structure: words of prose, expected headings, placeholders, links that lead nowhere.

Looks below the service root, and at the git root for what the service does not have itself. English and
Spanish names and headings are known. A document is at most effective evidence: whether it is right, and
whether anybody can follow it, only people can tell. Reads Markdown; other text is read as prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import dirname, join
from urllib.parse import unquote

from auditor.formats.errors import FormatError
from auditor.formats.markdown_doc import Document, parse
from auditor.model.evidence import Location, Value
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.repo import Repo


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: how its files are called, and what its text must speak of."""

    name: str
    files: re.Pattern[str]
    wanted: tuple[tuple[str, str], ...]


def _kind(name: str, files: str, **wanted: str) -> Kind:
    return Kind(
        name,
        re.compile(files, re.IGNORECASE),
        tuple((k.replace("_", " "), v) for k, v in wanted.items()),
    )


_END = r"[\w-]*\.(?:md|markdown|rst|adoc|txt)"
KINDS = (
    _kind("readme", r"readme(?:\.es)?\.(?:md|markdown|rst|adoc|txt)", how_to_start=r"quick ?start|getting started|install|set ?up|usage|run|inicio|instalaci|uso"),
    _kind("development", rf"(?:docs?/|\.github/)?(?:contributing|develop(?:ment|er|ing)?|hacking|project_guide|desarrollo){_END}", tests=r"test|prueba", changes=r"pull request|commit|branch|review|style|format|lint|estilo|layout|structure|estructura"),
    _kind("architecture", rf"(?:docs?/)?(?:architecture|arquitectura|design){_END}|(?:docs?/)?(?:architecture|adrs?|decisions)/.*{_END}", parts=r"component|service|module|container|diagram|componente|servicio", flow=r"flow|request|data|flujo|datos|decision"),
    _kind("setup", rf"(?:docs?/)?(?:set-?up|install(?:ation)?|getting[-_]?started|configuration|instalacion){_END}|readme\.(?:md|markdown|rst|adoc)", installing=r"install|instal", configuration=r"config|environment|variable|setting|entorno"),
    _kind("operations", rf"(?:docs?/)?(?:operations?|operations_manual|ops|manual_operaci|operacion|runbook$){_END}", starting_and_stopping=r"start|stop|restart|arran|parar|reinici", backups=r"backup|restore|respaldo|copia", contacts=r"on[- ]?call|contact|escalat|guardia|contacto"),
    _kind("deployment", rf"(?:docs?/)?(?:deploy(?:ment|ing)?|despliegue|release-process){_END}", steps=r"deploy|release|despleg", rollback=r"roll[- ]?back|revert|reversi"),
    _kind("troubleshooting", rf"(?:docs?/)?(?:[\w-]*troubleshoot(?:ing)?|faq|problemas){_END}", symptoms=r"symptom|problem|error|s[ií]ntoma", causes=r"cause|because|reason|causa", fixes=r"fix|solution|resol|repair|soluci"),
    _kind("incident", rf"(?:docs?/)?(?:incidents?(?:[-_]response)?|respuesta[-_]incidentes|incidentes){_END}", severities=r"severit|priorit|sev ?\d|severidad|gravedad", roles=r"commander|role|responsib|rol", communication=r"communicat|status page|comunicaci", review=r"post-?mortem|review|retrospective|revisi"),
    _kind("runbooks", rf"(?:docs?/|monitoring/|ops/)?(?:runbooks?|playbooks?)/.*{_END}|(?:docs?/)?runbooks?{_END}", diagnosis=r"diagnos|check|verify|investigat|comprob", mitigation=r"mitigat|fix|restart|resol|rollback|mitig", escalation=r"escalat|page|contact|on[- ]?call|escal"),
    _kind("changelog", rf"(?:docs?/)?(?:changelog|changes|history|release[-_]?notes|news|notas_de_version){_END}"),
    _kind("recovery", rf"(?:docs?/)?(?:disaster[-_]?recovery|dr[-_]?plan|recuperacion[\w-]*){_END}", recovery_time=r"\bRTO\b|recovery time", recovery_point=r"\bRPO\b|recovery point", roles=r"role|responsib|contact|rol|contacto", steps=r"restore|step|procedure|restaur|paso"),
)  # fmt: skip
_NAMES = tuple(kind.name for kind in KINDS)
_STATUS = re.compile(r"complete|checklist|status|summary|report|template", re.IGNORECASE)
_VERSION = re.compile(
    r"^\[?(?:version |release )?v?\d+\.\d+(?:\.\d+)?[\w.-]*\]?(?:\s|$|\()", re.IGNORECASE
)
_LIMIT = 5_000_000

FOUND = FactSpec("documents.found", FactType.LIST, "Documents found", "", _NAMES)
WORDS = FactSpec("documents.words", FactType.NUMBER, "Words of prose", "words", _NAMES)
MISSING = FactSpec(
    "documents.missing_headings", FactType.LIST, "Topics that the text never touches", "", _NAMES
)
PLACEHOLDERS = FactSpec(
    "documents.placeholders", FactType.NUMBER, "Placeholders left in the text", "", _NAMES
)
BROKEN = FactSpec(
    "documents.broken_links", FactType.LIST, "Links to files that are not there", "", _NAMES
)
VERSIONS = FactSpec(
    "documents.released_versions", FactType.NUMBER, "Released versions", "versions", ("changelog",)
)


@probe(
    "repo.documents",
    title="Documents",
    needs=[Need.REPOSITORY],
    emits=[FOUND, WORDS, MISSING, PLACEHOLDERS, BROKEN, VERSIONS],
)
def documents(ctx: Context) -> Iterator[Observation]:
    """Every kind: its files, read as one text."""
    for kind in KINDS:
        paths = find(ctx.repo, kind)
        read: dict[str, Document] = {}
        refused: list[Problem] = []
        for path in paths:
            try:
                read[path] = parse(ctx.repo.read(path, limit=_LIMIT).data)
            except (Trouble, FormatError) as error:
                what = f"{path}: {error}"
                refused.append(Problem(ProblemKind.MALFORMED, what, "Mend the file.", (WORDS.key,)))
        if refused and not read:
            yield from refused
            continue
        yield from refused
        yield from _facts(ctx, kind, read)


def find(repo: Repo, kind: Kind) -> list[str]:
    """The files of a kind below the service root, else at the git root; status diaries are none."""
    for prefix in dict.fromkeys((repo.root, "")):
        below = f"{prefix}/" if prefix else ""
        found = [
            e.path
            for e in repo.entries
            if e.path.startswith(below) and kind.files.fullmatch(e.path[len(below) :])
            and not _STATUS.search(e.path.rpartition("/")[2])
        ]  # fmt: skip
        if found:
            return found
    return []


def _facts(ctx: Context, kind: Kind, read: dict[str, Document]) -> Iterator[Observation]:
    level = Level.EFFECTIVE if read else Level.DECLARED
    source = ctx.repo.source(", ".join(read) or f"searched: {kind.files.pattern[:120]}")
    gaps = [Location(path=p, line=place.line) for p, d in read.items() for place in d.placeholders]
    broken = [
        (p, place.text, place.line)
        for p, d in read.items()
        for place in d.links
        if _is_dead(ctx.repo, p, place.text)
    ]
    rows: list[tuple[FactSpec, Value, list[Location]]] = [
        (FOUND, list(read), [Location(path=p) for p in read]),
        (WORDS, sum(d.words for d in read.values()), [Location(path=p) for p in read]),
        (MISSING, missing(kind, read.values()), [Location(path=p) for p in read]),
        (PLACEHOLDERS, len(gaps), gaps[:50]),
        (BROKEN, [f"{p}:{line} {text}" for p, text, line in broken], [Location(path=p, line=n) for p, _, n in broken[:50]]),
    ]  # fmt: skip
    if kind.name == "changelog":
        rows.append((VERSIONS, sum(released(d) for d in read.values()), []))
    for fact, value, places in rows:
        yield fact.of(
            value,
            subject=kind.name,
            level=level,
            source=source,
            locations=places,
            produced_at=ctx.observed_at,
        )


def missing(kind: Kind, read: Iterable[Document]) -> list[str]:
    """The topics that no heading and no sentence of the documents touches."""
    text = "\n".join(d.text for d in read)
    return [name for name, pattern in kind.wanted if not re.search(pattern, text, re.IGNORECASE)]


def released(document: Document) -> int:
    """Headings that name a released version."""
    return sum(bool(_VERSION.match(h.text)) for h in document.headings)


def _is_dead(repo: Repo, path: str, target: str) -> bool:
    """Whether a relative link leads to nothing; addresses and anchors are not followed."""
    plain = unquote(target.partition("#")[0].partition("?")[0])
    if not plain or re.match(r"[a-z][a-z0-9+.-]*:|//", plain, re.IGNORECASE):
        return False
    where = plain.lstrip("/") if plain.startswith("/") else join(dirname(path), plain)
    try:
        return not repo.exists(where)
    except Trouble:
        return True
