"""What a checklist in Markdown consists of, each part with its place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. `line` counts from 1; `number` is what it is numbered by, "" without; `weight` in percent.

    `severity` is what its sign or its words say of the tasks below it. `parent` is an index of headings.
    """

    line: int
    level: int
    title: str
    number: str = ""
    weight: float | None = None
    severity: str | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A box with its text. `start` to `end` is the sign in the box, in the line as repaired.

    `parent` is an index of tasks, `heading` one of headings; `place` is list, table or comment.
    `details` are the plain list items below it. `doubt`: two severities are stated. `applies` is False
    where the auditor itself has marked the task as not applicable.
    """

    line: int
    start: int
    end: int
    ticked: bool
    title: str
    severity: str | None = None
    note: str = ""
    indent: int = 0
    parent: int | None = None
    heading: int | None = None
    place: str = "list"
    details: tuple[str, ...] = ()
    cut: bool = False
    doubt: bool = False
    applies: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row of a table: its text, and where it is in the line as repaired."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `table` numbers the tables of the document."""

    line: int
    table: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TaskDocument:
    """A checklist as read. `lines` are as given, with their ends; `shown` as meant, without.

    `in_code` are lines of tasks in code blocks, which are examples and no tasks; `prose` are the lines
    (from 1) that no block of code in a named language holds, so that figures in them are meant.
    """

    lines: tuple[str, ...]
    shown: tuple[str, ...]
    headings: tuple[Heading, ...]
    tasks: tuple[Task, ...]
    rows: tuple[Row, ...] = ()
    in_code: tuple[int, ...] = ()
    prose: tuple[int, ...] = ()
    page: str | None = None
    repaired: int = 0
    lost: int = 0
    flattened: int = 0
    legend: dict[str, str] = field(default_factory=dict)

    @property
    def top(self) -> list[int]:
        """Indexes of the tasks that are not below another one."""
        return [index for index, task in enumerate(self.tasks) if task.parent is None]

    def children(self) -> dict[int, list[int]]:
        """Task → the tasks directly below it, as indexes."""
        found: dict[int, list[int]] = {}
        for index, task in enumerate(self.tasks):
            if task.parent is not None:
                found.setdefault(task.parent, []).append(index)
        return found
