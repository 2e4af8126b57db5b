"""What of a document is still to be written, and what only looks like it."""

from __future__ import annotations

import pytest

from auditor.formats.markdown_doc import read


@pytest.mark.parametrize(
    "text",
    [
        "Severity: TBD",
        "The owner is TBA.",
        "TODO",
        "TODO: describe the flow",
        "- TODO add steps",
        "Contact: TODO",
        "Roles: TODO, channel: chat",
        "FIXME the diagram",
        "Password is changeme",
        "CHANGE_ME",
        "Lorem ipsum dolor",
        "See [Link to runbook]",
        "[Insert name here]",
        "[Your team]",
        "[Nombre de la persona]",
        "Ask @engineer1",
        "Ask @ingeniero2.",
        "Clone your-org/app",
        "Open <your dashboard>",
        "Call 555-0123",
        "Call XXX-XXXX",
        "Released YYYY-MM-DD",
        "key xxxx",
        "Mail ops@example.com",
        "Open status.example.org",
        "To be defined.",
        "Pendiente de completar",
        "Coming soon!",
        "[guide](TODO)",
        "[guide](#)",
        "[guide]()",
        "[guide](https://github.com/your-org/app)",
        "[guide](https://example.com/x)",
        "| Owner | who |\n|---|---|\n| TBD | x |",
        "# TBD",
    ],
)
def test_a_gap_is_found_once(text: str) -> None:
    assert len(read(text).placeholders) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Todo el sistema, todo el tiempo.",
        "TODO EL SISTEMA",
        "No TODO comments in the code",
        "No TODO/FIXME in production code",
        "Update TODO.md with remaining items",
        "Every TODO must link an issue",
        "We count TODO markers",
        "`TODO` and `example.com` as code",
        "```\ncurl https://example.com  # TODO changeme\n```",
        "    TBD in indented code",
        "Use an address, for example https://example.com/a",
        "Por ejemplo: correo@example.com",
        "See https://github.com/org/app",
        "[link](docs/link-to.md)",
        "[x] done",
        "Follow @octocat",
        "ops@user.net",
        "Your organisation decides",
        "counterexample.company",
        "myexample.com",
        "A STBD side",
        "HTTP 5551 and 1555-2",
        "A work in progress limit keeps flow",
        "<!-- TODO hidden -->",
    ],
)
def test_what_is_no_gap_is_left_alone(text: str) -> None:
    assert read(text).placeholders == ()


def test_lines_are_those_of_the_text() -> None:
    found = read("# A\n\nfirst\nsecond TBD\n\n- x\n- ask @engineer1\n").placeholders
    assert [(gap.text, gap.line) for gap in found] == [("TBD", 4), ("@engineer1", 7)]
