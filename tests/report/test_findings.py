"""Open items as findings: places, fingerprints and words that every forge is given."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.evidence import Location
from auditor.model.report import Report
from auditor.model.verdict import Reason, Verdict
from auditor.report import findings

from .sample_parts import BLOCKER, CRITICAL, failed, item, passed, unknown


def at(*places: Location) -> Verdict:
    return failed(item("1.1", BLOCKER, "Tests pass"), Reason("Two tests fail", locations=places))


def test_blockers_come_first_and_waived_ones_last_among_their_like(sample: Report) -> None:
    found = findings.open_items(sample)
    order = [(v.item.severity, v.outcome.value, v.waived is not None) for v in found]
    assert [str(severity) for severity, _, _ in order] == [
        *["blocker"] * 8,
        *["critical"] * 4,
        "important",
        *["nice"] * 2,
    ]
    assert [outcome for _, outcome, _ in order[:8]] == ["fail"] * 3 + ["unknown"] * 5
    assert [waived for _, _, waived in order[:8]] == [False] * 7 + [True]


def test_a_fingerprint_stays_when_lines_move_and_files_are_renamed(sample: Report) -> None:
    before = findings.fingerprint(sample, at(Location("app.py", 7)))
    after = findings.fingerprint(sample, at(Location("web/app.py", 312)))
    assert before == after
    assert len(before) == 64


def test_fingerprints_differ_between_items_and_between_services_of_a_repository(
    sample: Report,
) -> None:
    marks = {findings.fingerprint(sample, v) for v in sample.verdicts()}
    assert len(marks) == len(sample.verdicts())
    other = replace(sample, target=replace(sample.target, root="services/payments"))
    assert marks.isdisjoint(findings.fingerprint(other, v) for v in sample.verdicts())


def test_a_service_root_is_one_with_or_without_a_slash(sample: Report) -> None:
    slash = replace(sample, target=replace(sample.target, root="services/orders/"))
    assert findings.anchor(slash) == findings.anchor(sample) == "services/orders/auditor.yaml"
    verdict = at()
    assert findings.fingerprint(slash, verdict) == findings.fingerprint(sample, verdict)


@pytest.mark.parametrize("root", ["", ".", "/"])
def test_without_a_file_an_item_stands_at_the_configuration_of_the_root(
    sample: Report, root: str
) -> None:
    top = replace(sample, target=replace(sample.target, root=root))
    assert findings.anchor(top) == "auditor.yaml"


def test_places_are_files_each_once_with_those_of_open_parts_and_without_addresses() -> None:
    shown = Location("a.py", 1)
    verdict = replace(
        at(shown, shown, Location(url="https://example.net/x"), Location("b.py")),
        checks=(
            at(Location("part.py", 3)),
            passed(item("1.1.b", BLOCKER, "Fine"), "Seen in app.py"),
        ),
    )
    assert list(map(str, findings.files(verdict))) == ["a.py:1", "b.py", "part.py:3"]


def test_words_tell_three_reasons_and_count_the_rest() -> None:
    reasons = [Reason(f"Reason {n}") for n in range(1, 6)]
    told = findings.words(failed(item("1.1", CRITICAL, "x"), *reasons))
    assert told == "Reason 1. Reason 2. Reason 3. And 2 more reasons."


def test_words_say_of_an_unknown_blocker_that_it_counts_as_a_fail() -> None:
    reason = Reason("No report was found.")
    blocker = unknown(item("1.1", BLOCKER, "x"), reason)
    assert findings.words(blocker) == "Not known (counts as a fail). No report was found."
    critical = unknown(item("1.1", CRITICAL, "x"), reason)
    assert findings.words(critical) == "Not known. No report was found."


def test_words_name_addresses_without_the_password_that_they_may_carry() -> None:
    told = findings.words(at(Location(url="https://ci:hunter2@staging.example.net/version")))
    assert told == "Two tests fail. Seen at https://staging.example.net/version."


@given(st.text(st.characters(), min_size=1, max_size=40))
def test_a_path_as_uri_is_a_relative_path_and_nothing_else(path: str) -> None:
    made = findings.uri(path)
    parts = urlsplit(made)
    assert made.isascii()
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert not made.startswith("/")


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("src/a b.py", b"src/a b.py"),
        ("a:b?c#d%41.py", b"a:b?c#d%41.py"),
        ("./x.py", b"x.py"),
        ("//host/x.py", b"host/x.py"),
        ("ol\udce9.py", b"ol\xe9.py"),
        ("\ud800.py", b"\\ud800.py"),
    ],
)
def test_a_path_as_uri_decodes_to_the_bytes_of_its_name(path: str, made: bytes) -> None:
    assert unquote_to_bytes(findings.uri(path)) == made
