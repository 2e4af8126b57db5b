"""What a Grafana dashboard is read into, and how its data sources, lines and loose values are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from auditor.formats.text.typed_json import decoder
from auditor.formats.text.word_list import words

DECORATION = words(
    "row text news dashlist alertlist annolist pluginlist welcome gettingstarted canvas"
    " live debug grafana-alertlist"
)
"""Types of panels that show something without a query of their own."""
_WITHOUT_QUERY = re.compile(r"clock|text|html|image|iframe|button|form|static|ajax|calendar|menu")
_TITLE = re.compile(r"\"title\"\s*:\s*(\"(?:[^\"\\]|\\.)*+\")")
_UID = re.compile(r"[A-Za-z0-9_-]{0,40}")


class Place(StrEnum):
    """Where a panel stands: at the top, folded into a row, or in a row of Grafana 4."""

    TOP = "top"
    NESTED = "nested"
    LEGACY = "legacy"


@dataclass(frozen=True, slots=True)
class Target:
    """One query. `source` is the type of its data source in lower case, "" where the file does not tell.

    `expr` is PromQL or LogQL; `filled` says that it asks anything, in whatever language.
    """

    expr: str
    source: str
    hidden: bool
    filled: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; `library` says that its content is kept elsewhere. `line` is that of its title."""

    title: str
    type: str
    place: Place
    targets: tuple[Target, ...]
    library: bool = False
    line: int | None = None

    @property
    def decorates(self) -> bool:
        """Whether it shows something without a query of its own."""
        return self.type in DECORATION or _WITHOUT_QUERY.search(self.type) is not None

    def __str__(self) -> str:
        return f"panel {self.title!r}" if self.title else f"a {self.type or 'plain'} panel"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the dashboard: its name, its type (`query`, `datasource`, …), what it asks."""

    name: str
    type: str
    query: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard. `panels` has rows too; `row_panels` and `legacy_rows` count these apart.

    `refusals` says why Grafana would not load the file as it is; `wrapped` that it is the API's answer.
    `unbound` are data sources that only an import by hand puts in (`${DS_PROMETHEUS}` of `__inputs`).
    """

    title: str
    uid: str
    schema_version: int | None
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    legacy_rows: int
    wrapped: bool
    refusals: tuple[str, ...]
    unbound: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Panel, ...]:
        """The panels without rows."""
        return tuple(panel for panel in self.panels if panel.type != "row")


def refusals(title: str, uid: str) -> tuple[str, ...]:
    """What Grafana finds wrong when it loads a file."""
    said = [] if title.strip() else ["it has no title, so Grafana does not load it"]
    if not _UID.fullmatch(uid):
        said.append(
            "its uid is longer than 40 characters, or has others than letters, digits, - and _"
        )
    return tuple(said)


class Lines:
    """Finds the line of each title in the text; of several alike, in the order of the document."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, list[int]] = {}
        line, at = 1, 0
        for found in _TITLE.finditer(text):
            line, at = line + text.count("\n", at, found.start()), found.start()
            self._lines.setdefault(_unescaped(found[1]), []).append(line)

    def of(self, title: str) -> int | None:
        """The line of the next `title` of that value, None where there is none."""
        left = self._lines.get(title) if title else None
        return left.pop(0) if left else None


def _unescaped(written: str) -> str:
    if "\\" not in written:
        return written[1:-1]
    try:
        return decoder(str).decode(written)
    except msgspec.DecodeError:
        return ""


class Sources:
    """Tells the type of a data source, by the variables and `__inputs` that its name may lead to."""

    def __init__(self, variables: tuple[Variable, ...], model: dict[str, Any]) -> None:
        self._known = {v.name: v.query.lower() for v in variables if v.type == "datasource"}
        for one in map(mapping, listed(model.get("__inputs"))):
            if text_at(one, "type") == "datasource":
                self._known[text_at(one, "name")] = text_at(one, "pluginId").lower()

    def type_of(self, written: Any) -> str:
        """The type, "" where it is not told; `-- Mixed --` and its like are their own type."""
        name = text_at(written, "type") if isinstance(written, dict) else ""
        if name and name != "datasource":
            return name.lower()
        name = text_at(written, "uid") if isinstance(written, dict) else plain_text(written)
        if name.startswith("$"):
            return self._known.get(re.sub(r"[${}]|:.*", "", name), "")
        low = name.lower()
        named = (kind for kind in ("prometheus", "loki", "tempo") if low.startswith(kind))
        return next(named, low if name.startswith("-- ") else "")


_NEUTRAL = words(
    "refid refId datasource key hide format legendformat legendFormat interval intervalfactor intervalFactor"
    " instant range exemplar editormode editorMode step type expr legend"
)


def target(written: dict[str, Any], source: str) -> Target:
    """One query as the classic model writes it."""
    expr = text_at(written, "expr")
    others = any(
        value not in (None, "", [], {}, False)
        for key, value in written.items()
        if key not in _NEUTRAL
    )
    prometheus = source == "prometheus" or (not source and "expr" in written)
    made_up = (
        "testdata" in source or source == "grafana" or text_at(written, "queryType") == "randomWalk"
    )
    filled = bool(expr.strip()) or (others and not prometheus and not made_up)
    return Target(expr, source, written.get("hide") is True, filled)


def mapping(value: Any) -> dict[str, Any]:
    """The mapping, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The list, or an empty one where something else stands."""
    return value if isinstance(value, list) else []


def plain_text(value: Any) -> str:
    """The text, "" where something else stands."""
    return value if isinstance(value, str) else ""


def text_at(value: Any, key: str) -> str:
    """The text of that key, "" where there is none."""
    return plain_text(mapping(value).get(key))
