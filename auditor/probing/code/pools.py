"""The pools of a service: what makes one, how many connections it may open, and what goes without."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.probing.code.stores import Files, Spot, rules_of

_NUMBER = re.compile(r"-?\d[\d_]*")
_PLAIN = re.compile(r"-?\d[\d_.]*|True|False|true|false|None|null")
_SETTING = re.compile(
    r"pool\w*|max_?\w*|min_?\w*|timeout|connection\w*Limit|queueLimit|idle\w*|connection_?timeout\w*|acquire\w*|recycle",
    re.IGNORECASE,
)
_NO_POOL = re.compile(r"(?:[\w.]*\.)?NullPool")
_FILE = re.compile(r"sqlite|duckdb|:memory:")
_ONCE = re.compile(
    r"migrat|setup|init|start|boot|main|seed|create|drop|check|health|ready|wait|lifespan|listen|backup|restore|dump|test|serve|run",
    re.IGNORECASE,
)
_BY_SIDE = re.compile(
    r"(?:^|/)(?:migrations?|alembic|migrate|scripts?|tools?|seeds?|commands|bin)/|(?:^|/)env\.py$"
)
_LISTENS = re.compile(r"\bLISTEN\b|notif|replication|advisory", re.IGNORECASE)
_ENDS = r"\.(?:close|dispose|end|destroy|terminate|release|\$disconnect|Close|disconnect)\("
_CACHED = re.compile(r"@(?:\w+\.)*(?:lru_cache|cache|cached|singleton|fixture)\b|\bglobal\b")
_ADDRESS = re.compile(
    r"ur[il]\b|dsn|address|(?i:connection_?string|database_?url|mongo_?ur[il])|env\.", re.IGNORECASE
)
_IN_NAMES = r"(?i:max_?(?:open_?)?conn(?:ection)?s?)"


@dataclass(slots=True)
class Pools:
    """What was seen; `unclear` are pools whose bound comes from elsewhere."""

    declared: list[Spot] = field(default_factory=list)
    settings: list[Spot] = field(default_factory=list)
    unbounded: list[Spot] = field(default_factory=list)
    none: list[Spot] = field(default_factory=list)
    unpooled: list[Spot] = field(default_factory=list)
    unclear: list[Spot] = field(default_factory=list)
    of_databases: bool = False


def read_pools(files: Files) -> Pools:
    """The pools and single connections that the service reaches, those of migrations and scripts left out."""
    pools = Pools()
    bounds = [u for u in files.topic.reachable if u.rule.settings.get("value")]
    pools.unclear += aliased(files)
    for use in files.topic.reachable:
        if _BY_SIDE.search(use.path) or _to_file(use, files):
            continue
        pools.of_databases |= use.rule.library != "redis" and use.rule.role in ("pool", "connect")
        if use.rule.role == "pool":
            _pool(use, files, pools, bounds)
        elif use.rule.role == "connect":
            words = alone(use, files)
            if words:
                pools.none.append(_spot(use, words))
        elif use.rule.role == "bound":
            pools.settings.append(
                _spot(use, f"({', '.join(_shown(a) for a in use.call.arguments)})")
            )
    return pools


def aliased(files: Files) -> list[Spot]:
    """What makes pools and is imported under another name, whose calls are not seen."""
    makers = {c: last_name(c) for rule in rules_of("pooling", "pool") for c in rule.calls}
    found = []
    for path in files.paths:
        scan = files.topic.code.scans[path]
        if not path.endswith(".py") or _BY_SIDE.search(path):
            continue
        for local, full in scan.names.items():
            if full in makers and local != makers[full]:
                line = next((i.line for i in scan.imports if i.name == makers[full]), 1)
                found.append(Spot(path, line, f"{full} goes by the name {local}"))
    return found


def _spot(use: Use, words: str) -> Spot:
    return Spot(use.path, use.call.line, f"{use.call.name}{words}")


def _shown(text: str) -> str:
    """A value as it may be told: a number or a switch, and of anything else that it is set."""
    return text if _PLAIN.fullmatch(text) else "set elsewhere"


def _to_file(use: Use, files: Files) -> bool:
    """Whether the store is a file of the process, as its address or its driver tells."""
    first = " ".join(use.call.arguments[:1])
    return bool(_FILE.search(files.topic.scan(use).constants.get(first, first)))


def _pool(use: Use, files: Files, pools: Pools, bounds: list[Use]) -> None:
    call, rule = use.call, use.rule
    if any(_NO_POOL.fullmatch(v) for k, v in call.keywords.items() if k == "poolclass"):
        pools.unpooled.append(_spot(use, ": NullPool opens a connection each time"))
        return
    each = for_each_call(use, files)
    if each:
        pools.none.append(_spot(use, each))
        return
    pools.declared.append(_spot(use, ""))
    if rule.settings.get("needs_bound"):
        _go(use, files, pools, bounds)
        return
    if call.spread and re.search(
        r"\bNullPool\b(?!\s*(?:,|\)|$))|=\s*NullPool\b", _uses_of_class(use, files)
    ):
        pools.unclear.append(_spot(use, ": its options come from elsewhere, among them NullPool"))
        return
    elsewhere = rule.text("setting") and _setting(rule.text("setting"), files)
    if "NullPool" in (elsewhere or ""):
        pools.unclear.append(_spot(use, f": {rule.text('setting')} speaks of NullPool"))
        return
    given = {k: files.topic.scan(use).constants.get(v, v) for k, v in _given(use).items()}
    most, more = _limit(use, given), rule.text("more")
    overflow = given.get(more, str(rule.settings.get("overflow", "")))
    shown = [f"{k}={_shown(v)}" for k, v in given.items() if _SETTING.fullmatch(k)]
    if most in rule.texts("endless") or overflow == "-1":
        pools.unbounded.append(_spot(use, f": {', '.join(shown)} sets no limit"))
    total = sum(int(n) for n in (most, overflow) if _NUMBER.fullmatch(n))
    away = _handed_over(use) or (
        call.spread or elsewhere or any(n in call.keywords and n not in given for n in _open(use))
    )
    known = not away and _NUMBER.fullmatch(most) and (not overflow or _NUMBER.fullmatch(overflow))
    said = f"at most {total}" if known and total > 0 else "its most is not written here"
    pools.settings.append(_spot(use, f": {said}{' (' + ', '.join(shown) + ')' if shown else ''}"))


def _setting(name: str, files: Files) -> str:
    """The lines from where a setting is written, in every file that has it."""
    texts = (files.code(p) for p in files.paths if p.endswith(".py"))
    return "\n".join(t[t.index(name) :][:1000] for t in texts if name in t)


def _handed_over(use: Use) -> bool:
    """Whether the options of a script's call go by a name."""
    if use.rule.language != "javascript" or use.call.keywords:
        return False
    names = [a for a in use.call.arguments if re.fullmatch(r"[A-Za-z_$][\w$.]*(?:\(\))?", a)]
    return any(not _ADDRESS.search(name) for name in names)


