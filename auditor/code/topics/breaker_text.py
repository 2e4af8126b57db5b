"""Circuit breakers as texts: how they are set, what goes through one by its name, and whether a class is one."""

from __future__ import annotations

import re

from auditor.code.patterns import Rule
from auditor.code.scan import Call, FileScan
from auditor.code.topics.pacing import number

HUGE = 1000
"""So many failures in a row are an outage that everybody has seen already."""

NAMED = re.compile(r"\w*circuit_?breaker(?:Impl|Policy|Middleware|Decorator|V\d)?", re.IGNORECASE)
"""What a class is called that may be a breaker of the service's own."""

_LONGEST = 400  # characters of a line
_ZERO = re.compile(r"(?:(?:datetime\.)?timedelta\(\s*(?:\w+\s*=\s*)?0(?:\.0)?\s*\)|0(?:\.0)?)")
_CONSECUTIVE = re.compile(r"ConsecutiveBreaker\(\s*(\d[\d_]*)")
_GO_THRESHOLD = re.compile(
    r"ConsecutiveFailures\s*(>=?)\s*(?:uint32\()?(\d[\d_]*)|WithFailureThreshold\(\s*(\d[\d_]*)"
)
_EVERYTHING = re.compile(r"[\[(]\s*(?:builtins\.)?(?:Base)?Exception\s*,?\s*[\])]")
_METHODS = {
    "python": r"(?:call|call_async|calling|get_breaker)",
    "javascript": r"(?:fire|execute|exec|call|run)",
    "go": r"(?:Execute|Allow|Do|Call|CallContext|Run\w*|Get\w*|TryAcquirePermit)",
}
_OWN_METHODS = {
    "python": (
        r"(?:call\w*|execute\w*|run\w*|invoke\w*|protect\w*|guard\w*|allow\w*|can_\w+|before_\w+|acquire\w*"
        r"|is_open\w*)"
    ),
    "javascript": r"(?:fire|execute\w*|exec|call\w*|run\w*|invoke\w*|allow\w*|can[A-Z]\w*|isOpen\w*)",
    "go": r"(?:Execute|Allow\w*|Do|Call\w*|Run\w*|Ready)",
}
_STATE = re.compile(r"half_?open|\bopen\b|_open\b|opened|is_?open|OPEN\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:fail|error|thresh|max)\w*(?:\s*[+]\s*1)?\s*(?:>=?|<=?)|(?:>=?|<=?)\s*(?:[\w.]+\.)?\w*(?:thresh|max|fail|limit)",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\btime\b|monotonic|\bnow\(|Date\b|datetime|perf_counter|performance|setTimeout|\bttl\b|expire"
)
_REFUSES = re.compile(
    r"\braise\b|\bthrow\b|\breject\(|return\s+(?:False|false|None|fallback)|\breturn\b[^\n]*fallback"
)


def misset(call: Call, rule: Rule, scan: FileScan) -> str:
    """Why a breaker never opens, or never stays open, by its settings; "" where it does."""
    order = rule.texts("order")
    given = dict(zip(order, call.arguments, strict=False)) | dict(call.keywords)
    given = {k: scan.constants.get(v, v) for k, v in given.items()}
    threshold = next((given[n] for n in rule.texts("threshold") if n in given), "")
    rest = next((given[n] for n in rule.texts("rest") if n in given), "")
    amount = number(threshold)
    consecutive = _CONSECUTIVE.search(threshold)
    if consecutive is not None:
        amount = number(consecutive[1])
    if rule.settings.get("percent") and amount is not None and amount >= 100:
        return f"it opens above {amount:g} % of failures"
    if amount is not None and amount >= HUGE:
        return f"it opens after {amount:g} failures"
    if _ZERO.fullmatch(rest):
        return "it stays open for no time"
    if given.get("enabled") == "false":
        return "it is switched off"
    if _EVERYTHING.fullmatch(given.get("exclude", "")):
        return "it leaves out every exception"
    return ""


def misset_go(near: str) -> str:
    """As `misset`, for what a function in Go says of the breaker that it makes."""
    found = _GO_THRESHOLD.search(near)
    amount = number(found[2] or found[3]) if found else None
    return f"it opens after {amount:g} failures" if amount is not None and amount >= HUGE else ""


def through(name: str, language: str, *, own: bool) -> re.Pattern[str]:
    """What finds a call that goes through the breaker of a name, in a text without comments and strings."""
    word = rf"(?<![\w$]){re.escape(name)}"
    methods = (_OWN_METHODS if own else _METHODS)[language]
    ways = [rf"{word}(?:\[[^\]\n]*\]|\([^()\n]*\))?\s*\.\s*{methods}\("]
    if language == "python":
        ways += [
            rf"^[ \t]*@(?:[\w.]+\.)?{re.escape(name)}[ \t]*(?:\(|$)",
            rf"\bwith\s+(?:await\s+)?(?:[\w.]+\.)?{re.escape(name)}(?!\w)",
            rf"(?<!def )(?<!class )(?<![\w]){re.escape(name)}\(\s*\w",
        ]
    elif language == "javascript":
        ways.append(rf"\b(?:wrap|use)\([^\n]{{0,300}}{word}(?![\w$])")
    else:
        ways.append(
            rf"\b(?:failsafe\w*|circuitbreaker)\.\w+(?:\[[^(\n]{{0,100}}\])?\([^\n]{{0,300}}{word}(?!\w)"
        )
    return re.compile("|".join(f"(?:{way})" for way in ways), re.MULTILINE)


def bound_to(line: str, maker: str) -> str:
    """The name that what a maker makes is bound to, by the line that it stands on; "" for none."""
    found = re.search(
        rf"([\w.$]+(?:\[[^\]]*\])?)\s*(?:,\s*\w+\s*)?(?::\s*[\w.\[\]| <>]+)?(?::=|=|:)\s*(?:await\s+)?(?:new\s+|&)?"
        rf"(?:[\w$]+\.)*{re.escape(maker)}(?:\[[^(]*\])?\(",
        line[-_LONGEST:],
    )
    return found[1] if found is not None else ""


def lacking(text: str) -> str:
    """What a class that is called a circuit breaker lacks to be one, by its text; "" where it has all."""
    if not _STATE.search(text) or not _COUNTED.search(text):
        return "it counts no failures against a limit that opens it"
    if not _REFUSES.search(text):
        return "it refuses nothing while it is open"
    if not _CLOCK.search(text):
        return "it never closes again by time"
    return ""
