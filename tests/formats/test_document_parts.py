"""What of a document is still to be written, and what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.formats.documents.markdown_doc import read
from tests.clocks import at_most

GAPS = """
Severity: TBD
The owner is TBA.
TODO
TODO: describe the flow
- TODO add steps
Contact: TODO
Roles: TODO, channel: chat
FIXME the diagram
Password is changeme
CHANGE_ME
Lorem ipsum dolor
See [Link to runbook]
[Insert name here]
[Your team]
[Nombre de la persona]
Ask @engineer1
Ask @ingeniero2.
Clone your-org/app
Open <your dashboard>
Call 555-0123
Call XXX-XXXX
Released YYYY-MM-DD
key xxxx
Mail ops@example.com
Open status.example.org
To be defined.
Pendiente de completar
Coming soon!
[guide](TODO)
[guide](#)
[guide]()
[guide](https://github.com/your-org/app)
[guide](https://example.com/x)
# TBD
""".strip().splitlines()


@pytest.mark.parametrize("text", [*GAPS, "| Owner | who |\n|---|---|\n| TBD | x |"])
def test_a_gap_is_found_once(text: str) -> None:
    assert len(read(text).placeholders) == 1


NO_GAPS = """
Todo el sistema, todo el tiempo.
TODO EL SISTEMA
No TODO comments in the code
No TODO/FIXME in production code
Update TODO.md with remaining items
Every TODO must link an issue
We count TODO markers
`TODO` and `example.com` as code
Use an address, for example https://example.com/a
Por ejemplo: correo@example.com
See https://github.com/org/app
[link](docs/link-to.md)
[x] done
Follow @octocat
ops@user.net
Your organisation decides
counterexample.company
myexample.com
A STBD side
HTTP 5551 and 1555-2
A work in progress limit keeps flow
<!-- TODO hidden -->
""".strip().splitlines()
CODE = ["```\ncurl https://example.com  # TODO changeme\n```", "    TBD in indented code"]


@pytest.mark.parametrize("text", [*NO_GAPS, *CODE])
def test_what_is_no_gap_is_left_alone(text: str) -> None:
    assert read(text).placeholders == ()


def test_lines_are_those_of_the_text() -> None:
    found = read("# A\n\nfirst\nsecond TBD\n\n- x\n- ask @engineer1\n").placeholders
    assert [(gap.text, gap.line) for gap in found] == [("TBD", 4), ("@engineer1", 7)]


def test_a_block_of_asciidoc_code_is_no_heading() -> None:
    document = read("== Install\n\n[source,bash]\n----\npip TBD\n----\n", name="README.adoc")
    assert [heading.text for heading in document.headings] == ["Install"]
    assert (document.placeholders, document.has_code) == ((), True)


@pytest.mark.parametrize(
    "piece",
    ["<h1>", "a\n", "_a", "www.", "<a ", "<!--", "[link to ", "TODO ", "a-", "x", "[[", "`", "1."],
)
def test_repetition_takes_no_time(piece: str) -> None:
    with at_most(3):
        read(piece * (40_000 // len(piece)))


def test_the_real_checklists_hold_the_gaps_that_a_reader_sees(samples: Any) -> None:
    found = {
        name: [(gap.text, gap.line) for gap in read(data, name=name).placeholders]
        for name, (data, _) in samples("checklists-md").items()
    }
    assert {name: gaps for name, gaps in found.items() if gaps} == {
        "sre-checklist.md": [("TBD", 145), ("TODO", 174), ("TODO", 327)]
    }