def _open(use: Use) -> list[str]:
    """The keywords whose object would hold the limit, but is not written there."""
    return [
        n
        for n in use.rule.texts("nested")
        if not use.call.keywords.get(n, "{").startswith(("{", "dict"))
    ]


def _uses_of_class(use: Use, files: Files) -> str:
    found = files.texts.outline(use.path)
    lines = found.bare.split("\n") if found is not None else []
    return "\n".join(x for x in lines if "import" not in x and "NullPool" in x)


def _given(use: Use) -> dict[str, str]:
    """The keywords of a call, and those of an object or dictionary in one of them."""
    given = dict(use.call.keywords)
    for name in use.rule.texts("nested"):
        inner = given.pop(name, "")
        given.update(re.findall(r"[\"']?(\w+)[\"']?\s*:\s*([\w.\-]+)", inner))
    return given


def _limit(use: Use, given: dict[str, str]) -> str:
    for name in use.rule.texts("limit"):
        if name in given:
            return given[name]
    place = use.rule.number("position")
    if place is not None and len(use.call.arguments) > place:
        return use.call.arguments[int(place)]
    return str(use.rule.settings.get("default", ""))


def _go(use: Use, files: Files, pools: Pools, bounds: list[Use]) -> None:
    """database/sql has no limit until one is set: beside where it is opened, or on what is handed out."""
    folder = use.path.rpartition("/")[0]
    place = files.around(use.path, use.call.line)
    body = place[0].body(place[1]) if place is not None else ""
    name = place[1].name if place is not None else ""
    if (
        name != "main"
        and _ONCE.search(name)
        and use.call.target != "return"
        and re.search(_ENDS, body)
    ):
        pools.declared.pop()  # opened and closed again for one piece of work
        return
    if use.call.name.endswith("gorm.Open") and re.search(r"\bConn\s*:", body):
        return  # around a pool that is made elsewhere, and judged there
    near = [b for b in bounds if b.path.rpartition("/")[0] == folder]
    if not near and bounds:
        pools.unclear.append(_spot(use, ": a limit is set elsewhere, perhaps to another pool"))
        return
    if near and all(_is_conditional(b, use, files) for b in near):
        pools.unclear.append(_spot(use, ": a limit is set under a condition alone"))
        return
    limits = [_number(b, files) for b in near]
    if not near or any(n is not None and n <= 0 for n in limits):
        words = ": SetMaxOpenConns sets no limit" if near else ": no SetMaxOpenConns"
        pools.unbounded.append(_spot(use, words))
    elif None in limits:
        pools.unclear.append(
            _spot(use, ": the limit comes from a setting whose default was not found")
        )


