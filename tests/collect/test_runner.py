"""The runner: each probe costs only itself, phases keep their order, and every answer can be stored."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.codec import encode
from auditor.collect.runner import collect
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.model.evidence import (
    Evidence,
    Fact,
    Finding,
    Location,
    Problem,
    ProblemKind,
    Source,
    SourceKind,
    Status,
)
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType, Need, Phase
from auditor.model.target import Deployment, Looking
from auditor.probing.contract import Context, Observation, Probe
from auditor.probing.doors.access import Access, Grant
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import make_context
from tests.collect.worlds import NUMBER, good, made, value_of

SOURCE = Source(SourceKind.FILE, "here")


def run(*probes: Probe, **looking: Any) -> dict[str, Evidence]:
    """The evidence of a run beside a probe that behaves, by probe."""
    context = make_context(looking=Looking(**looking))
    evidence = collect([*probes, good("z.bystander", "z")], context)
    answers = {e.probe: e for e in evidence}
    assert answers["z.bystander"].status in (Status.OK, Status.SKIPPED)
    return answers


def raising(error: BaseException) -> Callable[[Context], Iterator[Observation]]:
    def look(ctx: Context) -> Iterator[Observation]:
        yield NUMBER.of(1, level=Level.OBSERVED, source=SOURCE)
        raise error

    return look


class _Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("cannot even say so")


class TestBrokenProbes:
    @pytest.mark.parametrize(
        ("error", "kind", "said"),
        [
            (Trouble(ProblemKind.DENIED, "It may not.", "Ask."), "denied", "It may not."),
            (Malformed("The file is broken.", line=3), "malformed", "The file is broken. (line 3)"),
            (TooLarge("The file is huge."), "too_large", "The file is huge."),
            (KeyError("x"), "crashed", "KeyError: 'x'"),
            (RecursionError("too deep"), "crashed", "RecursionError: too deep"),
            (MemoryError(), "crashed", "MemoryError"),
            (SystemExit(3), "crashed", "SystemExit: 3"),
            (KeyboardInterrupt(), "crashed", "KeyboardInterrupt"),
            (GeneratorExit(), "crashed", "GeneratorExit"),
            (StopIteration(), "crashed", "RuntimeError: generator raised StopIteration"),
            (_Unprintable(), "crashed", "_Unprintable: <exception str() failed>"),
            (ValueError("\udcff \x1b[31m"), "crashed", "ValueError"),
        ],
    )
    def test_an_error_costs_only_its_own_probe(
        self, error: BaseException, kind: str, said: str
    ) -> None:
        answers = run(made("a.broken", raising(error)))
        broken = answers["a.broken"]
        assert (broken.status, broken.facts) == (Status.FAILED, ()), (
            "what it saw before is not trusted"
        )
        assert [p.kind.value for p in broken.problems] == [kind]
        assert broken.problems[0].message.startswith(said)
        assert value_of(answers["z.bystander"]) == 1
        assert encode(broken)

    def test_a_crash_names_the_place_and_the_probe_and_no_folder(self) -> None:
        problem = run(made("a.broken", raising(KeyError("x"))))["a.broken"].problems[0]
        assert "test_runner.py:" in problem.message
        assert str(Path(__file__).parent) not in problem.message
        assert problem.hint == "This is a bug in the probe a.broken."

    def test_real_recursion_is_survived(self) -> None:
        def deep(n: int) -> int:
            return deep(n + 1)

        def look(ctx: Context) -> Iterator[Observation]:
            yield NUMBER.of(deep(0), level=Level.OBSERVED, source=SOURCE)

        assert run(made("a.deep", look))["a.deep"].problems[0].kind is ProblemKind.CRASHED

    def test_a_tool_that_leaves_the_process_leaves_only_its_probe(self) -> None:
        def look(ctx: Context) -> Iterator[Observation]:
            sys.exit("usage: a-linter [options]")
            yield

        told = run(made("a.exit", look))["a.exit"].problems[0].message
        assert told.startswith("SystemExit: usage: a-linter [options]")

    def test_secrets_in_what_went_wrong_are_taken_out(self) -> None:
        token = "ghp_" + "a1B2" * 9
        for error in (ValueError(f"token {token}"), Trouble(ProblemKind.DENIED, token, token)):
            problem = run(made("a.leaky", raising(error)))["a.leaky"].problems[0]
            assert token not in problem.message + problem.hint

    @pytest.mark.parametrize(
        "look", [lambda ctx: None, lambda ctx: 7, lambda: [], lambda ctx: "text"]
    )
    def test_a_look_that_is_no_look(self, look: Any) -> None:
        assert run(made("a.odd", look))["a.odd"].status is Status.FAILED

    def test_a_look_may_give_a_list_or_nothing(self) -> None:
        answers = run(
            made("a.list", lambda ctx: [NUMBER.of(4, level=Level.OBSERVED, source=SOURCE)])
        )
        assert value_of(answers["a.list"]) == 4
        assert run(made("a.none", lambda ctx: []))["a.none"] == replace(
            run(made("a.none", lambda ctx: []))["a.none"], facts=(), status=Status.OK
        )


class TestNonsense:
    @pytest.mark.parametrize(
        "observation",
        [
            None,
            "a text",
            {"n": 1},
            object(),
            Fact("n", "one", Level.OBSERVED, SOURCE),
            Fact("n", True, Level.OBSERVED, SOURCE),
            Fact("n", float("nan"), Level.OBSERVED, SOURCE),
            Fact("n", 10**400, Level.OBSERVED, SOURCE),
            Fact("n", None, Level.OBSERVED, SOURCE),  # type: ignore[arg-type]
            Fact("audit.proven", 100, Level.VERIFIED, SOURCE),
            Fact("n", 1, Level.OBSERVED, SOURCE, subject="x"),
            Problem(ProblemKind.DENIED, 7),  # type: ignore[arg-type]
        ],
        ids=lambda o: type(o).__name__,
    )
    def test_what_is_no_promised_observation_spoils_the_look(self, observation: object) -> None:
        answer = run(made("a.odd", lambda ctx: [observation]))["a.odd"]
        assert (answer.status, answer.facts) == (Status.FAILED, ())
        assert answer.problems[0].kind is ProblemKind.CRASHED

    @pytest.mark.parametrize(
        "observation",
        [
            Fact("n", 1, "observed!", SOURCE),  # type: ignore[arg-type]
            Fact("n", 1, Level.OBSERVED, "here"),  # type: ignore[arg-type]
            Fact("n", 1, Level.OBSERVED, SOURCE, locations=("a.py",)),  # type: ignore[arg-type]
            Fact("n", 1, Level.OBSERVED, SOURCE, produced_at=3),  # type: ignore[arg-type]
            Fact("n", 1, Level.OBSERVED, replace(SOURCE, locator=Path("x"))),  # type: ignore[arg-type]
            Finding("rule", "message", "n", location=Path("x")),  # type: ignore[arg-type]
            Finding(object(), "message", "n"),  # type: ignore[arg-type]
            Problem("odd", "It is odd."),  # type: ignore[arg-type]
            Problem(ProblemKind.DENIED, "It may not.", facts=(1,)),  # type: ignore[arg-type]
        ],
        ids=lambda o: type(o).__name__,
    )
    def test_what_cannot_be_stored_and_read_back_spoils_the_look(self, observation: object) -> None:
        answer = run(made("a.odd", lambda ctx: [observation]))["a.odd"]
        assert (answer.status, answer.facts) == (Status.FAILED, ())
        assert answer.problems[0].kind is ProblemKind.CRASHED
        assert encode(answer)

    def test_names_in_another_encoding_can_be_stored(self) -> None:
        odd = "caf\udce9.py"
        texts = FactSpec("list", FactType.LIST, "L.")
        observation = texts.of(
            [odd], level=Level.OBSERVED, source=SOURCE, locations=[Location(odd)]
        )
        answer = run(made("a.odd", lambda ctx: [observation], emits=[texts]))["a.odd"]
        assert answer.status is Status.OK
        assert b"caf\\\\udce9.py" in encode(answer)

    def test_a_look_without_end_is_stopped(self) -> None:
        def look(ctx: Context) -> Iterator[Observation]:
            while True:
                yield Problem(ProblemKind.DENIED, "Again.")

        answer = run(made("a.endless", look))["a.endless"]
        assert answer.problems[0].kind is ProblemKind.TOO_LARGE
        assert answer.problems[0].message == "The probe made more than 20,000 observations."


class TestDeadlines:
    def test_a_probe_that_hangs_is_given_up_and_the_others_are_not(self) -> None:
        released = threading.Event()

        def look(ctx: Context) -> Iterator[Observation]:
            released.wait(20)
            yield NUMBER.of(1, level=Level.OBSERVED, source=SOURCE)

        started = time.monotonic()
        answers = run(made("a.slow", look, timeout_s=0.2))
        assert time.monotonic() - started < 5
        released.set()
        slow = answers["a.slow"]
        assert (slow.status, slow.facts) == (Status.FAILED, ())
        assert slow.problems[0].kind is ProblemKind.TIMED_OUT
        assert slow.problems[0].message == (
            "The probe a.slow did not finish within 0.2 s and was given up."
        )

    def test_a_late_answer_is_thrown_away(self) -> None:
        def slow(ctx: Context) -> Iterator[Observation]:
            time.sleep(0.3)
            yield NUMBER.of(1, level=Level.OBSERVED, source=SOURCE)

        def steady(ctx: Context) -> Iterator[Observation]:
            time.sleep(0.6)
            yield FactSpec("m", FactType.NUMBER, "M.").of(2, level=Level.OBSERVED, source=SOURCE)

        other = made("b.steady", steady, emits=[FactSpec("m", FactType.NUMBER, "M.")])
        answers = run(made("a.slow", slow, timeout_s=0.1), other)
        assert answers["a.slow"].status is Status.FAILED
        assert value_of(answers["b.steady"]) == 2

    def test_more_probes_than_threads_all_get_their_turn(self) -> None:
        many = [good(f"a.p{n:02}", f"n.{n}", n) for n in range(40)]
        answers = run(*many)
        assert [value_of(answers[p.spec.id]) for p in many] == list(range(40))

    def test_hung_probes_do_not_hold_up_those_that_wait_for_a_thread(self) -> None:
        released = threading.Event()

        def look(ctx: Context) -> Iterator[Observation]:
            released.wait(20)
            yield NUMBER.of(1, level=Level.OBSERVED, source=SOURCE)

        hung = [
            made(f"a.h{n}", look, timeout_s=0.2, emits=[FactSpec(f"h.{n}", FactType.NUMBER, "H.")])
            for n in range(12)
        ]
        answers = run(*hung)
        released.set()
        assert {answers[p.spec.id].status for p in hung} == {Status.FAILED}


class TestPhases:
    def test_phases_run_in_order_and_never_overlap(self) -> None:
        events: list[tuple[str, Phase]] = []
        lock = threading.Lock()

        def of_phase(phase: Phase, n: int) -> Probe:
            def look(ctx: Context) -> Iterator[Observation]:
                with lock:
                    events.append(("began", phase))
                time.sleep(0.02)
                with lock:
                    events.append(("ended", phase))
                return iter(())

            return made(f"{phase.name.lower()}.p{n}", look, emits=[], phase=phase)

        probes = [of_phase(phase, n) for n in range(3) for phase in reversed(Phase)]
        run(*probes, allow_load=True)
        assert [phase for _, phase in events] == sorted(phase for _, phase in events)
        quiet = [what for what, phase in events if phase in (Phase.QUIET, Phase.INTRUSIVE)]
        assert quiet == ["began", "ended"] * 6, "one at a time: a measurement must not measure us"

    def test_the_answers_are_sorted_whatever_finished_first(self) -> None:
        def look(ctx: Context) -> Iterator[Observation]:
            time.sleep(0.05)
            return iter(())

        probes = [
            made("a.last", look, emits=[]),
            good("b.first"),
            good("a.live", "m", phase=Phase.LIVE),
        ]
        evidence = collect(probes, make_context())
        assert [e.probe for e in evidence] == ["a.last", "a.live", "b.first"]

    def test_progress_is_told_of_every_probe(self) -> None:
        told: list[str] = []

        class Listener:
            def began(self, probe: str) -> None:
                told.append(f"began {probe}")

            def ended(self, evidence: Evidence) -> None:
                told.append(f"ended {evidence.probe} {evidence.status.value}")

        away = made("b.away", lambda ctx: [], needs=[Need.URL])
        loud = good("c.loud", "m", phase=Phase.INTRUSIVE)
        collect([good("a.good"), away, loud], make_context(), Listener())
        assert sorted(told) == [
            "began a.good",
            "began b.away",
            "ended a.good ok",
            "ended b.away skipped",
            "ended c.loud skipped",
        ]


class TestSelection:
    @pytest.mark.parametrize(
        ("only", "looked"),
        [
            ((), ["repo.docs", "reports.tests"]),
            (("repo.*",), ["repo.docs"]),
            (("repo.docs", "reports.*"), ["repo.docs", "reports.tests"]),
            (("docs",), []),
            (("REPO.*",), []),
        ],
    )
    def test_only_what_matches_looks(self, only: tuple[str, ...], looked: list[str]) -> None:
        probes = [good("repo.docs"), good("reports.tests", "m")]
        context = make_context(looking=Looking(only=only))
        evidence = collect(probes, context)
        assert [e.probe for e in evidence if e.status is Status.OK] == looked
        for one in evidence:
            if one.status is Status.SKIPPED:
                assert one.problems[0].message == "It was not selected by --only."

    @pytest.mark.parametrize(
        ("need", "kind", "hint"),
        [
            (Need.URL, "not_configured", "--url"),
            (Need.PROMETHEUS, "not_configured", "--prometheus"),
            (Need.ALERTMANAGER, "not_configured", "--alertmanager"),
            (Need.NETWORK, "denied", "--offline"),
        ],
    )
    def test_an_unmet_need_skips_the_probe_and_says_what_to_do(
        self, need: Need, kind: str, hint: str
    ) -> None:
        answer = run(good(needs=[need]), offline=True)["a.good"]
        assert (answer.status, answer.facts) == (Status.SKIPPED, ())
        assert answer.problems[0].kind.value == kind
        assert hint in answer.problems[0].hint

    def test_a_met_need_lets_it_look(self) -> None:
        urls = (
            "https://x.test",
            "http://p.test",
            "http://a.test",
            "http://g.test",
            "http://l.test",
        )
        where = Deployment("staging", *urls)
        systems = ("kubernetes", "pagerduty", "gitlab")
        granted = Access({name: Grant("http://s.test") for name in systems})
        everything = good(needs=[n for n in Need if n is not Need.NETWORK])
        (answer,) = collect([everything], make_context(deployment=where, access=granted))
        assert answer.status is Status.OK


class TestIntrusive:
    """Load and attack only on explicit demand, and only against hosts on the operator's list."""

    LOUD = good(phase=Phase.INTRUSIVE)
    STAGING = Deployment("staging", "https://Staging.test:8443/base")

    def answer(self, where: Deployment | None = None, **looking: Any) -> Evidence:
        context = make_context(looking=Looking(**looking), deployment=where)
        (answer,) = collect([self.LOUD], context)
        return answer

    def test_it_is_refused_without_a_flag(self) -> None:
        answer = self.answer(self.STAGING, allow_hosts=("staging.test",))
        assert (answer.status, answer.problems[0].kind) == (Status.SKIPPED, ProblemKind.DENIED)
        assert "--allow-load" in answer.problems[0].hint

    @pytest.mark.parametrize("flag", ["allow_load", "allow_intrusive"])
    def test_it_is_refused_against_a_host_that_is_not_listed(self, flag: str) -> None:
        answer = self.answer(self.STAGING, **{flag: True, "allow_hosts": ("other.test",)})
        assert answer.status is Status.SKIPPED
        assert answer.problems[0].hint.startswith("Run again with --allow-host staging.test")

    def test_it_is_refused_against_production_even_when_listed(self) -> None:
        production = replace(self.STAGING, production=True)
        answer = self.answer(production, allow_load=True, allow_hosts=("staging.test",))
        assert answer.status is Status.SKIPPED
        assert "is a production one" in answer.problems[0].message

    @pytest.mark.parametrize("flag", ["allow_load", "allow_intrusive"])
    def test_it_runs_against_a_listed_host(self, flag: str) -> None:
        answer = self.answer(self.STAGING, **{flag: True, "allow_hosts": ("STAGING.test",)})
        assert answer.status is Status.OK
