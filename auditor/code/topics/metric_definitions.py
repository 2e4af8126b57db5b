"""Which metrics a source file defines, by the calls of the common client libraries.

Comments and docstrings are blanked out first. A name of which only the end is written (a prefix comes from
a variable) is kept as that end; one that is a variable altogether is `open`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.code.languages import comment_sign, grammar_of, language_of
from auditor.code.parsing import Unparsed, nodes, parse
from auditor.code.reading import read_source
from auditor.formats.text.word_list import words

MARKER = re.compile(
    r"(?i)prom(?:etheus|-client|auto|client)|micrometer|meterRegistry|opentelemetry|otel|metrics?\b"
)
_LONGEST_CALL = 1_500
_MOST = 500
_NAME = r"[A-Za-z_][\w.:/-]{1,120}"
_STRING = re.compile(r"""([A-Za-z]{0,2})(["'`])((?:[^"'`\\\n]|\\.){0,200})\2""")
_LITERAL = re.compile(rf"""["'`:]({_NAME})\b["'`]?""")
_CALLS = {
    "python": r"(?<![\w.])(?:\w*prom\w*\.|metrics\.|pc\.)?(?:Counter|Gauge|Histogram|Summary|Info|Enum)"
    r"|\b(?:Counter|Gauge|Histogram|Summary|Info)MetricFamily"
    r"|\.create_(?:counter|up_down_counter|histogram|gauge|observable_\w+)",
    "javascript": r"\bnew\s+(?:\w+\.)*(?:Counter|Gauge|Histogram|Summary)(?:<[^()\n]{0,80}>)?"
    r"|\bmake(?:Counter|Gauge|Histogram|Summary)Provider"
    r"|\.create(?:Counter|UpDownCounter|Histogram|Gauge|Observable\w+)",
    "go": r"\b\w*(?:Counter|Gauge|Histogram|Summary)Opts(?=\{)|\bBuildFQName"
    r"|\.(?:Int64|Float64)(?:Observable)?(?:Counter|UpDownCounter|Histogram|Gauge)",
    "jvm": r"\b(?:Counter|Gauge|Timer|DistributionSummary|LongTaskTimer|TimeGauge|FunctionCounter)\.builder"
    r"|\b(?:Counter|Gauge|Histogram|Summary)\.build|(?<=\))\.name"
    r"|(?i:\b\w*(?:registry|metrics?|meter))(?:\(\))?\.(?:counter|timer|gauge|summary|more\(\)\.\w+)"
    r"|\.(?:counter|histogram|gauge|upDownCounter)Builder|@(?:Timed|Counted)",
    "csharp": r"\.Create(?:Counter|UpDownCounter|Histogram|Gauge|Summary|Observable\w+)(?:<\w+>)?",
    "rust": r"\bregister_\w*(?:counter|gauge|histogram)\w*!|\b(?:counter|gauge|histogram)!"
    r"|\b(?:Opts|HistogramOpts|IntCounter|IntGauge|Counter|Gauge)::new|\.\w*(?:counter|gauge|histogram)(?=\(\")",
    "ruby": r"\bClient::(?:Counter|Gauge|Histogram|Summary)\.new"
    r"|(?i:\b\w*(?:prometheus|registry|metrics?))\.(?:counter|gauge|histogram|summary)",
    "php": r"->(?:getOrR|r)egister(?:Counter|Gauge|Histogram|Summary)",
    "elixir": r"\b(?:Counter|Gauge|Histogram|Summary)\.(?:declare|new)|\b(?:counter|summary|last_value|distribution)",
}
_FAMILY = {"typescript": "javascript", "java": "jvm", "kotlin": "jvm", "scala": "jvm"}
UNDERSTOOD = frozenset({*_CALLS, *_FAMILY}) - {"jvm"}
"""The languages in which definitions are found."""
_CALL = {name: re.compile(rf"(?:{pattern})\s*(?=[({{])") for name, pattern in _CALLS.items()}
_NEEDS = {
    "python": re.compile(r"prometheus|opentelemetry|MetricFamily"),
    "javascript": re.compile(r"prom-client|nestjs-prometheus|opentelemetry|prom(?:etheus|Client)"),
}
_FIELD = {
    "namespace": re.compile(r"(?i)\bnamespace\b['\"]?\s*[:=]\s*"),
    "subsystem": re.compile(r"(?i)\bsubsystem\b['\"]?\s*[:=]\s*"),
    "name": re.compile(r"\b(?:[Nn]ame)\b['\"]?\s*[:=]\s*"),
}
_HOLDER = re.compile(
    r"\b([A-Za-z_]\w*)(?:\s*:\s*[\w.<>\[\], |*]{1,60})?\s*(?::=|=|:)\s*(?:await\s+|new\s+|&)?(?:[\w.<>]+[(!]\(?\s*)?"
    r"[\w.&]*\Z"
)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*")
_ENDINGS = "total bucket count sum created info max min gcount gsum"
_UNITS = "seconds milliseconds microseconds nanoseconds bytes ratio percent meters celsius"
_TAIL = re.compile(
    rf"(?:_(?:{'|'.join((*_UNITS.split(), '1'))}))?(?:_(?:{'|'.join(_ENDINGS.split())}))?"
)
_STOP = words("name help type true false none null")


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric, as its series are called. `whole` says that its name is known from its start on.

    `holder` is the variable or field that it is kept in, "" where none is seen.
    """

    name: str
    line: int
    whole: bool = True
    holder: str = ""

    def makes(self, series: str) -> bool:
        """Whether a series of that name may be one of it, with what libraries put behind it."""
        if not self.whole:
            stem = next((s for s in stems(series) if s.endswith(f"_{self.name}")), None)
            return stem is not None
        for name in {self.name, self.name.removesuffix("_total")}:
            if series.startswith(name) and _TAIL.fullmatch(series[len(name) :]):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Definitions:
    """Those of one file; `literals` are all names in its strings, `open` counts unknown names."""

    found: tuple[Definition, ...] = ()
    literals: frozenset[str] = frozenset()
    open: int = 0


def stems(series: str) -> Iterator[str]:
    """The name of a series, and the same without what libraries put behind it."""
    yield series
    for ending in _ENDINGS.split():
        if series.endswith(f"_{ending}"):
            yield series.removesuffix(f"_{ending}")


def exposed(name: str) -> str:
    """A name as Prometheus writes it."""
    return re.sub(r"[^a-zA-Z0-9_:]+", "_", name)


def definitions(text: str, path: str) -> Definitions:
    """What a file defines; nothing where its language is not known or nothing speaks of metrics."""
    language = language_of(path) or ""
    language = _FAMILY.get(language, language)
    if language not in _CALL or not MARKER.search(text):
        return Definitions()
    code = code_only(text, path)
    literals = frozenset(exposed(name) for name in _LITERAL.findall(code)[: 20 * _MOST])
    needed = _NEEDS.get(language)
    if needed is not None and not needed.search(code):
        return Definitions((), literals)
    found: list[Definition] = []
    unknown = 0
    for call in list(_CALL[language].finditer(code))[:_MOST]:
        line = code.count("\n", 0, call.start()) + 1
        arguments = _arguments(code, call.end())
        if not arguments.strip():
            continue  # a builder, which is told its name later
        made = _definition(arguments, call.group(), code, line)
        if made is None:
            unknown += 1
        elif made.name not in _STOP:
            held = _HOLDER.search(code, max(0, call.start() - 160), call.start())
            found.append(replace(made, holder=held[1].strip("_") if held else ""))
    return Definitions(tuple(found), literals, unknown)


def code_only(text: str, path: str) -> str:
    """The text with comments, and texts that stand alone as docstrings do, blanked out."""
    grammar = grammar_of(path) or ""
    try:
        commented = [(c.line, c.column, c.text) for c in read_source(text, grammar).comments]
        if grammar == "python":
            commented += list(_docstrings(text))
    except Unparsed:
        sign = re.escape(comment_sign(language_of(path) or ""))
        return re.sub(rf"(?m)^[ \t]*{sign}[^\n]*", "", text)
    lines = text.split("\n")
    for line, column, said in commented:
        for at, part in enumerate(said.split("\n")):
            if line - 1 + at < len(lines):
                here, start = lines[line - 1 + at], column if at == 0 else 0
                lines[line - 1 + at] = f"{here[:start]}{' ' * len(part)}{here[start + len(part) :]}"
    return "\n".join(lines)


def _docstrings(text: str) -> Iterator[tuple[int, int, str]]:
    for node in nodes(parse(text, "python"), ("expression_statement",)):
        below = node.children()
        if len(below) == 1 and below[0].kind() == "string":
            start = node.range().start
            yield start.line + 1, start.column, node.text()


def _arguments(code: str, at: int) -> str:
    """What stands between the bracket at `at` and its closing one."""
    depth = 0
    for place in range(at, min(len(code), at + _LONGEST_CALL)):
        depth += (code[place] in "({[") - (code[place] in ")}]")
        if depth == 0:
            return code[at + 1 : place]
    return code[at + 1 : at + _LONGEST_CALL]


def _definition(arguments: str, call: str, code: str, line: int) -> Definition | None:
    """The metric of a call; None where nothing of its name is known."""
    if call.startswith(("BuildFQName", "->")):
        parts = [_value(one, code) for one in _split(arguments)[: 3 if "Build" in call else 2]]
    else:
        named = _FIELD["name"].search(arguments)
        first = arguments[named.end() :] if named else next(iter(_split(arguments)), "")
        parts = [_field("namespace", arguments, code), _field("subsystem", arguments, code)]
        parts.append(_value(first, code))
    name, whole = "", True
    for value, complete in parts:
        if not complete:
            name, whole = value.lstrip("_"), False
        elif value:
            name = f"{name}_{value}" if name else value
    bare = exposed(name).strip("_")
    return Definition(bare, line, whole) if bare and (whole or "_" in bare) else None


def _field(key: str, arguments: str, code: str) -> tuple[str, bool]:
    found = _FIELD[key].search(arguments)
    return _value(arguments[found.end() :], code) if found else ("", True)


def _value(written: str, code: str, depth: int = 0) -> tuple[str, bool]:
    """The text that an argument starts with, and whether all of it is known."""
    written = written.strip()
    string = _STRING.match(written)
    if string is not None:
        value = string[3]
        computed = "f" in string[1].lower() or (string[2] == "`" and "${" in value)
        tail = re.split(r"\}", value)[-1] if computed and "}" in value else value
        return tail, tail == value
    if written.startswith(":"):
        return written[1:].split(",")[0].strip(), True
    named = _IDENTIFIER.match(written)
    if named is None or depth:
        return "", False
    rest = written[named.end() :].lstrip()
    if rest.startswith("+"):
        return _value(rest[1:], code, 1)[0], False
    last = re.escape(named.group().rpartition(".")[2])
    constant = re.search(
        rf"""\b{last}\b[^=:\n"'`]{{0,40}}(?::?=|:)\s*(["'`])([\w.:-]{{1,120}})\1""", code
    )
    return (constant[2], True) if constant else ("", False)


def _split(arguments: str) -> list[str]:
    """The arguments of a call, as far as no bracket is open."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(arguments):
        depth += (character in "({[") - (character in ")}]")
        if character == "," and depth == 0:
            parts.append(arguments[start:at])
            start = at + 1
    return [*parts, arguments[start:]]
