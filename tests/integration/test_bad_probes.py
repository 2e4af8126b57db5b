"""Probes of another package that misbehave cost their own items, and the audit goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.commands import Audit, git_repository, items_of, report_of, said_of

PACKAGE = '''\
"""Probes that misbehave, and one that does not."""

import os, sys, time

from auditor.model.level import Level
from auditor.probing.contract import FactSpec, probe
from auditor.model.probe import FactType


def spec(name):
    return FactSpec(f"acme.{name}", FactType.NUMBER, f"Number of {name}.")


def made(name, timeout_s=20.0):
    return probe(f"acme.{name}", title=name, emits=[spec(name)], timeout_s=timeout_s)


@made("good")
def good(ctx):
    """A sound look."""
    yield spec("good").of(1, level=Level.OBSERVED, source=ctx.repo.source())


@made("raises")
def raises(ctx):
    """Sees something, then breaks."""
    yield spec("raises").of(1, level=Level.OBSERVED, source=ctx.repo.source())
    raise RuntimeError("the moon is full")


@made("leaves")
def leaves(ctx):
    """Ends the process, if it can."""
    sys.exit(0)


@made("hangs", timeout_s=1.0)
def hangs(ctx):
    """Never answers."""
    yield spec("hangs").of(1, level=Level.OBSERVED, source=ctx.repo.source())
    time.sleep(600)


@made("raves")
def raves(ctx):
    """Answers what nobody asked."""
    yield spec("raves").of(1, level=Level.OBSERVED, source=ctx.repo.source())
    yield {"acme.good": 100}


@made("lies")
def lies(ctx):
    """Answers in another probe's name."""
    yield spec("good").of(100, level=Level.VERIFIED, source=ctx.repo.source())
'''
CHECKLIST = """\
extends: production-readiness
id: acme
version: "1.0.0"
title: Acme
add:
  testing.tests:
"""
NAMES = ("good", "raises", "leaves", "hangs", "raves", "lies")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with an installed package of probes."""
    site = tmp_path / "site"
    (site / "acme_probes").mkdir(parents=True)
    (site / "acme_probes" / "__init__.py").write_text(PACKAGE)
    about = site / "acme_probes-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-probes\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[auditor.probes]\nacme = acme_probes\n")
    return site


def test_a_probe_that_misbehaves_costs_only_its_own_items(
    auditor: Audit, tmp_path: Path, site: Path
) -> None:
    items = [
        f'    - {{id: acme.{name}, number: "9.{number}", title: {name}, severity: blocker,'
        f' effort: 1h, fix: Mend it., floor: observed, require: {{acme.{name}: ">= 1"}}}}'
        for number, name in enumerate(NAMES)
    ]
    checklist = tmp_path / "acme.yaml"
    checklist.write_text(CHECKLIST + "\n".join(items) + "\n")
    target = git_repository(tmp_path / "target", {"README.md": "# Orders\n"})
    env = {"PYTHONPATH": str(site)}
    started = time.monotonic()
    options = ("--offline", "--checklist", checklist, "--bundle", tmp_path / "bundle")
    made = report_of(auditor("audit", target, *options, "--format", "json", env=env))
    assert time.monotonic() - started < 30

    decided = {name: items_of(made)[f"acme.{name}"] for name in NAMES}
    assert {name: item["verdict"] for name, item in decided.items()} == {
        "good": "pass",
        **dict.fromkeys(NAMES[1:], "unknown"),
    }
    assert "RuntimeError: the moon is full" in said_of(decided["raises"])
    assert "SystemExit" in said_of(decided["leaves"])
    assert "did not finish within 1 s and was given up" in said_of(decided["hangs"])
    assert "acme.raves" in said_of(decided["raves"])
    assert "acme.lies" in said_of(decided["lies"])
    failed = [p["id"] for p in made["probes"] if p["status"] == "failed"]
    assert failed == [f"acme.{name}" for name in sorted(NAMES[1:])]
    assert _without(made) == _without(
        report_of(auditor("audit", target, *options[:1], "--format", "json"))
    )

    # The bundle is judged again where the package is not installed.
    again = report_of(auditor("rescore", tmp_path / "bundle", "--format", "json"))
    assert again == made


def _without(made: Any) -> dict[str, Any]:
    """The verdicts of all other items."""
    return {n: i["verdict"] for n, i in items_of(made).items() if not n.startswith("acme.")}


def test_a_package_of_probes_that_cannot_be_imported_is_named(
    auditor: Audit, tmp_path: Path, site: Path
) -> None:
    (site / "acme_probes" / "__init__.py").write_text("import nothing_of_that_name\n")
    target = git_repository(tmp_path / "target", {"README.md": "# Orders\n"})
    done = auditor("audit", target, "--offline", env={"PYTHONPATH": str(site)})
    assert done.returncode == 2
    assert "acme" in done.stderr
    assert "nothing_of_that_name" in done.stderr
    assert "Traceback" not in done.stderr
