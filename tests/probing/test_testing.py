"""The tools for authors of probes: what they make up behaves as the real thing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auditor.model.evidence import Problem, ProblemKind, Status
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType, Need
from auditor.probing.contract import Context, Observation, probe
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, NOW, make_context, problems, run_probe, values

WORDS = FactSpec("words", FactType.NUMBER, "Words.", subjects=("*",))


@probe("a.probe", title="A probe", emits=[WORDS], needs=[Need.REPOSITORY], version="3")
def words(ctx: Context) -> Iterator[Observation]:
    """Counts the words of every text."""
    for entry in ctx.repo.find("*.txt"):
        count = len(ctx.repo.read(entry.path).text.split())
        yield WORDS.of(count, level=Level.EFFECTIVE, source=ctx.repo.source(), subject=entry.path)
    if not ctx.repo.find("*.txt"):
        yield Problem(ProblemKind.VACUOUS, "There is no text.", facts=("words",))


def test_a_probe_gives_its_evidence() -> None:
    evidence = run_probe(words, repo={"b.txt": "one two", "a.txt": "", "c.md": "x"})
    assert values(evidence) == {"words@a.txt": 0, "words@b.txt": 2}
    assert (evidence.probe, evidence.version, evidence.status) == ("a.probe", "3", Status.OK)
    assert evidence.started == NOW.isoformat()
    assert [f.subject for f in evidence.facts] == ["a.txt", "b.txt"], "facts are sorted"


def test_problems_are_told_by_their_kinds() -> None:
    assert problems(run_probe(words, repo={})) == ["vacuous"]
    denied = Trouble(ProblemKind.DENIED, "It may not be read.")
    evidence = run_probe(words, repo={"a.txt": denied})
    assert (evidence.status, problems(evidence)) == (Status.FAILED, ["denied"])


def test_a_need_that_is_not_met_skips_it() -> None:
    away = probe("b.probe", title="B", emits=[], needs=[Need.URL])(lambda ctx: [])
    assert run_probe(away).status is Status.SKIPPED
    assert run_probe(away, http={}).status is Status.OK


def test_its_doc_page_is_the_docstring_of_its_module() -> None:
    assert words.spec.doc.startswith("The tools for authors of probes")


def test_the_context_is_that_of_an_audit() -> None:
    context = make_context(repo={"a": "x"}, root="svc", http={"/health": (200, "ok")})
    assert (context.observed_at, context.target.commit) == (NOW.isoformat(), COMMIT)
    assert context.repo.root == "svc"
    assert context.http.get("/health").text == "ok"
    assert context.http.get("/nowhere").status == 404


def test_tools_answer_from_a_table() -> None:
    command = make_context(
        commands={"bandit": (1, "{}"), "slow": Trouble(ProblemKind.TIMED_OUT, "Slow.")}
    ).command
    ran = command.run(["bandit", "-r", "."], timeout_s=1)
    assert (ran.exit_code, ran.stdout, command.find("bandit")) == (1, b"{}", "/fake/bandit")
    with pytest.raises(Trouble, match="Slow"):
        command.run(["slow"], timeout_s=1)
    with pytest.raises(Trouble, match="The tool ruff is not installed"):
        command.run(["ruff"], timeout_s=1)
