"""Every checked fact of every sample file is what its parser tells; what it does not tell is listed."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.formats.errors import FormatError
from tests.formats.conftest import SampleReader, tell_table
from tests.formats.sample_facts import chaos, coverage, load, operations, quality, scanners, secrets
from tests.formats.sample_facts.folder import Facts, Folder, same

FOLDERS = (
    *coverage.FOLDERS,
    *quality.FOLDERS,
    *scanners.FOLDERS,
    *secrets.FOLDERS,
    *load.FOLDERS,
    *chaos.FOLDERS,
    *operations.FOLDERS,
)
NOT_TOLD = {folder.name: folder.not_told for folder in FOLDERS if folder.not_told}
"""By folder, the facts that no parser tells (`key`, or of one file `file: key`), and why."""

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
        if not excused(folder, name, key)
        if key not in told[name] or not same(told[name][key], facts[key])
    ]


def excused(folder: Folder, name: str, key: str) -> bool:
    return not {key, f"{name}: {key}"}.isdisjoint(folder.not_told)


@each_folder
def test_every_fact_of_the_manifest_is_what_the_parser_tells(
    folder: Folder, samples: SampleReader, request: pytest.FixtureRequest
) -> None:
    read = samples(folder.name)
    expected = {name: facts for name, (_, facts) in read.items()}
    told = {name: told_of(folder, name, data) for name, (data, _) in read.items()}
    assert unequal(folder, told, expected) == []
    compared = sum(not excused(folder, name, key) for name in expected for key in expected[name])
    tell_table(
        request.config,
        (folder.name, len(read), len(folder.refused), compared, sum(map(len, expected.values()))),
    )


@each_folder
def test_what_is_listed_as_not_told_stands_in_a_manifest_and_is_not_told(
    folder: Folder, samples: SampleReader
) -> None:
    read = samples(folder.name)
    assert folder.refused.keys() <= read.keys()
    told = {name: told_of(folder, name, data) for name, (data, _) in read.items()}
    for entry in NOT_TOLD.get(folder.name, ()):
        name, _, key = entry.rpartition(": ")
        holders = [one for one in ([name] if name else read) if key in read[one][1]]
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