def _is_conditional(bound: Use, opened: Use, files: Files) -> bool:
    """Whether a limit stands deeper than where the pool is opened, such as for one driver alone."""
    if bound.path != opened.path or bound.call.scope != opened.call.scope:
        return False
    lines = files.code(bound.path).split("\n")
    depths = [
        len(t) - len(t.lstrip("\t")) for t in (lines[u.call.line - 1] for u in (opened, bound))
    ]
    return depths[1] > depths[0]


def _number(bound: Use, files: Files) -> int | None:
    """The number that a limit is set to, by its text or the default of the setting of its name."""
    text = " ".join(bound.call.arguments)
    if _NUMBER.fullmatch(text):
        return int(text.replace("_", ""))
    name = re.escape(last_name(re.sub(r"^int\((.*)\)$", r"\1", text)))
    tag = rf"\b{name}\b[^\n]*?[dD]efault:\"(\d+)\""
    written = rf"\b{name}\s*(?::=|[:=])\s*(\d+)\b|\b{name}\s+(?:int\d*\s*)?=\s*(\d+)\b"
    default = rf"(?:SetDefault|Int|EnvInt)\w*\([^\n]{{0,200}}?{_IN_NAMES}\"[^\n]{{0,80}}?,\s*(\d+)"
    for path in files.paths:
        if not path.endswith(".go"):
            continue
        for match in re.finditer(f"{tag}|{written}|{default}", files.code(path)):
            return int(next(g for g in match.groups() if g is not None))
    return None


def alone(use: Use, files: Files) -> str:
    """Why a single connection is no pool; "" where it is kept by something, or serves one piece of work."""
    call, place = use.call, files.around(use.path, use.call.line)
    if _LISTENS.search(files.body(use.path, call.line, bare=False)) or "pool_name" in call.keywords:
        return ""
    if place is None:
        text = files.code(use.path)
        scripted = re.search(r"__name__\s*==\s*[\"']__main__", text) or _LISTENS.search(text)
        return ": one connection for the whole process" if call.target and not scripted else ""
    outline, block = place
    if call.target.startswith(("self.", "this.", "cls.")) or _ONCE.search(block.name):
        return ""
    decorated = outline.said(block.first, block.head)
    if _CACHED.search(f"{decorated}\n{outline.body(block)}"):
        return ""
    if call.target == "return":
        called = block.name and files.texts.mentions(block.name) > 1
        return f": {block.name} opens a connection at each call" if called else ""
    if re.search(_ENDS, outline.body(block)) or re.search(
        r"\bwith\b", outline.said(call.line, call.line)
    ):
        return f": {block.name or 'a function'} opens a connection at each call"
    return ""


def for_each_call(use: Use, files: Files) -> str:
    """Why a pool serves one call alone: the function that makes it ends it; "" for one that stays."""
    place = files.around(use.path, use.call.line)
    name = last_name(use.call.target)
    if place is None or not re.fullmatch(r"[\w$]+", use.call.target) or use.call.target == "return":
        return ""
    outline, block = place
    body = outline.body(block)
    if not block.name or _ONCE.search(block.name) or "yield" in body or _CACHED.search(body):
        return ""
    ended = re.search(rf"\b{re.escape(name)}{_ENDS}", body) or (
        re.search(r"\bwith\b", outline.said(use.call.line, use.call.line))
    )
    return f": {block.name} makes a pool at each call and ends it" if ended else ""
