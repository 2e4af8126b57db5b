"""A Markdown checklist as a checklist of the auditor: every task once, bound by meaning, told where unsure."""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checklist.chain import Written
from auditor.checklist.imported import Imported, import_markdown, slug, tally
from auditor.checklist.imported_binding import BOUND
from auditor.checklist.imported_known import known
from auditor.checklist.imported_words import names
from auditor.checklist.imported_yaml import checklist_yaml
from auditor.checklist.lint import advice
from auditor.checklist.load import checklist_from
from auditor.collect.registry import find_probes, vocabulary
from auditor.formats.text.errors import Malformed
from auditor.model.item import Checklist, Item
from auditor.model.level import Level

SHARED = Path(__file__).parents[2] / ".." / "shared"
SEED = SHARED / "seed" / "production-readiness-checklist.mojibake.md"
SMALL = """\
# Ready to go

## 1. Testing (Weight: 60%)

### 1.1 Tests
- [x] 🔴 Load testing completed ← BLOCKER
- [ ] 🟡 **Unit test coverage**
- [ ] 🟡 Paint the office green
  - [ ] walls
  - [x] ceiling
- [ ] Rate limiting (API)

## 2. Deployment (Weight: 40%)
- [ ] 🟢 Rollback plan tested
"""


@pytest.fixture(scope="module")
def facts() -> dict[str, object]:
    return dict(vocabulary(p.spec for p in find_probes()))


def made(text: str, name: str = "list.md") -> Imported:
    return import_markdown(text.encode(), name)


def loaded(imported: Imported, facts: object) -> Checklist:
    data = checklist_yaml(imported).encode()
    return checklist_from([Written("x", "x.yaml", data)], facts)  # type: ignore[arg-type]


def seed() -> bytes:
    if not SEED.is_file():
        pytest.skip("The seed is not beside the project.")
    return SEED.read_bytes()


def every(checklist: Checklist) -> list[Item]:
    found = []
    stack = list(reversed(checklist.items()))
    while stack:
        found.append(stack.pop())
        stack += reversed(found[-1].checks)
    return found


def test_the_yaml_loads_with_the_tasks_numbers_weights_and_severities_of_the_source(
    facts: object,
) -> None:
    checklist = loaded(made(SMALL), facts)
    told = [(i.number, i.title, i.severity.value) for i in every(checklist)]
    assert told == [
        ("1.1.1", "Load testing completed", "blocker"),
        ("1.1.2", "Unit test coverage", "critical"),
        ("1.1.3", "Paint the office green", "critical"),
        ("1.1.3a", "walls", "critical"),
        ("1.1.3b", "ceiling", "critical"),
        ("1.1.4", "Rate limiting (API)", "important"),
        ("2.1.1", "Rollback plan tested", "important"),
    ]
    assert [(c.id, c.title, float(c.weight)) for c in checklist.categories] == [
        ("testing", "Testing", 60.0),
        ("deployment", "Deployment", 40.0),
    ]
    assert checklist.notes == ()
    assert not [note for note in advice(checklist) if "nothing can pass" in note]


def test_a_bound_task_is_judged_as_the_known_item_and_no_weaker(facts: object) -> None:
    items = {item.id: item for item in every(loaded(made(SMALL), facts))}
    own = known().items["testing.tests.load"]
    assert items["testing.tests.load"].require is not None
    assert items["testing.tests.load"].floor is own.floor
    weak = made("- [ ] ⚪ Load testing completed\n")
    assert loaded(weak, facts).items()[0].floor is Level.REPORTED


def test_a_task_that_means_nothing_known_is_left_to_a_person(facts: object) -> None:
    checklist = loaded(made("# T\n- [ ] Paint the office green\n"), facts)
    item = checklist.items()[0]
    assert (item.require, item.attestable) == (None, Level.REPORTED)
    assert item.id == "t.paint-the-office-green"


