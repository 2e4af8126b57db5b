"""Every checked fact of every sample file is what its parser tells; what it does not tell is listed."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.formats.text.errors import FormatError
from tests.formats.conftest import SampleReader, tell_table
from tests.formats.documents import FORMATS
from tests.formats.documents.format import Format
from tests.formats.sample_facts import FOLDERS, NOT_TOLD, UNSNIFFED
from tests.formats.sample_facts.folder import Facts, Folder, same

DOUBTS = {
    "alertmanager-config/misindented-slack-receiver.yaml": "`slack_configs` is no key",
    "alertmanager-config/nil-match-re-bad.yml": "`match_re` gives no value",
    # Istanbul's branches are more than the two ways of a condition.
    "coverage-clover/clover-empty-package.xml": "states 14 branches, and its files add up to 6",
    "coverage-clover/jest-clover.xml": "states 732 branches, and its files add up to 641",
    "coverage-cobertura/empty.xml": "states 76.83 % line coverage and holds no line",
    "coverage-cobertura/istanbul-like-ts.xml": "states 41 branches, and its files add up to 32",
    "coverage-lcov/duplicate-record-lcov.info": "states 9 covered branches, and its files add up to 10",
    "junit-xml/no-cases-but-tests.xml": "declared=6, counted=0",
    "junit-xml/pytest.xml": "declared=15, counted=10",
    "locust/workers.ldjson": "3,985 failed requests of 500, which cannot be",
    "prometheus-config/unknown-attr-bad.yml": "consult_sd_configs",
    "prometheus-exposition/alltypes-237mfs-190KB.txt": "Clashing name",
    "prometheus-exposition/alltypes-5mfs.om.txt": "cannot be negative",
    "prometheus-exposition/om-bad-counter.txt": "cannot be NaN",
    "prometheus-rules/bad-promql.yml": "the variable $label, which nobody defines",
    "prometheus-rules/bad-syntax.yml": "not valid PromQL",
}
"""By sample, what its parser finds wrong in it; all other samples are beyond doubt."""
VOICES = (
    *("doubts", "disagreement", "branch_disagreement", "all_problems", "unknown_keys", "refusals"),
    "complaint",
)
"""The attributes in which a parsed report says what is wrong in it."""

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def told_of(folder: Folder, name: str, data: bytes) -> Facts:
    refusal = folder.refused.get(name)
    if refusal is None:
        return folder.tell(data)
    with pytest.raises(FormatError, match=refusal.says) as refused:
        folder.tell(data)
    return refusal.tells(str(refused.value))


def unequal(folder: Folder, told: dict[str, Facts], expected: dict[str, Facts]) -> list[str]:
    """A line for each fact that is told otherwise, or neither told nor listed."""
    return [
        f"{name}: {key} is {facts[key]!r}, and the parser tells {told[name].get(key, 'nothing')!r}"
        for name, facts in expected.items()
        for key in facts
        if not excused(folder, name, key) and not needless(folder, name, key, told)
        if key not in told[name] or not same(told[name][key], facts[key])
    ]


def excused(folder: Folder, name: str, key: str) -> bool:
    return not {key, f"{name}: {key}"}.isdisjoint(folder.not_told)


def needless(folder: Folder, name: str, key: str, told: dict[str, Facts]) -> bool:
    """Whether the file is refused and the problem does not tell the fact: then it need not be told."""
    return name in folder.refused and key not in told[name]


@each_folder
def test_every_fact_of_the_manifest_is_what_the_parser_tells(
    folder: Folder, samples: SampleReader, request: pytest.FixtureRequest
) -> None:
    read = samples(folder.name)
    expected = {name: facts for name, (_, facts) in read.items()}
    told = {name: told_of(folder, name, data) for name, (data, _) in read.items()}
    assert unequal(folder, told, expected) == []
    facts = [(name, key) for name in expected for key in expected[name]]
    skipped = sum(needless(folder, name, key, told) for name, key in facts)
    compared = len(facts) - skipped - sum(excused(folder, name, key) for name, key in facts)
    row = (folder.name, len(read), len(folder.refused), skipped, compared, len(facts))
    tell_table(request.config, row)


@each_folder
def test_what_is_listed_as_not_told_stands_in_a_manifest_and_is_not_told(
    folder: Folder, samples: SampleReader
) -> None:
    read = samples(folder.name)
    assert folder.refused.keys() <= read.keys()
    told = {name: told_of(folder, name, data) for name, (data, _) in read.items()}
    for entry in NOT_TOLD.get(folder.name, ()):
        name, _, key = entry.rpartition(": ")
        named = [name] if name else read
        holders = [one for one in named if key in read[one][1] and one not in folder.refused]
        assert holders, f"No manifest of {folder.name} has the fact {entry!r}."
        wrongly = [one for one in holders if agrees(told[one], read[one][1], key)]
        assert wrongly == [], f"{entry!r} is told after all."


def agrees(told: Facts, facts: dict[str, Any], key: str) -> bool:
    return key in told and same(told[key], facts[key])


@each_folder
def test_a_parser_recognises_the_samples_that_it_reads(
    folder: Folder, samples: SampleReader
) -> None:
    read = samples(folder.name)
    if folder.sniff is not None:
        unknown = [
            name
            for name, (data, _) in read.items()
            if name not in folder.refused and not folder.sniff(data[:8192])
        ]
        assert unknown == []
    assert read


@each_folder
def test_a_real_report_is_beyond_doubt_save_where_it_is_wrong(
    folder: Folder, samples: SampleReader
) -> None:
    looked = 0
    for name, (data, _) in samples(folder.name).items():
        found = [
            str(said)
            for fmt in FORMATS
            if fmt.name == UNSNIFFED.get(folder.name) or (fmt.sniff and fmt.sniff(data[:8192]))
            for said in said_of(fmt, data)
        ]
        doubt = DOUBTS.get(f"{folder.name}/{name}")
        assert bool(found) is (doubt is not None), (name, found)
        assert doubt is None or doubt in " ".join(found), name
        looked += 1
    assert looked


def said_of(fmt: Format, data: bytes) -> list[object]:
    try:
        result = fmt.parse(data)
    except FormatError:
        return []
    return [said for voice in VOICES if (said := getattr(result, voice, None))]
