"""The text of an auditor.yaml for a service, from what a first look saw and what its people answered.

Whatever comes from the target is quoted, or stands in a comment on a line of its own.
"""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.model.item import Tier
from auditor.model.survey import Candidate, FoundReport, FoundService
from auditor.report.text import one_line

_PLAIN = re.compile(r"[A-Za-z][\w./*-]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"})
_WIDTH = 98
_MOST_REPORTS = 8


@dataclass(frozen=True, slots=True)
class Answers:
    """What nobody can see in files: how much depends on the service, where it runs, what it is for.

    `features` are ids of candidates; what is not answered stays a comment.
    """

    tier: str = ""
    staging: str = ""
    features: tuple[str, ...] = ()


def draft(
    service: FoundService,
    *,
    name: str,
    root: str = "",
    place: str = ".",
    tiers: Iterable[Tier] = (),
    answers: Answers | None = None,
) -> str:
    """The file's text. `root` is where the service lies below the file, `place` how one audits it."""
    answered = answers or Answers()
    parts = [
        _head(place),
        _identity(service, name, root),
        _tier(list(tiers), answered.tier),
        ["# What decides. A file of your own may change it: extends: production-readiness",
         "checklist: production-readiness"],
        _deployments(service, answered.staging),
        _evidence(service),
        _features(service.features, answered.features),
        _promises(service),
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(place: str) -> list[str]:
    return [
        "# What this service tells the auditor. Every key is optional, and each is described by:",
        "#   auditor checklist schema auditor",
        "# Written by auditor init from files alone: nothing was run, and no address was asked.",
        f"# Next: auditor audit {one_line(place)}",
    ]


def _identity(service: FoundService, name: str, root: str) -> list[str]:
    why = (
        f"  # as {one_line(service.named_by)} says"
        if service.named_by
        else "  # the name of its folder"
    )
    lines = [f"service: {value(name)}{why}"]
    if root:
        lines.append(f"root: {value(root)}  # where it lies, below this file")
    if service.language:
        lines.append(f"# Mostly {one_line(service.language)}.")
    lines += [f"# It starts with a {one_line(start)}" for start in service.starts]
    if not service.starts:
        lines += _comment(
            "Nothing says where it starts: a Dockerfile, Procfile, console script or main function would. Until"
            " then, what hangs on code that runs stays unknown."
        )
    return lines


def _tier(tiers: list[Tier], chosen: str) -> list[str]:
    lines = ["# How much depends on it. Without a tier, all of the checklist applies."]
    lines += [line for t in tiers for line in _comment(f"{t.name}: {t.title}", "#   ")]
    if tiers:
        known = chosen or tiers[0].name
        lines.append(f'tier: "{known}"' if chosen else f'# tier: "{known}"')
    return lines


def _deployments(service: FoundService, staging: str) -> list[str]:
    lines = _comment(
        "Running deployments. One is contacted only when you name it: auditor audit --deployment staging."
        " Beside url: prometheus, alertmanager, grafana, loki; production: true keeps load and attacks away."
    )
    if service.deployments:
        lines.append("# Files name these addresses; none of them was asked:")
        lines += [f"#   {one_line(s.url)} ({one_line(s.where)})" for s in service.deployments]
    if staging:
        return [*lines, "deployments:", f"  staging: {{url: {value(staging)}}}"]
    outside = (s.url for s in service.deployments if "//127.0.0.1" not in s.url)
    shown = next(outside, "https://staging.example.net")
    return [*lines, "# deployments:", f"#   staging: {{url: {value(one_line(shown))}}}"]


def _evidence(service: FoundService) -> list[str]:
    lines = _comment(
        "Reports of tools are found by their content anywhere below the service, whatever they are called."
        " Name here those that lie among examples or test data."
    )
    if service.reports:
        shown = service.reports[:_MOST_REPORTS]
        lines.append("# Seen now:")
        lines += [f"#   {one_line(r.path)} ({one_line(r.what)})" for r in shown]
        more = len(service.reports) - len(shown)
        lines += [f"#   and {more} more"] if more else []
    if service.commands:
        lines.append("# What makes them in this stack:")
        width = max(len(what) for what, _ in service.commands)
        lines += [
            f"#   {one_line(what):<{width}}  {one_line(call)}" for what, call in service.commands
        ]
    globs = _globs(service.reports)
    if globs:
        return [*lines, f"evidence: [{', '.join(value(glob) for glob in globs)}]"]
    return [*lines, "# evidence: [reports/**/*.xml, reports/**/*.json]"]


def _globs(reports: Iterable[FoundReport]) -> list[str]:
    """One glob for each folder and ending, folders deep down by their first two steps."""
    found: dict[str, None] = {}
    for report in reports:
        folder, name = posixpath.split(report.path)
        _, dot, ending = name.rpartition(".")
        if re.search(r"[*?\[\]{}]", report.path) or not dot:
            continue  # a name that is a pattern itself would name others
        steps = folder.split("/") if folder else []
        deep = len(steps) > 1
        found[
            posixpath.join(*steps[:2], "**" if deep else "", f"*.{ending}") if steps else name
        ] = None
    return list(found)[:_MOST_REPORTS]


def _features(candidates: tuple[Candidate, ...], chosen: tuple[str, ...]) -> list[str]:
    lines = _comment(
        "What the service is for, each with what proves it: acceptance tests, a path that answers, a metric that"
        " moves. While none is declared, section 1.1 holds one open item that says so."
    )
    taken = [c for c in candidates if c.id in chosen]
    rest = [c for c in candidates if c.id not in chosen]
    if taken:
        lines += ["features:", *(line for c in taken for line in _feature(c))]
    if rest:
        lines.append(
            "# Routes in the code that may be one:" if taken else "# Routes in the code suggest:"
        )
        lines += [] if taken else ["# features:"]
        lines += [f"# {line}" for c in rest for line in _feature(c)]
    if not candidates:
        lines += [
            "# features:",
            "#   - id: payments",
            "#     title: Pay an order",
            '#     tests: ["tests/e2e/test_pay.py::*"]',
            "#     live: {get: /pay/health}",
            "#     metric: payments_total",
        ]
    return lines


def _feature(one: Candidate) -> Iterator[str]:
    yield f"  - id: {value(one.id)}  # {one_line(', '.join(one.routes))}"
    yield f"    title: {value(one.title)}"
    if one.tests:
        yield f"    tests: [{', '.join(value(test) for test in one.tests)}]"
    if one.get:
        yield f"    live: {{get: {value(one.get)}}}"


def _promises(service: FoundService) -> list[str]:
    lines = _comment(
        "What does not concern the service, with the reason; what people vouch for, and what may stay open for a"
        " while. auditor attest and auditor waive write those two files."
    )
    lines += [
        "# not_applicable:",
        '#   security.compliance.pci: "no card data: the payment page is hosted"',
    ]
    for key in ("attestations", "waivers"):
        path = f"readiness/{key}.yaml"
        lines.append(f"{'' if path in service.owners_files else '# '}{key}: {path}")
    return lines


def value(text: str) -> str:
    """A text as YAML reads it back: plain where that is safe, else in double quotes."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not text.endswith((".", "-"))
    return text if plain else f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    """One character within double quotes. A byte that is no UTF-8 becomes `?`, which a glob takes for any."""
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return "?"
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return (
        f"\\x{code:02x}"
        if code <= 0xFF
        else f"\\u{code:04x}"
        if code <= 0xFFFF
        else f"\\U{code:08x}"
    )


def _comment(said: str, margin: str = "# ") -> list[str]:
    return textwrap.wrap(
        one_line(said),
        _WIDTH,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
        break_long_words=False,
    )
