"""An explanation for a terminal, without colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.report import explain_words as words
from auditor.report.explain import Explanation
from auditor.report.explain_tree import Part
from auditor.report.steps import NextStep
from auditor.report.text import one_line, plain

_SIGNS = {True: "✓", False: "✗", None: "?"}
_DEEPEST = 5


def text(made: Explanation, *, width: int = 80) -> str:
    """The explanation, at most `width` columns wide but for what cannot be broken."""
    return "\n".join(line.rstrip() for line in _lines(made, max(width, 40))) + "\n"


def _lines(made: Explanation, width: int) -> Iterator[str]:
    item = made.item
    yield from _wrapped(f"{item.number} {item.title}", width, "")
    yield from _wrapped(f"{item.id}: {'; '.join(words.standing(made))}", width, "  ")
    yield ""
    if made.verdict is not None or item.left_out:
        yield from _wrapped(f"{words.sign(made)} {words.state(made)}", width, "")
        if made.verdict is not None and made.verdict.open and item.open_title:
            yield from _wrapped(item.open_title, width, "  ")
        yield ""
    if item.why:
        yield from _section("Why it matters", item.why, width)
    yield from _decides(made, width)
    if made.verdict is not None:
        yield from _missing(made, width)
    yield from _produce(made, width)
    if made.raises:
        yield "What would raise its level"
        for sentence in made.raises:
            yield from _wrapped(f"- {sentence}", width, "  ")
        yield ""
    if item.fooled:
        yield from _section("How it can be fooled", item.fooled, width)
    for check in made.checks:
        yield "-" * min(width, 80)
        yield from _lines(check, width)


def _decides(made: Explanation, width: int) -> Iterator[str]:
    yield "What decides it"
    yield from _wrapped(" ".join(words.rules(made.item)), width, "  ", "  ")
    tree = _Tree(width, made.verdict is not None, set())
    if made.applies is not None:
        yield "  It applies unless it is shown that this is not so:"
        yield from tree.part(made.applies, 2)
    if made.requires is not None:
        yield "  It passes when this holds:"
        yield from tree.part(made.requires, 2)
    else:
        yield from _wrapped(words.undecided(made.item), width, "  ")
    for said in made.vouched:
        yield from _wrapped(f"✓ {said}", width, "    ")
    yield ""


@dataclass(frozen=True, slots=True)
class _Tree:
    width: int
    looked: bool
    said: set[str]

    def part(self, part: Part, depth: int) -> Iterator[str]:
        margin = "  " * min(depth, _DEEPEST)
        sign = _SIGNS[part.truth] if self.looked else "·"
        yield from _wrapped(f"{sign} {words.heading(part)}", self.width, margin)
        for sentence in words.told(part, self.said):
            yield from _wrapped(sentence, self.width, f"{margin}    ")
        for one in part.parts:
            yield from self.part(one, depth + 1)


def _missing(made: Explanation, width: int) -> Iterator[str]:
    yield "What is missing"
    for reason in made.missing:
        yield from _wrapped(f"- {reason}", width, "  ")
    if not made.missing:
        yield from _wrapped(words.nothing_missing(made), width, "  ")
    yield ""


def _produce(made: Explanation, width: int) -> Iterator[str]:
    if made.remedy is not None:
        yield words.remedy_title(made)
        yield from _next(made.remedy, width)
        yield ""
    if made.steps:
        yield "How to produce the evidence here"
        for step in made.steps:
            yield from _next(step, width)
        yield ""


def _next(step: NextStep, width: int) -> Iterator[str]:
    if step.advice:
        yield from _wrapped(step.advice, width, "  ", "  ")
    for block in (step.command, step.block):
        for line in plain(block).strip("\n").split("\n") if block.strip() else ():
            yield f"      {line}"


def _section(title: str, said: str, width: int) -> Iterator[str]:
    yield title
    yield from _wrapped(said, width, "  ", "  ")
    yield ""


def _wrapped(said: str, width: int, indent: str, hanging: str | None = None) -> list[str]:
    """One paragraph; lines after the first begin two columns further in, or with `hanging`."""
    return textwrap.wrap(
        one_line(said),
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