def test_every_binding_tells_its_score_and_the_runner_up() -> None:
    text = checklist_yaml(made(SMALL))
    assert re.search(
        r"# line 6, ticked; bound to testing\.tests\.load 1\.00; next [\w.]+ 0\.\d\d", text
    )
    assert "# judged as: A load test of the deployed service has met its latency" in text
    assert re.search(r"# line 8, not ticked; (not bound: nearest|like no known item)", text)
    assert "# the source adds: BLOCKER" in text
    assert "# the source states no severity: this is the known item's" in text


@pytest.mark.parametrize(
    ("title", "bound"),
    [
        ("Pruebas de carga completadas", "testing.tests.load"),
        ("Copias de seguridad automáticas", "resilience.integrity.backup"),
        ("Rotación de guardias", "observability.alerting.oncall"),
        ("Política de privacidad", "security.compliance.privacy"),
        ("Throttling of requests", "security.controls.ratelimit"),
        ("Mypy passes", "testing.quality.typecheck"),
        ("End-to-end tests pass", "testing.tests.e2e"),
        ("CI/CD pipeline", "deployment.pipeline.workflows"),
        ("Documentation", None),
        ("Support ready", None),
        ("Database ready", None),
        ("Availability targets met", None),
        ("100% of code has docstrings/comments", None),
        ("Coffee machine descaled", None),
        ("Env (e.g. staging, prod, dev)", None),
        ("", None),
        ("✅", None),
    ],
)
def test_meaning_is_found_in_two_languages_and_not_where_it_is_not(
    title: str, bound: str | None
) -> None:
    match = known().matcher.match(title)
    assert match.bound == bound


def test_two_that_are_as_near_bind_nothing() -> None:
    match = known().matcher.match("Documentation")
    assert match.best is not None
    assert match.best.score >= BOUND
    assert match.bound is None


def test_names_are_of_known_items_or_categories_and_each_finds_its_own() -> None:
    have = known()
    lost = [
        (id_, name)
        for id_, called in names().items()
        for name in called
        if (have.matcher if id_ in have.items else have.category_matcher).match(name).best is None
        or (have.matcher if id_ in have.items else have.category_matcher).match(name).best.id != id_  # type: ignore[union-attr]
    ]
    assert lost == []


def test_the_same_thing_asked_twice_is_two_items_judged_alike(facts: object) -> None:
    checklist = loaded(
        made("# T\n## A\n- [ ] Security headers\n## B\n- [ ] HTTP security headers set\n"), facts
    )
    one, two = checklist.items()
    assert one.require == two.require is not None
    assert one.id != two.id
    assert len(one.checks) == len(two.checks)
    assert len({item.id for item in every(checklist)}) == len(every(checklist))


def test_every_task_appears_once_and_what_is_no_task_is_told() -> None:
    imported = made(
        "# T\n- [ ] a\n<!--\n- [ ] hidden\n-->\n```\n- [ ] example\n```\n- [ ] a\n- [x] c\n"
    )
    assert sorted(b.task for b in imported.bound()) == [0, 1, 2, 3]
    notes = " ".join(imported.notes)
    assert "1 task in a block of code, line 7" in notes
    assert "1 task stands in a comment that no page shows, and imported: line 4" in notes
    assert "The same task stands twice under one heading: lines 2, 9" in notes
    assert "1 box is ticked: a tick is a claim" in notes


@pytest.mark.parametrize(
    "text", ["", "# T\n\nProse [ ] only.\n", "```\n- [ ] example\n```\n", "\n" * 50]
)
def test_without_a_task_list_the_error_says_what_a_task_is(text: str) -> None:
    with pytest.raises(
        Malformed, match=r"list\.md holds no task list.*`- \[ \] Backups are tested`"
    ):
        made(text)


def test_weights_that_nobody_states_are_equal_and_add_up() -> None:
    text = checklist_yaml(made("# T\n" + "".join(f"## S{i}\n- [ ] t{i}\n" for i in range(7))))
    weights = [float(w) for w in re.findall(r"weight: ([\d.]+)", text)]
    assert len(weights) == 7
    assert round(sum(weights), 6) == 100


