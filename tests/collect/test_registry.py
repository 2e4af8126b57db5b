"""Finding probes: by entry point, with one owner for each id and each fact."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import invalidate_caches
from pathlib import Path

import pytest

import probes
from auditor.collect.describe import describe_probe
from auditor.collect.registry import ProbeConflict, find_probes, unique, vocabulary
from auditor.model.probe import FactSpec, FactType, Need
from tests.collect.worlds import good, made

PROJECT = Path(__file__).parents[2]


class TestUnique:
    def test_probes_come_by_id(self) -> None:
        probes = [good("b.one", "b"), good("a.two", "a")]
        assert [p.spec.id for p in unique(probes)] == ["a.two", "b.one"]

    def test_an_id_has_one_owner(self) -> None:
        with pytest.raises(
            ProbeConflict, match=r"Two probes have the id 'a\.one'; rename one of them"
        ):
            unique([good("a.one", "x"), good("a.one", "y")])

    def test_a_fact_has_one_owner(self) -> None:
        with pytest.raises(ProbeConflict, match=r"'a\.one' and 'a\.two' both promise the fact 'x'"):
            unique([good("a.one", "x"), good("a.two", "x")])

    def test_a_probe_may_not_promise_a_fact_twice(self) -> None:
        twice = [FactSpec("x", FactType.NUMBER, "X."), FactSpec("x", FactType.TEXT, "X.")]
        with pytest.raises(ProbeConflict, match="both promise the fact 'x'"):
            unique([made("a.one", lambda ctx: [], emits=twice)])

    @pytest.mark.parametrize(
        "name", ["", "../evil", "a/b", "a b", ".a", "a.", "a..b", "a\n", "a\0"]
    )
    def test_an_id_is_words_joined_by_dots_since_it_names_a_file(self, name: str) -> None:
        with pytest.raises(ProbeConflict, match="is no probe id"):
            unique([good(name)])

    def test_the_vocabulary_is_all_that_they_promise(self) -> None:
        specs = [p.spec for p in (good("a.one", "x"), good("a.two", "y"))]
        assert sorted(vocabulary(specs)) == ["x", "y"]


class TestBuiltIn:
    def test_every_module_that_makes_a_probe_is_found(self) -> None:
        found = {p.look.__module__ for p in find_probes()}
        folder = Path(probes.__file__).parent  # the checkout's, or the installed wheel's
        makers = {
            ".".join(path.relative_to(folder.parent).with_suffix("").parts)
            for path in folder.rglob("*.py")
            if "\n@probe(" in path.read_text(encoding="utf-8")
        }
        assert makers
        assert makers <= found

    def test_each_is_named_after_its_place_and_documented(self) -> None:
        for one in find_probes():
            if one.look.__module__.startswith("probes."):
                assert one.spec.id == one.look.__module__.removeprefix("probes.")
            assert one.spec.doc.strip(), one.spec.id
            assert one.spec.timeout_s > 0
            assert all(fact.doc.strip() for fact in one.spec.emits), one.spec.id


PLUGIN = '''"""Looks at nothing; it is a plugin."""
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import probe

FACT = FactSpec("acme.answer", FactType.NUMBER, "The answer.")

@probe("acme.answer", title="The answer", emits=[FACT])
def answer(ctx):
    yield FACT.of(42, level=Level.DECLARED, source=ctx.repo.source())
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """An installed distribution with a package of probes: real metadata, nothing patched."""
    site = tmp_path / "site"
    (site / "acme_probes" / "sub").mkdir(parents=True)
    (site / "acme_probes" / "__init__.py").write_text("")
    (site / "acme_probes" / "sub" / "__init__.py").write_text("")
    (site / "acme_probes" / "sub" / "answer.py").write_text(PLUGIN)
    info = site / "acme_probes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-probes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[auditor.probes]\nacme = acme_probes\n")
    invalidate_caches()
    return site


def probes_list(
    *path: Path, cwd: Path | None = None, safe: bool = True
) -> subprocess.CompletedProcess[str]:
    """`python -m auditor probes list --json` with more folders on the path."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(str(p) for p in path)
    flags = ["-P"] if safe else []
    return subprocess.run(
        [sys.executable, *flags, "-m", "auditor", "probes", "list", "--json"],
        cwd=cwd or PROJECT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


class TestPlugins:
    def test_a_plugin_is_found_by_its_entry_point(self, plugin: Path) -> None:
        done = probes_list(PROJECT, plugin)
        assert done.returncode == 0, done.stderr
        ids = [row["id"] for row in json.loads(done.stdout)]
        assert "acme.answer" in ids
        assert "repo.inventory" in ids
        assert ids == sorted(ids)

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('@probe("acme.answer"', '@probe("repo.inventory"', "Two probes have the id 'repo.inventory'"),
            ('FactSpec("acme.answer"', 'FactSpec("repo.files"', "both promise the fact 'repo.files'"),
            ("FACT = ", "FACT == ", "'acme_probes.sub.answer' cannot be imported: NameError"),
            ("FACT = ", "FACT = = ", "'acme_probes.sub.answer' cannot be imported: SyntaxError"),
            ("from auditor.probing.contract", "from auditor.nowhere", "cannot be imported: ModuleNotFoundError"),
            ("FACT = ", "open('/no/such/file')\nFACT = ", "cannot be imported: FileNotFoundError"),
            ("FACT = ", "raise SystemExit(0)\nFACT = ", "cannot be imported: SystemExit"),
        ],
    )  # fmt: skip
    def test_a_broken_plugin_is_named_and_is_no_bug_of_ours(
        self, plugin: Path, old: str, new: str, said: str
    ) -> None:
        file = plugin / "acme_probes" / "sub" / "answer.py"
        file.write_text(PLUGIN.replace(old, new, 1))
        done = probes_list(PROJECT, plugin)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr

    def test_an_entry_point_to_nothing_is_named(self, plugin: Path) -> None:
        (plugin / "acme_probes-1.0.dist-info" / "entry_points.txt").write_text(
            "[auditor.probes]\nacme = nobody_here\n"
        )
        done = probes_list(PROJECT, plugin)
        assert done.returncode == 2
        assert "'nobody_here' cannot be imported: ModuleNotFoundError" in done.stderr


