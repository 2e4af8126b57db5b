"""A checklist that people keep as Markdown, as a checklist of the auditor: what was read, bound and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.checklist.imported_arithmetic import findings
from auditor.checklist.imported_binding import Match
from auditor.checklist.imported_boxes import Finding
from auditor.checklist.imported_known import Known, KnownItem, known
from auditor.checklist.imported_words import split, words
from auditor.formats.checklists.figures import figures
from auditor.formats.checklists.parts import Task, TaskDocument
from auditor.formats.checklists.reader import DEEPEST, read
from auditor.formats.checklists.structure import Category, Section, categories
from auditor.formats.checklists.words import fold
from auditor.formats.text.errors import Malformed

_ID = 60
"""Characters of an id that is made of a title."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Bound:
    """One task as an item. `known` is the item that it is judged as, None where only a person can say.

    `match` is the suggestion with its score; `checks` are the tasks below it. `borrowed_severity`: the
    source states none, so the known item's is taken.
    """

    task: int
    id: str
    number: str
    severity: str
    match: Match
    known: KnownItem | None
    checks: tuple[Bound, ...] = ()
    borrowed_severity: bool = False

    def all(self) -> Iterator[Bound]:
        """This one, and those below it."""
        yield self
        for check in self.checks:
            yield from check.all()


