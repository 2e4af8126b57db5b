"""What the project promises about itself: documents are current, nothing is listed twice."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.checklist.lint import advice
from auditor.checklist.load import load_checklist
from auditor.checklist.shipped import checklist_names
from auditor.collect.registry import find_probes, vocabulary

HERE = Path(__file__).resolve().parent.parent.parent


def test_the_generated_documents_are_current() -> None:
    done = subprocess.run(
        (sys.executable, "tools/write_docs.py", "--check"),
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_probe_has_a_test_file_of_its_name() -> None:
    probes = [p for p in (HERE / "probes").glob("*/*.py") if p.name != "__init__.py"]
    missing = [
        p
        for p in probes
        if not (HERE / "tests/probes" / p.parent.name / f"test_{p.name}").is_file()
    ]
    assert probes
    assert missing == []


def test_every_probe_has_a_false_green_test() -> None:
    tests = list((HERE / "tests/probes").glob("*/test_*.py"))
    without = [p.name for p in tests if "def test_false_green" not in p.read_text(encoding="utf-8")]
    assert without == []


@pytest.mark.parametrize("name", checklist_names())
def test_shipped_checklists_load_and_draw_no_advice_but_that_on_the_weights(name: str) -> None:
    made = load_checklist(name, vocabulary(p.spec for p in find_probes()))
    assert [s for s in advice(made) if "add up to 120" not in s] == []


def test_links_between_documents_resolve() -> None:
    broken = []
    for page in [*HERE.glob("*.md"), *(HERE / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_no_test_is_patched() -> None:
    pattern = re.compile(r"mock\.patch|monkeypatch\.setattr\(\s*[\"']|mocker\.")
    named = [p for p in (HERE / "tests").rglob("*.py") if p.name != "test_project.py"]
    assert [p.name for p in named if pattern.search(p.read_text(encoding="utf-8"))] == []


def test_version_costs_little_more_than_the_interpreter() -> None:
    """No clock here (benchmarks/startup.py has it): what must not be imported is not imported."""
    code = (
        "import sys; sys.argv = ['auditor', '--version']; from auditor.cli.main import main; main();"
        "print(sorted(m for m in ('click', 'rich', 'httpx', 'yaml', 'jinja2', 'msgspec', 'probes') if m in sys.modules))"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