class TestHostileTarget:
    """A target with packages of our names, entered and put on the path."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> Path:
        """A folder whose packages and modules leave a mark when they are imported."""
        mark = f"open({str(tmp_path / 'mark')!r}, 'a').write(__name__)\n"
        for package in ("probes", "probes/repo", "config"):
            (tmp_path / "target" / package).mkdir(parents=True, exist_ok=True)
            (tmp_path / "target" / package / "__init__.py").write_text(mark)
        (tmp_path / "target" / "probes" / "evil.py").write_text(mark + PLUGIN)
        for module in ("click", "yaml", "msgspec"):
            (tmp_path / "target" / f"{module}.py").write_text(mark)
        return tmp_path / "target"

    def test_false_green_nothing_of_a_target_is_ever_imported(self, target: Path) -> None:
        done = probes_list(Path(), PROJECT, cwd=target, safe=False)
        assert done.returncode == 0, done.stderr
        ids = [row["id"] for row in json.loads(done.stdout)]
        assert "repo.inventory" in ids
        assert "acme.answer" not in ids
        assert not (target.parent / "mark").exists()


def test_a_probe_is_described_by_what_it_declares() -> None:
    facts = [
        FactSpec("a.number", FactType.NUMBER, "A number.", "%"),
        FactSpec("a.text", FactType.TEXT, "A text.", subjects=("x", "y")),
    ]
    told = describe_probe(made("a.one", lambda ctx: [], emits=facts, needs=[Need.URL]).spec)
    assert told.startswith(
        "a.one: Probe a.one\n  version 1, phase static, needs url, deadline 10 s\n"
    )
    assert "  a.number: number in %. A number.\n" in told
    assert "  a.text @{x, y}: text. A text.\n" in told
