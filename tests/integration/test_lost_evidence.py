"""The example service, audited for real: whatever evidence is taken out of its bundle, nothing gets better."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from auditor.evaluate.assess import assess
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.pipeline import Options, audit, checklist_of_bundle, rescore
from auditor.store.bundle import load, opened, write, written
from tests.servers.orders import ORDERS, orders


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of an audit of the example's repository and of its running deployment."""
    folder = tmp_path_factory.mktemp("orders")
    with orders(folder) as url:
        done = audit(Options(ORDERS, urls={"url": url}, offline=True))
    write(folder / "bundle", done.files)
    return folder / "bundle"


def _open(report: Report, severity: Severity | None = None) -> set[str]:
    return {v.item.id for v in report.verdicts() if v.open and severity in (None, v.item.severity)}


def test_no_file_of_evidence_can_be_removed_altered_or_emptied_to_any_good(bundle: Path) -> None:
    files = load(bundle)
    manifest, seen = opened(files)
    checklist = checklist_of_bundle(manifest, written(files, manifest))
    full = assess(seen, checklist)
    assert full == rescore(bundle), "what is judged here is what the command judges"
    assert full.score.proven > 0, "there is something to lose"
    lowered = 0
    for name in sorted(n for n in files if n.startswith("evidence/")):
        for damaged in (None, files[name] + b" ", b""):
            rest = {n: data for n, data in files.items() if n != name}
            less = assess(opened(rest if damaged is None else rest | {name: damaged})[1], checklist)
            assert less.score.proven <= full.score.proven, name
            assert _open(full) <= _open(less), name
            assert _open(full, Severity.BLOCKER) <= _open(less, Severity.BLOCKER)
            assert any(name.partition("/")[2] in note for note in less.notes), "the loss is told"
            lowered += less.score.proven < full.score.proven
    assert lowered > 3, "several probes decide something that passes"


def test_without_any_evidence_nothing_is_proven(bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "bare")
    shutil.rmtree(tmp_path / "bare" / "evidence")
    less = rescore(tmp_path / "bare")
    assert less.score.proven == 0
    assert _open(rescore(bundle)) <= _open(less)


def test_the_same_bundle_is_judged_to_the_same_report(bundle: Path) -> None:
    assert rescore(bundle) == rescore(bundle)
