"""Writes a new probe and its test, both complete enough to run."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from auditor.collect.target import WrongUse

_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")

_PROBE = '''"""What this probe looks at, in one to three lines; and what it cannot see."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import Context, Need, Observation, probe

FILES = FactSpec("{name}.files", FactType.LIST, "Files that were looked at")
LINES = FactSpec("{name}.lines", FactType.NUMBER, "Lines of them that are not blank")
_WHERE = "**/{name}.txt"


@probe(
    "{group}.{name}",
    title="{title}",
    needs=[Need.REPOSITORY],
    emits=[FILES, LINES],
)
def {name}(ctx: Context) -> Iterator[Observation]:
    """Thin: everything comes through ctx, everything is decided in `read`."""
    texts = {{e.path: ctx.repo.read(e.path).text for e in ctx.repo.find(_WHERE)}}
    for fact, value in read(texts):
        yield fact.of(
            value,
            level=Level.EFFECTIVE,
            source=ctx.repo.source(_WHERE),
            produced_at=ctx.observed_at,
        )


def read(texts: dict[str, str]) -> list[tuple[FactSpec, list[str] | int]]:
    """Facts say what is, never whether it is good. No file is a fact: the empty list."""
    lines = sum(1 for text in texts.values() for line in text.splitlines() if line.strip())
    return [(FILES, sorted(texts)), (LINES, lines)]
'''

_TEST = '''"""What {group}.{name} says of what it sees."""

from __future__ import annotations

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.{group}.{name} import FILES, LINES, {name}

NAME = "{name}.txt"


def test_present_files_are_named_and_counted() -> None:
    seen = values(run_probe({name}, repo={{f"a/{{NAME}}": "one\\ntwo\\n"}}))
    assert seen == {{FILES.key: [f"a/{{NAME}}"], LINES.key: 2}}


def test_missing_files_are_a_fact_not_a_problem() -> None:
    evidence = run_probe({name}, repo={{"README.md": "hello"}})
    assert values(evidence) == {{FILES.key: [], LINES.key: 0}}
    assert problems(evidence) == []


def test_an_empty_repository_has_nothing_to_look_at() -> None:
    seen = values(run_probe({name}, repo={{}}))
    assert seen == {{FILES.key: [], LINES.key: 0}}


def test_bytes_that_are_no_text_do_not_break_it() -> None:
    seen = values(run_probe({name}, repo={{NAME: b"\\xff\\xfe\\x00"}}))
    assert seen[LINES.key] == 1


def test_a_file_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "The file could not be read.")
    assert problems(run_probe({name}, repo={{NAME: denied}})) == ["denied"]


def test_false_green_a_file_of_blank_lines_has_no_content() -> None:
    seen = values(run_probe({name}, repo={{NAME: "\\n \\n"}}))
    assert seen[LINES.key] == 0
'''


def write_probe(probe: str, into: Path) -> list[Path]:
    """Write `probes/<group>/<name>.py` and `tests/probes/<group>/test_<name>.py` below `into`.

    Raises WrongUse for a bad name, or where a file is there already: nothing is overwritten.
    """
    if _NAME.fullmatch(probe) is None or any(map(keyword.iskeyword, probe.split("."))):
        raise WrongUse(f"{probe!r} is no probe id; write a group and a name, such as infra.helm.")
    group, name = probe.split(".")
    words = {"group": group, "name": name, "title": name.replace("_", " ").capitalize()}
    files = {
        into / "probes" / group / f"{name}.py": _PROBE.format(**words),
        into / "tests" / "probes" / group / f"test_{name}.py": _TEST.format(**words),
    }
    for path in files:
        if path.exists():
            raise WrongUse(f"{path} is there already; choose another name.")
    package = into / "probes" / group / "__init__.py"
    if not package.exists():
        files[package] = f'"""Probes whose evidence lives in {group}."""\n'
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)
