"""A kept bundle under a checklist of its own, for commands that plan and track from bundles."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from auditor.checklist.chain import Written
from auditor.cli.group import cli
from auditor.model.evidence import Evidence
from auditor.model.probe import FactSpec, FactType
from auditor.model.target import Looking, Target
from auditor.model.verdict import Waiver
from auditor.store.bundle import Manifest, seal, write
from tests.evaluate.worlds import NOW, answer, fact, probe_spec

CHECKLIST = b"""\
id: small
version: "1"
title: A small checklist
categories:
  - id: code
    number: "1"
    title: Code
    weight: 60
    sections:
      - id: code.all
        number: "1.1"
        title: Code
        items:
          - {id: code.load, number: "1.1.1", title: It bears load, severity: blocker, effort: 8h, require: {load.failed: "== 0"}, why: w, fix: f, produce: k6 run load.js}
          - {id: code.latency, number: "1.1.2", title: It is fast, severity: important, effort: 6h, require: {load.p95: "< 300"}, why: w, fix: f, produce: k6 run load.js}
          - {id: code.tests, number: "1.1.3", title: Tests run, severity: critical, effort: 12h, require: {tests.failed: "== 0"}, why: w, fix: f, produce: pytest}
          - {id: code.todo, number: "1.1.4", title: Nothing is unfinished, severity: nice, require: {todo: "== 0"}, why: w, fix: f, produce: auditor audit .}
  - id: docs
    number: "2"
    title: Documents
    weight: 40
    sections:
      - id: docs.all
        number: "2.1"
        title: Documents
        items:
          - {id: docs.readme, number: "2.1.1", title: A README is there, severity: important, effort: 2h, require: {words: ">= 100"}, why: w, fix: f, produce: write it}
          - id: docs.runbook
            number: "2.1.2"
            title: A runbook is there
            severity: critical
            effort: 4h
            why: w
            fix: f
            produce: write it
            attestable: reported
            checks:
              - {id: docs.runbook.steps, number: "2.1.2.1", title: With steps, require: {runbook: ">= 1"}}
"""  # fmt: skip
KEYS = {"load.failed": "reports.load", "load.p95": "reports.load", "tests.failed": "reports.tests",
        "todo": "code.markers", "words": "repo.documents", "runbook": "repo.documents"}  # fmt: skip
SPECS = {key: FactSpec(key, FactType.NUMBER, f"About {key}.") for key in KEYS}
PROBES = (
    *(
        probe_spec(name, *(SPECS[k] for k, owner in KEYS.items() if owner == name))
        for name in dict.fromkeys(KEYS.values())
    ),
    probe_spec("people.attestations", FactSpec("attestation", FactType.OBJECT, "A.", "", ("*",))),
)


def kept(folder: Path, *, at: str = NOW.isoformat(), waived: str = "", **seen: float) -> Path:
    """A bundle in which these facts were seen (`load_p95=200` is `load.p95`)."""
    facts = {name.replace("_", "."): value for name, value in seen.items()}
    evidence: list[Evidence] = []
    for probe in PROBES:
        own = [fact(s.key, facts[s.key], at=at) for s in probe.emits if s.key in facts]
        evidence.append(answer(probe.id, *own))
    manifest = Manifest(
        bundle_version="1",
        tool={"name": "auditor", "version": "0.1.0"},
        started_at=at,
        finished_at=at,
        target=Target("orders", "shop", commit="c" * 40),
        looking=Looking(),
        checklist="small",
        probes=PROBES,
        waivers=(Waiver("code.load", "dana", "lee", "later", waived),) if waived else (),
    )
    write(folder, seal(manifest, tuple(evidence), {}, (Written("small", "small", CHECKLIST),)))  # fmt: skip
    return folder


def run(*args: str | Path) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(cli, [str(a) for a in args])
