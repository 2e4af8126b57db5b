"""Queries on models that have the key of a tenant: which say whose records they want, and which do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.code.languages import grammar_of
from auditor.code.lexical.places import Role, role
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.patterns import Rule
from auditor.code.scanning import family
from auditor.code.topics.tenant_models import Model, RowSecurity, has_key, models_in, models_in_text
from auditor.code.topics.tenant_statement import Whose, statement, whose
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.stores import Files, Spot, imports_of
from auditor.probing.contract import Context, Trouble

TOPIC = "tenants"
_MODELS = re.compile(
    r"\b(?:Column|mapped_column|ForeignKey|Field)\(|models\.Model|@Entity|Schema\(|\.define\(|Table\(|gorm:\"|\bdb:\"|bun:\""
)
_SQL = re.compile(r"(?i)ROW\s+LEVEL\s+SECURITY|CREATE\s+POLICY|CREATE\s+TABLE")
_HANDLER = re.compile(
    r"(?i)(?:^|[/_.-])(?:views?|viewsets?|api|apis|routes?|routers?|endpoints?|controllers?|handlers?|resolvers?|resources?|graphql|pages|app)(?:[/_.-]|$)"
)
_APART = re.compile(
    r"(?i)(?:^|[/_.-])(?:admin|migrations?|alembic|seeds?|seeders?|fixtures?|commands?|management|scripts?|tasks?|jobs?|workers?|cron|celery|bgtasks|cli|signals?)(?:[/_.-]|$)"
)
_BEHIND = re.compile(
    r"(?i)(?:^|[/_.-])(?:serializers?|middlewares?|utils?|permissions?|schemas?|helpers?|services?|repositor(?:y|ies)|models?|auth\w*)(?:[/_.-]|$)"
)
_ISOLATION = re.compile(
    r"\b40[34]\b|NOT_FOUND|FORBIDDEN|PermissionDenied|DoesNotExist|toThrow|is None|assertNotIn|not in\b"
    r"|NotFound|Forbidden"
)
_OTHER = re.compile(r"(?i)other|another|second|foreign|cross|isolat|_b\b|2\b|outsider")
_SCOPED = re.compile(r"class (\w*Manager)\b|do_orm_execute|before_compile")
_LIMIT = 2 * 1024 * 1024
_MOST_SQL = 2_000


@dataclass(slots=True)
class Tenancy:
    """What was found; `key` is the word of the key, `word` what a query with it says."""

    key: str = ""
    word: str = ""
    models: int = 0
    keyed: list[Spot] = field(default_factory=list)
    filtered: list[Spot] = field(default_factory=list)
    unfiltered: list[Spot] = field(default_factory=list)
    elsewhere: list[Spot] = field(default_factory=list)
    enforced: list[Spot] = field(default_factory=list)
    idle: list[Spot] = field(default_factory=list)
    tests: list[Spot] = field(default_factory=list)


def read_tenancy(ctx: Context, topic: Topic, files: Files) -> Tenancy:
    """Models, queries, mechanisms and tests of a service."""
    found = Tenancy()
    security = RowSecurity()
    models = [*_models(files, topic), *_in_texts(ctx, security)]
    found.models = len(models)
    keyed = _keyed(models, found)
    found.enforced = [*(Spot(*one) for one in security.held), *_mechanisms(topic, files)]
    found.idle = [Spot(*one) for one in security.idle]
    if not keyed:
        return found
    word = re.compile(f"(?i){found.word}")
    found.enforced += list(_managers(files, keyed, word))
    for path in files.paths:
        if role(ctx.repo.below(path)) is Role.SOURCE and not _APART.search(ctx.repo.below(path)):
            _queries(path, ctx.repo.below(path), files, keyed, word, found)
    found.tests = list(_tests(ctx, word))
    return found


def _models(files: Files, topic: Topic) -> Iterator[Model]:
    speak = files.texts.matching(_MODELS)
    for path in (p for p in files.paths if p in speak):
        text = files.texts.text(path)
        try:
            root = parse_whole(text, grammar_of(path) or "")
        except Unparsed:
            continue
        yield from models_in(root, text, path, family(path) or "")


def _in_texts(ctx: Context, security: RowSecurity) -> Iterator[Model]:
    """Tables and schemas that stand in files of their own; those of migrations say what is in force."""
    count = 0
    for entry in ctx.repo.service:
        below = ctx.repo.below(entry.path)
        is_text = entry.path.endswith((".sql", ".prisma"))
        if not (is_text or role(below) is Role.MIGRATION) or role(below) not in (
            Role.SOURCE,
            Role.MIGRATION,
        ):
            continue
        count += 1
        if count > _MOST_SQL:
            return
        try:
            text = ctx.repo.read(entry.path, limit=_LIMIT).text
        except Trouble:
            continue
        if _SQL.search(text):
            security.read(text, entry.path)
        if is_text:
            yield from models_in_text(text, entry.path)


def _keyed(models: list[Model], found: Tenancy) -> dict[str, Model]:
    """The models with the key that most of them have, by their names."""
    best: tuple[int, Rule | None, list[tuple[Model, str]]] = (0, None, [])
    for rule in (r for r in patterns().rules(TOPIC, "python") if r.role == "key"):
        having = [(m, c) for m in models if (c := has_key(m, rule.references))]
        if len(having) >= (rule.number("least") or 1) and len(having) > best[0]:
            best = (len(having), rule, having)
    _, chosen, having = best
    if chosen is None:
        return {}
    found.key, found.word = chosen.references[0], chosen.text("word")
    found.keyed = [Spot(m.path, m.line, f"{m.name}.{c}") for m, c in having]
    return {m.name: m for m, _ in having}


def _mechanisms(topic: Topic, files: Files) -> Iterator[Spot]:
    rules = [
        r
        for lang in ("python", "javascript", "go", "java")
        for r in patterns().rules(TOPIC, lang)
        if r.role == "global"
    ]
    for use in topic.reachable:
        if use.rule.role == "global":
            yield Spot(use.path, use.call.line, use.call.name)
    for path in files.paths:
        scan = files.topic.code.scans[path]
        yield from imports_of(path, scan, [r for r in rules if r.references])
        for one in scan.classes:
            if any(base in r.bases for r in rules for base in one.bases):
                yield Spot(path, one.line, one.name)


def _managers(files: Files, keyed: dict[str, Model], word: re.Pattern[str]) -> Iterator[Spot]:
    """Managers and events of the service's own that speak of the tenant."""
    places = {m.path.rpartition("/")[0] for m in keyed.values()}
    for path in files.paths:
        text = files.texts.text(path)
        near = path.rpartition("/")[0] in places or "manager" in path
        for match in _SCOPED.finditer(text) if near and path.endswith(".py") else ():
            name, body = match[1] or "", text[match.start() : match.start() + 1500]
            used = not name or files.texts.mentions(name) > 1
            if used and word.search(body) and (not name or "get_queryset" in body):
                yield Spot(path, text.count("\n", 0, match.start()) + 1, name or match[0])


