"""The figures that a checklist states: scores, totals, rows of categories, counts, targets; with places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.checklists.parts import Row, TaskDocument
from auditor.formats.checklists.titles import bare, is_pictograph
from auditor.formats.checklists.words import Words, fold

Span = tuple[int, int]
_LOOKED_AT = 2000
_BEFORE_COLON = ("score", "total", "status")
_PART = re.compile(r"(?<![\d/.])(\d{1,6})\s{0,2}/\s{0,2}(\d{1,6})(?![\d/])")
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,4}(?:[.,]\d{1,4})?)\s?%")
_LABEL = re.compile(r"[^\w(]{0,40}([^\W\d_][\w /&-]{0,60}?)\s*[*_]{0,3}\s*:[*_]{0,3}\s*")
_RATE = re.compile(
    r"(?<![\w.,])(\d[\d.,]{0,11}\d|\d)\s{0,2}(k?)\+?\s{0,2}"
    r"(?:req(?:uest)?s?\.?\s{0,2}(?:/|per\s)\s{0,2}s(?:ec(?:onds?)?)?\b|rps\b|"
    r"(?:peticiones|solicitudes)\s{0,2}(?:/|por\s)\s{0,2}s(?:egundo)?\b)",
    re.IGNORECASE,
)
_LATENCY = re.compile(
    r"\bp(50|75|90|95|99(?:\.9)?)\b[^\d<≤\n]{0,25}[<≤]\s{0,2}(\d[\d.,]{0,8})\s{0,2}(ms|s)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """`**Score**: 7/8 = 87.5% ✅`; spans are in the line as repaired. `heading` is an index of headings."""

    line: int
    heading: int | None
    got: int
    of: int
    percent: float | None
    part: Span
    percent_span: Span | None
    sign: Span | None


@dataclass(frozen=True, slots=True)
class Total:
    """A total of the whole checklist in percent, at a label or in a row of a table."""

    line: int
    percent: float
    span: Span
    table: int | None = None


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A row about one category: its score, weight and weighted score in percent, each with its place."""

    line: int
    table: int
    title: str
    number: str
    score: tuple[float, Span] | None
    weight: tuple[float, Span] | None
    weighted: tuple[float, Span] | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of a severity the text states. `open`: where it stands, it counts what is to do."""

    line: int
    severity: str
    number: int
    span: Span
    open: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A limit that the text states: `metric` with its value in `unit`."""

    line: int
    metric: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure that was found."""

    scores: tuple[ScoreLine, ...]
    totals: tuple[Total, ...]
    rows: tuple[CategoryRow, ...]
    counts: tuple[Count, ...]
    targets: tuple[Target, ...]
    status: tuple[int, ...]


def figures(document: TaskDocument, words: Words) -> Figures:
    """The figures of the text outside of code; those of an example are nobody's."""
    scores, totals = list[ScoreLine](), list[Total]()
    counts, targets, status = list[Count](), list[Target](), list[int]()
    ends = [h.line for h in document.headings]
    heading = -1
    headed = set(ends)
    boxes = {task.line for task in document.tasks}
    counting = _counting(words)
    for number in document.prose:
        while heading + 1 < len(ends) and ends[heading + 1] <= number:
            heading += 1
        text = document.shown[number - 1][:_LOOKED_AT]
        if not any(char.isdigit() for char in text):
            if _labelled(text, words) == "status":
                status.append(number)
            continue
        targets += _targets(number, text)
        if number in boxes:
            continue
        kind = _labelled(text, words)
        if kind == "score":
            scores += _score(number, text, heading if heading >= 0 else None)
        elif kind == "total":
            totals += _total(number, text)
        elif kind == "status":
            status.append(number)
        counts += _counts(number, text, counting, words, number in headed)
    rows = [row for one in _tables(document) for row in _category_rows(one, words)]
    totals += [t for row in document.rows for t in _total_row(row, words)]
    return Figures(
        tuple(scores), tuple(totals), tuple(rows), tuple(counts), tuple(targets), tuple(status)
    )


