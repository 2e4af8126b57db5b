"""Built-in probes are imported when they look, once it is known what they promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auditor.collect.known_probes import Later, known
from auditor.collect.registry import find_probes
from auditor.probing.contract import Probe
from auditor.probing.doors.cache import Cache
from auditor.probing.testing import make_context


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "own" / "results")


def test_what_is_known_is_what_the_modules_promise(cache: Cache) -> None:
    imported = find_probes(cache)
    later = find_probes(cache)
    assert [type(p.look) is Later for p in imported].count(True) == 0
    assert [type(p.look) is Later for p in later].count(False) == 0
    assert [(p.spec, p.pure, p.tools, p.look.__module__) for p in later] == [
        (p.spec, p.pure, p.tools, p.look.__module__) for p in imported
    ]


def test_a_known_probe_sees_what_the_probe_itself_sees(cache: Cache) -> None:
    def seen(probes: list[Probe]) -> list[str]:
        one = next(p for p in probes if p.spec.id == "repo.inventory")
        ctx = make_context(repo={"README.md": "# Orders\n", "app.py": "x = 1\n"})
        return [str(observation) for observation in one.look(ctx)]

    find_probes(cache)
    assert seen(find_probes(cache)) == seen(find_probes()) != []


def test_what_is_kept_under_another_state_or_damaged_is_not_taken(cache: Cache) -> None:
    def found() -> list[Probe]:
        asked.append(1)
        return find_probes()

    asked: list[int] = []
    known("probes", cache, found)
    known("probes", cache, found)
    assert len(asked) == 1
    known("probes", Cache(), found)
    assert len(asked) == 2
    known("tests", cache, found)
    assert len(asked) == 3, "a package whose files the state does not count is always imported"


def test_no_probe_is_imported_to_tell_what_is_known(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from auditor.collect.registry import find_probes;"
        "from auditor.probing.doors.cache import Cache; print(len(find_probes(Cache(Path(sys.argv[1])))));"
        "print(len([n for n in sys.modules if n.startswith('probes.')]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "own" / "results")]
    told = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            for _ in range(2)]  # fmt: skip
    assert told[1] == [told[0][0], "0"]
    assert int(told[0][1]) > int(told[0][0]) > 0
