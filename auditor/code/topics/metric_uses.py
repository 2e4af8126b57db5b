"""Whether anything moves a metric that code defines, and by which labels its series multiply without end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.code.topics.metric_definitions import Definition

_NO_USE = re.compile(
    r"^\s*(?:from\b|import\b|export\s*(?:\{|default\b|\*)|module\.exports\b|\}?\s*=\s*require\()|(?i:regist(?:er|ry)\w*)\(|^\s*[\"']?[\w$]+[\"']?,?\s*\)?;?\s*$"
    r"|^\s*(?:self|this)\.\w+;?\s*$|^\s*(?:const|let|var)\s*\{|^\s*(?:[\w\s]*\s)?[\w.<>*\[\]]*(?:Counter|Gauge|Histogram|Summary|Timer)\w*\s+\w+;\s*$"
    r"|^\s*\w+\s+(?:\*?prometheus|metric|otelmetric)\.\w+\s*$|^\s*__all__\b"
)
_BY_ITSELF = re.compile(
    r"(?i)observable|(?:Gauge|Counter|Untyped)Func|MetricFamily|\bcollect\b|set_function|FunctionCounter|TimeGauge|\bgauge\(|Gauge\.?builder"
    r"|BuildFQName|NewDesc|Provider\(|\.register\(\s*\w*registry\s*,|\bInfo\(|buildWithCallback|@(?:Timed|Counted)|callback"
)
_LISTED = re.compile(r"[\[({]\s*((?:[\"'][\w.-]{1,60}[\"']\s*,?\s*){1,20})[\])}]")
_TOLD = re.compile(
    r"(?:labelNames|labelnames|labels|tags?|labelNames)\(?\s*[=:(]?\s*((?:[\"'][\w.-]{1,60}[\"']\s*,?\s*){1,20})"
)
_ENDLESS = re.compile(
    r"(?:\w+_)?(?:user|customer|account|session|request|trace|span|order|guest|booking|visitor|member|device|message|conversation|chat|payment"
    r"|transaction|correlation|invoice|reservation)[_-]?(?:id|uuid|name)|user|username|e?-?mail|(?:client|remote|user)?_?ip(?:_addr(?:ess)?)?|remote_addr"
    r"|phone(?:_number)?|token|uuid|(?:error_)?message|raw_path|full_url|query_string|timestamp",
    re.IGNORECASE,
)
_MOST_LINES = 14


def moved_by_itself(code: str, line: int) -> bool:
    """Whether a definition brings along what gives its value: a function, a callback, a collector."""
    lines = code.split("\n")
    return (
        _BY_ITSELF.search("\n".join(lines[max(0, line - 3) : line + _MOST_LINES - 4])) is not None
    )


def is_idle(one: Definition, path: str, codes: Iterable[tuple[str, str]]) -> bool:
    """Whether nothing in some code (path and text without comments) but its definition, its imports and its
    registration names what a metric is kept in; False where that is not known."""
    if not one.holder or len(one.holder) < 3:
        return False
    word = re.compile(rf"(?<![\w$]){re.escape(one.holder)}(?![\w$])")
    found = False
    for file, code in codes:
        if one.holder not in code:
            continue
        for number, line in enumerate(code.split("\n"), start=1):
            if not word.search(line):
                continue
            if file == path and number in range(one.line - 2, one.line + 1):
                found = True
            elif not _NO_USE.search(line):
                return False
    return found


def endless_labels(code: str, line: int) -> Iterator[str]:
    """The labels of a definition at a line whose values have no end: ids, addresses, messages."""
    whole = "\n".join(code.split("\n")[line - 1 : line - 1 + _MOST_LINES])
    end = _closing(whole)
    said = whole[:end]
    names: dict[str, None] = {}
    for match in (*_LISTED.finditer(said), *_TOLD.finditer(said)):
        names.update(dict.fromkeys(re.findall(r"[\"']([\w.-]+)[\"']", match[1])))
    yield from (name for name in names if _ENDLESS.fullmatch(name))


def _closing(text: str) -> int:
    """Where the brackets are closed that the first line of a text opens, and the calls chained to them."""
    depth, opened = 0, False
    for at, character in enumerate(text):
        depth += (character in "({[") - (character in ")}]")
        opened = opened or depth > 0
        closed = opened and depth <= 0 and character in ")}]"
        if closed and not re.match(r"[)\s]*[.,]|\w", text[at + 1 :]):
            return at + 1
    return len(text)
