"""Which attestations are sound, and what is said of the others."""

from datetime import UTC, datetime

import pytest

from auditor.formats.records.attestation_list import read_attestations
from auditor.formats.text.errors import Malformed
from auditor.model.level import Level

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GOOD = {
    "item": "testing.tests.load",
    "statement": "Held 500 requests a second for an hour.",
    "owner": "dana@orders.test",
    "approver": "lee@orders.test",
    "evidence": "docs/load.md",
    "signed": "2026-03-01T10:00:00Z",
    "expires": "2026-09-01T00:00:00+02:00",
}


def entry(**changes: str | None) -> str:
    """The good entry as YAML with some fields changed, or left out."""
    fields = {k: v for k, v in (GOOD | changes).items() if v is not None}
    return "- " + "\n  ".join(f"{k}: {v}" for k, v in fields.items()) + "\n"


def faults(text: str) -> list[tuple[int, str]]:
    """Line and text of each fault; nothing else in `text` may be sound."""
    sound, found = read_attestations(text.encode(), name="a.yaml", now=NOW)
    assert sound == []
    return [(f.line, f.text) for f in found]


@pytest.mark.parametrize("head", ["", "# what people vouch for\n"])
def test_a_complete_entry_is_sound_with_its_line_and_times_in_utc(head: str) -> None:
    [sound], found = read_attestations((head + entry()).encode(), name="a.yaml", now=NOW)
    assert found == []
    assert sound.line == 1 + head.count("\n")
    assert sound.level is Level.REPORTED
    assert sound.expires == datetime(2026, 8, 31, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]", "attestations: []", "attestations:"])
def test_an_empty_file_holds_no_entry_and_no_fault(text: str) -> None:
    assert faults(text) == []


def test_the_list_may_stand_under_its_own_key() -> None:
    text = "attestations:\n" + "\n".join("  " + line for line in entry().splitlines())
    sound, found = read_attestations(text.encode(), name="a.yaml", now=NOW)
    assert (len(sound), found, sound[0].line) == (1, [], 2)


@pytest.mark.parametrize(
    ("changes", "line", "word"),
    [
        ({"approver": None}, 1, "the field approver is missing"),
        ({"evidence": "''"}, 5, "must say something"),
        ({"owner": "TBD"}, 3, "must say something"),
        ({"owner": "[a, b]"}, 3, "must say something"),
        ({"approver": "Dana@Orders.test"}, 4, "the approver is the owner"),
        ({"approver": "Dana D <dana@orders.test>"}, 4, "the approver is the owner"),
        ({"approver": "'@dana@orders.test'"}, 4, "the approver is the owner"),
        ({"signed": "last week"}, 6, "signed is no date"),
        ({"expires": "2026-13-01T00:00:00Z"}, 7, "expires is no date"),
        ({"expires": "2026-09-01"}, 7, "no time zone"),
        ({"expires": "2026-09-01T00:00:00"}, 7, "no time zone"),
        ({"signed": "2026-03-01T10:00:00"}, 6, "no time zone"),
        ({"expires": "2026-03-01T09:59:59Z"}, 7, "before it was signed"),
        ({"signed": "2026-03-02T13:00:00Z"}, 6, "in the future"),
        ({"signed": "2026-03-04"}, 6, "in the future"),
        ({"expires": "2027-04-06T10:00:00Z"}, 7, "longer than 400 days"),
        ({"level": "certain"}, 8, "is no level"),
        ({"item": "'not an id'"}, 1, "is no item id"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused_with_its_line(
    changes: dict[str, str | None], line: int, word: str
) -> None:
    [(at, text)] = faults(entry(**changes))
    assert word in text
    assert at == line


@pytest.mark.parametrize("text", ["- just words", "- [a]", "-\n"])
def test_an_entry_that_is_no_mapping_is_refused(text: str) -> None:
    assert "must be a mapping" in faults(text)[0][1]


def test_of_an_item_that_is_attested_twice_neither_entry_counts() -> None:
    """Else the kinder of two statements that disagree could be the one that is believed."""
    assert [line for line, _ in faults(entry() + entry(statement="It fell over."))] == [1, 8]


def test_a_refused_entry_costs_no_other_entry() -> None:
    text = entry(item="a.b", approver=None) + entry(item="c.d")
    sound, found = read_attestations(text.encode(), name="a.yaml", now=NOW)
    assert [a.item for a in sound] == ["c.d"]
    assert [f.line for f in found] == [1]


def test_an_expired_entry_is_sound_for_whoever_judges_knows_the_time() -> None:
    text = entry(signed="2025-01-01", expires="2025-06-01T00:00:00Z")
    sound, found = read_attestations(text.encode(), name="a.yaml", now=NOW)
    assert (len(sound), found) == (1, [])


@pytest.mark.parametrize(("claimed", "given"), [("verified", "reported"), ("declared", "declared")])
def test_no_person_is_stronger_evidence_than_a_report(claimed: str, given: str) -> None:
    [sound], _ = read_attestations(entry(level=claimed).encode(), name="a.yaml", now=NOW)
    assert sound.level.value == given


@pytest.mark.parametrize("text", ["a: b: c", "item: x", "words", "[[[", "- a\n---\n- b"])
def test_a_file_of_another_shape_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read_attestations(text.encode(), name="a.yaml", now=NOW)
