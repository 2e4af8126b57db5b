"""An explanation as Markdown, for a ticket or a wiki."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.report import explain_words as words
from auditor.report.explain import Explanation
from auditor.report.explain_tree import Part
from auditor.report.steps import NextStep
from auditor.report.text import markdown, markdown_block, markdown_code

_SIGNS = {True: "✓", False: "✗", None: "?"}


def render(made: Explanation) -> str:
    """The explanation; whatever came from the target is inert in it."""
    return "\n".join(_lines(made, 1)).rstrip() + "\n"


def _lines(made: Explanation, depth: int) -> Iterator[str]:
    item, mark = made.item, "#" * min(depth, 5)
    yield from (f"{mark} {markdown(f'{item.number} {item.title}')}", "")
    yield from (f"{markdown_code(item.id)}: {markdown('; '.join(words.standing(made)))}", "")
    if made.verdict is not None or item.left_out:
        yield from (f"{words.sign(made)} **{markdown(words.state(made))}**", "")
    if item.why:
        yield from (f"{mark}# Why it matters", "", _prose(item.why), "")
    yield from (f"{mark}# What decides it", "")
    yield from (f"- {markdown(sentence)}" for sentence in words.rules(item))
    yield ""
    looked = made.verdict is not None
    said: set[str] = set()
    if made.applies is not None:
        yield from ("It applies unless it is shown that this is not so:", "")
        yield from (*_part(made.applies, 0, looked, said), "")
    if made.requires is not None:
        yield from ("It passes when this holds:", "", *_part(made.requires, 0, looked, said), "")
    else:
        yield from (markdown(words.undecided(item)), "")
    if made.vouched:
        yield from (*(f"- ✓ {markdown(said)}" for said in made.vouched), "")
    if looked:
        yield from (f"{mark}# What is missing", "")
        yield from [f"- {markdown(reason)}" for reason in made.missing] or [
            markdown(words.nothing_missing(made))
        ]
        yield ""
    if made.remedy is not None:
        yield from (f"{mark}# {words.remedy_title(made)}", "", *_step(made.remedy))
    if made.steps:
        yield from (f"{mark}# How to produce the evidence here", "")
        yield from (line for step in made.steps for line in _step(step))
    if made.raises:
        yield from (f"{mark}# What would raise its level", "")
        yield from (*(f"- {markdown(sentence)}" for sentence in made.raises), "")
    if item.fooled:
        yield from (f"{mark}# How it can be fooled", "", _prose(item.fooled), "")
    for check in made.checks:
        yield from _lines(check, depth + 1)


def _part(part: Part, depth: int, looked: bool, said: set[str]) -> Iterator[str]:
    margin = "  " * depth
    sign = f"{_SIGNS[part.truth]} " if looked else ""
    yield f"{margin}- {sign}{markdown(words.heading(part))}"
    yield from (f"{margin}  - {markdown(sentence)}" for sentence in words.told(part, said))
    for one in part.parts:
        yield from _part(one, depth + 1, looked, said)


def _step(step: NextStep) -> Iterator[str]:
    if step.advice:
        yield from (_prose(step.advice), "")
    for block in (step.command, step.block):
        if block.strip():
            yield from (markdown_block(block), "")


def _prose(text: str) -> str:
    return markdown(" ".join(text.split()))