def number(text: str) -> float:
    """`57.3`, `57,3`, `1,000` or `1.000` as a number."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return float(re.sub(r"[.,]", "", text))
    return float(text.replace(",", "."))


def _labelled(text: str, words: Words) -> str:
    found = _LABEL.match(text)
    name = fold(bare(found[1])) if found else ""
    return next((kind for kind in _BEFORE_COLON if name in words.labels.get(kind, ())), "")


def _score(line: int, text: str, heading: int | None) -> Iterator[ScoreLine]:
    part = _PART.search(text)
    if part is None:
        return
    percent = _PERCENT.search(text, part.end())
    end = percent.end() if percent else part.end()
    yield ScoreLine(
        line,
        heading,
        int(part[1]),
        int(part[2]),
        number(percent[1]) if percent else None,
        part.span(),
        percent.span(1) if percent else None,
        sign_behind(text, end),
    )


def sign_behind(text: str, start: int) -> Span | None:
    """Where a sign stands alone behind a figure, to the end of the line."""
    rest = text[start:]
    shown = rest.strip(" )\t")
    if not shown or not all(is_pictograph(char) or char == "�" for char in shown):
        return None
    at = start + rest.index(shown[0])
    return at, at + len(shown)


def _total(line: int, text: str) -> Iterator[Total]:
    percent = _PERCENT.search(text)
    if percent:
        yield Total(line, number(percent[1]), percent.span(1))


def _total_row(row: Row, words: Words) -> Iterator[Total]:
    name = fold(bare(row.cells[0].text))
    if name not in words.labels.get("total_row", ()):
        return
    for cell in row.cells[:0:-1]:
        percent = _PERCENT.search(cell.text)
        if percent:
            start = cell.start + percent.start(1)
            yield Total(row.line, number(percent[1]), (start, start + len(percent[1])), row.table)
            return


def _tables(document: TaskDocument) -> list[list[Row]]:
    """The rows of each table. A rule between the parts of a drawing does not end it."""
    found: dict[int, list[Row]] = {}
    for row in document.rows:
        found.setdefault(row.table, []).append(row)
    return list(found.values())


def _category_rows(table: list[Row], words: Words) -> Iterator[CategoryRow]:
    head = [words.label_of.get(fold(bare(c.text)), "") for c in table[0].cells]
    wanted = {kind: head.index(kind) for kind in ("score", "weight", "weighted") if kind in head}
    if "score" not in wanted or not (table[1:]):
        return
    for row in table[1:]:
        if len(row.cells) != len(head):
            continue
        name = bare(row.cells[0].text)
        if fold(name) in words.labels.get("total_row", ()):
            continue
        numbered = re.match(r"(\d{1,3})[.):]?\s+(.*)", name)
        values = {kind: _value(row, at) for kind, at in wanted.items()}
        yield CategoryRow(
            row.line,
            row.table,
            numbered[2] if numbered else name,
            numbered[1] if numbered else "",
            values.get("score"),
            values.get("weight"),
            values.get("weighted"),
        )


def _value(row: Row, at: int) -> tuple[float, Span] | None:
    found = re.match(r"[*_]{0,3}(\d{1,4}(?:[.,]\d{1,4})?)\s?%?", row.cells[at].text)
    if found is None:
        return None
    start = row.cells[at].start + found.start(1)
    return number(found[1]), (start, start + len(found[1]))


def _counting(words: Words) -> list[tuple[re.Pattern[str], bool]]:
    """How a count stands at a severity word; the flag says that it counts what is still to do."""
    if not words.counted:
        return []
    word = "(?P<word>" + "|".join(sorted(words.counted, key=len, reverse=True)) + ")"
    things = r"(?:issues?|items?|problemas?|elementos?|puntos?)"
    return [
        (re.compile(rf"(?<![\w/]){word}\s+{things}\s*:\s*(?P<n>\d{{1,5}})(?!\d|/)"), True),
        (re.compile(rf"(?<![\d/.])(?P<n>\d{{1,5}})\s+{word}(?:\s+{things})?(?=\s*(?:[).,;]|$))"), False),
        (re.compile(rf"(?<![\w/]){word}\s+{things}\s*\((?P<n>\d{{1,5}})\s+{things}"), False),
        (re.compile(rf"(?<![\w/]){word}\s+{things}[^\d\n(]{{0,20}}\((?:\d{{1,5}}|x)/(?P<n>\d{{1,5}})\)"), False),
    ]  # fmt: skip


def _counts(
    line: int, text: str, counting: list[tuple[re.Pattern[str], bool]], words: Words, heading: bool
) -> Iterator[Count]:
    folded = _folded(text)
    taken: set[Span] = set()
    for pattern, is_open in counting:
        for found in pattern.finditer(folded):
            span = found.span("n")
            stated = is_open or heading
            if span not in taken and (
                stated or int(found["n"])
            ):  # `0 blockers` elsewhere is a wish
                taken.add(span)
                yield Count(
                    line, words.counted[found["word"]], int(found["n"]), span, is_open or heading
                )


def _folded(text: str) -> str:
    """Folded character by character, so that places stay."""
    return "".join(f[0] if (f := fold(char)) else " " for char in text)


def _targets(line: int, text: str) -> Iterator[Target]:
    for found in _RATE.finditer(text):
        value = number(found[1]) * (1000 if found[2] else 1)
        yield Target(line, "throughput", value, "req/s")
    for found in _LATENCY.finditer(text):
        value = number(found[2]) * (1000 if found[3].lower() == "s" else 1)
        yield Target(line, f"P{found[1]} latency", value, "ms")