def test_the_seed_binds_every_task_to_its_own_item_also_shuffled_and_renumbered() -> None:
    data = seed()
    straight = import_markdown(data, "seed.md")
    numbers = {item.id: item.number for item in known().items.values()}
    bound = {b.number: numbers[b.known.id] for b in straight.bound() if b.known is not None}
    assert len(bound) == 113
    assert [n for n, own in bound.items() if n != own] == []
    meant = {straight.document.tasks[b.task].title: b.id for b in straight.bound()}
    text = "\n".join(straight.document.shown)
    blocks = re.split(r"(?m)^(?=#### )", text)
    random.Random(3).shuffle(blocks)
    mixed = made(re.sub(r"(?m)^(#+) (\W*)[\d.]+ ", r"\1 \2", "# X\n" + "\n".join(blocks)))
    assert {mixed.document.tasks[b.task].title: b.id for b in mixed.bound()} == meant


def test_the_seed_becomes_a_checklist_with_all_its_criteria(facts: object) -> None:
    imported = import_markdown(seed(), "seed.md")
    checklist = loaded(imported, facts)
    assert (len(checklist.items()), len(checklist.criteria)) == (108, 11)
    counts = tally(imported)
    assert (counts["blocker"], counts["critical"], counts["important"]) == (13, 40, 55)
    assert counts["decided"] > 80
    assert imported.notes[0].startswith(
        "The text was UTF-8, read as cp1254 and saved again: 204 lines"
    )


def test_every_sample_becomes_a_checklist_that_loads_with_all_its_tasks(facts: object) -> None:
    folder = SHARED / "samples" / "checklists-md"
    if not folder.is_dir():
        pytest.skip("The samples are not beside the project.")
    for path in sorted(folder.glob("*.md")):
        if path.name.startswith("mercari"):
            continue
        imported = import_markdown(path.read_bytes(), path.name)
        items = {item.id: item for item in every(loaded(imported, facts))}
        assert [b.task for b in sorted(imported.bound(), key=lambda b: b.task)] == list(
            range(len(imported.document.tasks))
        ), path.name
        for bound in imported.bound():
            task = imported.document.tasks[bound.task]
            assert items[bound.id].title == task.title.strip(), path.name


@given(
    st.lists(
        st.text(alphabet="ab 1🔴é:{}$%\"'#&*!|>-\\`@\u2028\x07", min_size=1, max_size=30),
        min_size=1, max_size=5,
    )
)  # fmt: skip
@settings(max_examples=15)
def test_whatever_a_task_says_the_yaml_loads(texts: list[str]) -> None:
    lines = "".join(f"- [ ] x{text.replace(chr(10), ' ')}\n" for text in texts)
    imported = made(f"# T\n{lines}")
    checklist = checklist_from([Written("x", "x.yaml", checklist_yaml(imported).encode())], {})
    assert len(checklist.items()) == len(texts)


def test_ids_are_made_of_the_words_and_stay_when_others_come_between() -> None:
    one, two = (
        {b.id for b in made(f"# T\n- [ ] alpha thing\n{more}- [ ] omega thing\n").bound()}
        for more in ("", "- [ ] between\n")
    )
    assert one < two
    assert [slug(t) for t in ("Ñandú 2.0!", "日本語", "🔥", "a" * 99)] == [
        "nandu-2-0", "日本語", "item", "a" * 60,
    ]  # fmt: skip


def test_the_work_grows_with_the_tasks_and_no_faster() -> None:
    """Counted in calls, of twice as many tasks each time; alike titles and headings are the hard case."""

    def document(size: int) -> str:
        tasks = "".join(f"- [ ] backup of store {i}\n  - [x] alike\n" for i in range(size))
        return "# T\n" + tasks + "".join("## Same\n- [ ] same\n" for _ in range(size))

    small, middle, large = (calls(document(size)) for size in (60, 120, 240))
    assert large - middle < 2.2 * (middle - small)


def calls(text: str) -> int:
    """How many functions an import calls."""
    known()
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        checklist_yaml(made(text))
    finally:
        sys.setprofile(before)
    return count