def _queries(
    path: str,
    below: str,
    files: Files,
    keyed: dict[str, Model],
    word: re.Pattern[str],
    found: Tenancy,
) -> None:
    text = files.code(path)
    pattern = _query(keyed, family(path) or "")
    if pattern is None or not text:
        return
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        spot = Spot(path, line, " ".join(match[0].split())[:60])
        said = statement(text, match.start())
        judged = whose(said, _around(files, path, line), word)
        if judged is Whose.TENANT or word.search(_head(text, match.start())):
            found.filtered.append(spot)
        elif judged is Whose.NOBODY and _HANDLER.search(below) and not _BEHIND.search(below):
            found.unfiltered.append(spot)
        else:
            found.elsewhere.append(spot)


def _query(keyed: dict[str, Model], language: str) -> re.Pattern[str] | None:
    """What a query on one of the models looks like in a language."""
    names = "|".join(sorted(map(re.escape, keyed), key=len, reverse=True))
    if language == "python":
        return re.compile(
            rf"\b(?:select|update|delete|query|get|get_object_or_404|aget_object_or_404|get_list_or_404)\(\s*(?:{names})\b(?!\.\w+\()"
            rf"|\b(?:{names})\.(?:objects|query)\b"
        )
    if language == "javascript":
        lower = "|".join(n[:1].lower() + n[1:] for n in keyed)
        verbs = r"(?:find\w*|update\w*|delete\w*|count|aggregate|destroy|upsert)"
        return re.compile(
            rf"\b(?:prisma|db|tx|this\.prisma)\.(?:{lower})\.{verbs}\(|\b(?:{names})\.{verbs}\("
        )
    return None


def _around(files: Files, path: str, line: int) -> str:
    """The function around a line with its decorators, without comments; "" at the top of a file."""
    place = files.around(path, line)
    return place[0].said(place[1].first, place[1].last, bare=False) if place is not None else ""


def _head(text: str, at: int) -> str:
    """The head of the class around a place, where its tenant may be kept."""
    start = text.rfind("\nclass ", 0, at)
    return text[start : start + 400] if start >= 0 else ""


def _tests(ctx: Context, word: re.Pattern[str]) -> Iterator[Spot]:
    """Tests that ask with one tenant for what is another's."""
    for entry in ctx.repo.service:
        if role(ctx.repo.below(entry.path)) is not Role.TEST or family(entry.path) is None:
            continue
        try:
            text = ctx.repo.read(entry.path, limit=_LIMIT).text
        except Trouble:
            continue
        for match in re.finditer(
            r"(?m)^[ \t]*(?:async )?(?:def (test\w+)|(?:it|test)\(\s*[\"'`]([^\"'`]+)|func (Test\w+)|void (\w+)\()",
            text,
        ):
            name = next(g for g in match.groups() if g)
            body = text[match.start() : match.start() + 1500].partition("\n\n\n")[0]
            if word.search(body) and _OTHER.search(name) and _ISOLATION.search(body):
                yield Spot(entry.path, text.count("\n", 0, match.start()) + 1, name[:60])
                break
