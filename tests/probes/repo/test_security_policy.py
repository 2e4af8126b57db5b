"""repo.security_policy reads whom to tell of a flaw, how soon there is an answer, and what is mended."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.security_policy import missing, security_policy

GOOD = (
    "# Security\n\nReport a vulnerability to security@orders.invalid. We answer within 3 business days.\n\n"
    "## Supported versions\n\nThe last two minor releases.\n"
)
EVERYTHING = [
    "does not say how to report in private",
    "does not say how soon somebody answers",
    "does not say which versions are mended",
]


def look(files: dict[str, Any]) -> dict[str, Any]:
    """The facts without `security_policy.`, entries without their path."""
    found = values(run_probe(security_policy, repo=files))
    return {
        key.removeprefix("security_policy."): [str(e).partition(" ")[2] or e for e in value]
        for key, value in found.items()
        if isinstance(value, list)
    }


@pytest.mark.parametrize("path", ["SECURITY.md", ".github/SECURITY.md", "docs/security.md"])
def test_present(path: str) -> None:
    assert look({path: GOOD}) == {"file": [path], "missing": []}


def test_missing_is_unknown_since_the_organisation_may_have_one() -> None:
    evidence = run_probe(security_policy, repo={"README.md": GOOD})
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_nothing_to_look_at() -> None:
    assert look({}) == {}


def test_malformed_is_what_says_nothing() -> None:
    assert look({"SECURITY.md": "\0\x01 \xff"})["missing"] == EVERYTHING


def test_denied() -> None:
    evidence = run_probe(
        security_policy, repo={"SECURITY.md": Trouble(ProblemKind.DENIED, "SECURITY.md")}
    )
    assert (values(evidence), problems(evidence)) == ({}, ["denied"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Security\n",
        "# Security\n\nWe take security seriously.\n",
        "Report to security@example.com within 3 days. Supported versions: all of <your project>.\n",
        "Report to [INSERT ADDRESS], answered in TBD days.\n",
    ],
)
def test_false_green_a_template_says_nothing(text: str) -> None:
    assert look({"SECURITY.md": text})["missing"] == EVERYTHING


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("Report a vulnerability through https://git.invalid/a/security/advisories.", 2),
        ("Comunica cada fallo a seguridad@pedidos.invalid; respondemos en 5 días. Versiones soportadas: 2.x.", 0),
        ("Write to a@b.invalid.", 3),
        ("Disclose on https://hackerone.com/orders. Answered in 48 hours.", 1),
    ],
)  # fmt: skip
def test_each_part_is_told_by_itself(text: str, lacks: int) -> None:
    assert len(missing(text)) == lacks


def test_the_file_that_the_forge_shows_first_counts() -> None:
    assert look({"SECURITY.md": "x", ".github/SECURITY.md": GOOD})["missing"] == []