@dataclass(frozen=True, slots=True)
class BoundSection:
    """A section with its items."""

    id: str
    section: Section
    items: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class BoundCategory:
    """A category with its sections."""

    id: str
    category: Category
    sections: tuple[BoundSection, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything about one import. `notes` say what was not taken as it stands, so nothing goes unsaid."""

    name: str
    title: str
    document: TaskDocument
    categories: tuple[BoundCategory, ...]
    known: Known
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def bound(self) -> list[Bound]:
        """Every task as an item, in the order of the checklist, with those below others."""
        return [b for c in self.categories for s in c.sections for i in s.items for b in i.all()]


def import_markdown(data: bytes, name: str) -> Imported:
    """The checklist in a Markdown file called `name`. Raises Malformed and TooLarge."""
    document = read(data, words(), name=name)
    if not document.tasks:
        where = ""
        if document.in_code:
            where = f" {_counted(len(document.in_code), 'box')} in blocks of code are examples."
        raise Malformed(
            f"{name} holds no task list, so there is nothing to import: a task is a line such as"
            f" `- [ ] Backups are tested`.{where}"
        )
    structure = categories(document, _title(document, name))
    borrowed = known()
    made = _Binder(document, borrowed).categories(structure)
    found = findings(document, structure, figures(document, words()))
    imported = Imported(name, _title(document, name), document, made, borrowed, tuple(found), ())
    return Imported(
        name, imported.title, document, made, borrowed, imported.findings, tuple(_notes(imported))
    )


class _Binder:
    def __init__(self, document: TaskDocument, borrowed: Known) -> None:
        self._document = document
        self._known = borrowed
        self._children = document.children()
        self._used: set[str] = set()
        self._last: dict[str, int] = {}
        self._reserved = set(borrowed.items)
        best: dict[str, tuple[float, int]] = {}
        self._matches = [borrowed.matcher.match(task.title) for task in document.tasks]
        for index, match in enumerate(self._matches):
            if match.bound and match.best and match.best.score > best.get(match.bound, (0.0, 0))[0]:
                best[match.bound] = (match.best.score, index)
        self._owner = {id_: index for id_, (_, index) in best.items()}

    def categories(self, structure: Sequence[Category]) -> tuple[BoundCategory, ...]:
        return tuple(self._category(one) for one in structure)

    def _category(self, category: Category) -> BoundCategory:
        same = self._known.category_matcher.match(category.title).bound
        id_ = self._once(same if same and same not in self._used else slug(category.title))
        return BoundCategory(
            id_, category, tuple(self._section(s, category, id_) for s in category.sections)
        )

    def _section(self, section: Section, category: Category, above: str) -> BoundSection:
        alone = section.heading == category.heading or fold(section.title) == fold(category.title)
        id_ = self._once(f"{above}.{'tasks' if alone else slug(section.title)}")
        items = tuple(
            self._item(task, f"{section.number}.{n}", above if alone else id_)
            for n, task in enumerate(section.tasks, 1)
        )
        return BoundSection(id_, section, items)

    def _item(self, index: int, number: str, above: str, parent: str | None = None) -> Bound:
        task, match = self._document.tasks[index], self._matches[index]
        same = self._known.items.get(match.bound) if match.bound else None
        id_ = match.bound if same and match.bound and self._owner[match.bound] == index else ""
        id_ = id_ or f"{above}.{slug(task.title)}"
        id_ = self._once(id_)
        borrowed = task.severity is None and parent is None and same is not None
        severity = task.severity or parent or (same.severity.value if same else "important")
        below = tuple(
            self._item(child, f"{number}{_letters(n)}", id_, severity)
            for n, child in enumerate(self._children.get(index, ()))
        )
        return Bound(index, id_, number, severity, match, same, below, borrowed)

    def _once(self, wanted: str) -> str:
        """An id of its own; those of known items are kept for the tasks that are bound to them."""
        id_, n = wanted, self._last.get(wanted, 1)
        while id_ in self._used or (n > 1 and id_ in self._reserved):
            n += 1
            id_ = f"{wanted}-{n}"
        self._last[wanted] = n
        self._used.add(id_)
        return id_


def slug(text: str) -> str:
    """A title as part of an id: folded letters and digits, joined by `-`."""
    short = "-".join(split(text))[:_ID].strip("-")
    return short or "item"


def _letters(n: int) -> str:
    """a … z, aa, ab …"""
    text = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        text = _LETTERS[rest] + text
    return text


def _title(document: TaskDocument, name: str) -> str:
    first = next((h for h in document.headings if h.level == 1), None)
    if first is not None:
        return first.title
    return name.rpartition("/")[2].rpartition(".")[0] or name


def _notes(made: Imported) -> Iterator[str]:
    document, tasks = made.document, made.document.tasks
    if document.page:
        lost = _counted(document.lost, "character")
        rest = f", and {lost} of it cannot be told any more" if document.lost else ""
        yield (
            f"The text was UTF-8, read as {document.page} and saved again:"
            f" {_counted(document.repaired, 'line')} read as meant{rest}. The file itself stays as it is."
        )
    ticked = sum(task.ticked for task in tasks)
    if ticked:
        boxes = _counted(ticked, "box is", "boxes are")
        yield f"{boxes} ticked: a tick is a claim, and passes nothing."
    if document.in_code:
        shown = _counted(len(document.in_code), "task in a block", "tasks in blocks")
        yield f"Not imported, as an example: {shown} of code, {_lines(document.in_code)}."
    hidden = [task.line for task in tasks if task.place == "comment"]
    if hidden:
        shown = _counted(len(hidden), "task stands", "tasks stand")
        yield f"{shown} in a comment that no page shows, and imported: {_lines(hidden)}."
    yield from _about_severities(made)
    cut = [task.line for task in tasks if task.cut]
    if cut:
        shown = _counted(len(cut), "title is", "titles are")
        yield f"{shown} too long and cut short: {_lines(cut)}."
    if document.flattened:
        shown = _counted(document.flattened, "task is", "tasks are")
        yield f"{shown} nested more than {DEEPEST} deep, and taken as parts of the level above."
    yield from _twins(tasks)


def _about_severities(made: Imported) -> Iterator[str]:
    tasks = made.document.tasks
    every = [
        b for b in made.bound() if tasks[b.task].severity is None and tasks[b.task].parent is None
    ]
    borrowed = sum(b.borrowed_severity for b in every)
    if borrowed:
        shown = _counted(borrowed, "task states", "tasks state")
        yield f"{shown} no severity: that of the known item is taken."
    if len(every) > borrowed:
        shown = _counted(len(every) - borrowed, "task states", "tasks state")
        yield f"{shown} no severity and no known item's is to be had: taken as important."
    doubt = [task.line for task in tasks if task.doubt]
    if doubt:
        shown = _counted(len(doubt), "task states", "tasks state")
        yield f"{shown} two severities; the worse one counts: {_lines(doubt)}."


def _twins(tasks: Sequence[Task]) -> Iterator[str]:
    """Tasks of the same words in the same place of the document."""
    places: dict[tuple[int | None, int | None, str], list[int]] = {}
    for task in tasks:
        places.setdefault((task.heading, task.parent, fold(task.title)), []).append(task.line)
    twice = [lines for lines in places.values() if len(lines) > 1]
    if twice:
        first = twice[0]
        more = f", and {len(twice) - 1} more" if len(twice) > 1 else ""
        yield f"The same task stands twice under one heading: {_lines(first)}{more}. Each is an item of its own."


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or _plural(one)}"


def _plural(word: str) -> str:
    return f"{word}es" if word.endswith("x") else f"{word}s"


def _lines(numbers: Sequence[int]) -> str:
    first = ", ".join(str(n) for n in list(numbers)[:8])
    more = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f"{'line' if len(numbers) == 1 else 'lines'} {first}{more}"


def tally(made: Imported) -> dict[str, int]:
    """How many tasks there are, ticked, of each severity, bound to what evidence decides, and not."""
    every = made.bound()
    severities = Counter(b.severity for b in every if made.document.tasks[b.task].parent is None)
    decided = sum(b.known is not None and b.known.decided for b in every)
    return {
        "tasks": len(every),
        "ticked": sum(t.ticked for t in made.document.tasks),
        "nested": sum(t.parent is not None for t in made.document.tasks),
        **{
            severity: severities[severity]
            for severity in ("blocker", "critical", "important", "nice")
        },
        "bound": sum(b.known is not None for b in every),
        "decided": decided,
        "attested": sum(b.known is None and not b.checks for b in every),
    }
