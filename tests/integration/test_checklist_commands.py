"""`auditor checklist import` and `render` as a user runs them, from a Markdown file to its ticked boxes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.commands import Audit, git_repository, runner

LIST = """\
# Ours

## 1. Docs (Weight: 100%)
- [x] 🟢 README complete
- [ ] 🔴 **Load testing completed** ← BLOCKER
- [x] 🟡 Paint the office green

**Score**: 3/3 = 100% ✅

Status: ✅ PRODUCTION READY
"""
README = "# Orders\n\n" + "This service takes orders and keeps them. Run it with make run. " * 30


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    (tmp_path / "LIST.md").write_text(LIST, encoding="utf-8")
    return runner(tmp_path)


def test_from_a_markdown_file_to_its_ticked_boxes(audit: Audit, tmp_path: Path) -> None:
    imported = audit("checklist", "import", "LIST.md")
    assert imported.returncode == 0, imported.stderr
    assert "Section 1.1 (Docs) says 3/3; it lists 3 tasks, 2 of them ticked" in imported.stdout
    assert max(len(line) for line in imported.stdout.split("\n")) <= 80
    assert "checklist: LIST.yaml" in imported.stderr
    assert "\x1b" not in imported.stdout + imported.stderr
    git_repository(tmp_path / "orders", {"README.md": README, "app.py": "print('x')\n"})
    audited = audit(
        "audit", "orders", "--checklist", "LIST.yaml", "--offline", "--bundle", "b", "--format",
        "checklist=whole.md", "--quiet",
    )  # fmt: skip
    assert audited.returncode == 0, audited.stderr
    whole = (tmp_path / "whole.md").read_text(encoding="utf-8")
    assert "- [ ] 🔴 **Load testing completed** ← ❔ unknown" in whole
    written = audit("checklist", "render", "b", "--into", "LIST.md")
    assert written.returncode == 0, written.stderr
    text = (tmp_path / "LIST.md").read_text(encoding="utf-8")
    assert "- [ ] 🟡 Paint the office green" in text
    assert "**Score**: 1/3 = 33.3% ⚠️" in text or "**Score**: 0/3 = 0% 🔴" in text
    assert "Status: ⚠️ NOT PRODUCTION READY" in text
    again = audit("checklist", "render", "b", "--into", "LIST.md", "--check")
    assert again.returncode == 0
    assert "nothing to change" in again.stderr
    shown = audit("checklist", "render", "b")
    assert "[evidence](b/evidence/" in shown.stdout


def test_an_import_never_overwrites_unasked_and_can_go_to_stdout(
    audit: Audit, tmp_path: Path
) -> None:
    (tmp_path / "LIST.yaml").write_text("mine\n", encoding="utf-8")
    refused = audit("checklist", "import", "LIST.md")
    assert refused.returncode == 2
    assert "LIST.yaml is there already. Add --force to replace it" in refused.stderr
    printed = audit("checklist", "import", "LIST.md", "-o", "-")
    assert printed.stdout.startswith("# Imported from LIST.md.\n")
    assert "It contradicts itself" in printed.stderr
    assert (tmp_path / "LIST.yaml").read_text(encoding="utf-8") == "mine\n"


def test_check_writes_nothing_and_its_json_tells_every_task(audit: Audit, tmp_path: Path) -> None:
    done = audit("checklist", "import", "LIST.md", "--check", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [(i["line"], i["bound_to"]) for i in told["items"]] == [
        (4, "documentation.technical.readme"),
        (5, "testing.tests.load"),
        (6, None),
    ]
    assert [f["kind"] for f in told["findings"]] == ["section"]
    assert not (tmp_path / "LIST.yaml").exists()


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("none.md", b"# Only words\n", "none.md holds no task list"),
        ("empty.md", b"", "empty.md holds no task list"),
        ("binary.md", b"\x00\x01\x02- [ ] a", "is not text: it holds a NUL character"),
        ("utf16.md", "- [ ] a\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_the_reason(
    audit: Audit, tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(data)
    done = audit("checklist", "import", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_file_of_ones_own_is_not_written_into(audit: Audit, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(LIST, encoding="utf-8")
    (tmp_path / "link.md").symlink_to(outside)
    (tmp_path / "fixed.md").write_text(LIST, encoding="utf-8")
    (tmp_path / "fixed.md").chmod(0o444)
    for name, says in (
        ("link.md", "it is a symbolic link"),
        ("fixed.md", "fixed.md is read-only"),
        ("missing.md", "missing.md is not there"),
    ):
        done = audit("checklist", "render", "b", "--into", name)
        assert done.returncode == 2
        assert says in done.stderr
    assert outside.read_text(encoding="utf-8") == LIST
