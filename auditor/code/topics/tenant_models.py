"""Models of a database by the keys that say whose a record is, in source, Prisma schemas and SQL; and row security."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import line_of

_COLUMN = re.compile(
    r"\b(?:Column|mapped_column|ForeignKey|relationship|OneToOneField)\(|\bmodels\.\w+\(|\bMapped\["
)
_BASE = re.compile(
    r"(?:^|\.)(?:Model|Base|SQLModel|DeclarativeBase|Document|\w*Model|\w*Base|\w*Mixin)$"
)
_FIELD = re.compile(r"^\s*(\w+)\s*(?::[^=\n]+)?(?:=|:\s*Mapped)", re.MULTILINE)
_TABLE = re.compile(r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.\"`]+)\s*\(", re.IGNORECASE)
_PRISMA = re.compile(r"^model\s+(\w+)\s*\{", re.MULTILINE)
_ENTITY = re.compile(r"@(?:Entity|Table)\b")
_SCHEMA = re.compile(r"(?:new\s+(?:mongoose\.)?Schema|\.define|pgTable|mysqlTable|sqliteTable)\b")
_GORM = re.compile(r"`[^`]*\b(?:gorm|db|bun):\"")
_SECURITY = re.compile(
    r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?([\w.\"]+)\s+(ENABLE|DISABLE|FORCE|NO\s+FORCE)\s+ROW\s+LEVEL\s+SECURITY"
    r"|CREATE\s+POLICY\s+[\w\".-]+\s+ON\s+([\w.\"]+)([^;]{0,2000})|DROP\s+POLICY\s+(?:IF\s+EXISTS\s+)?[\w\".-]+\s+ON\s+([\w.\"]+)",
    re.IGNORECASE,
)
_LONGEST = 50_000
_EVERYBODY = re.compile(r"(?:USING|WITH\s+CHECK)\s*\(\s*true\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Model:
    """A model with the names of its columns."""

    name: str
    path: str
    line: int
    columns: tuple[str, ...]


def models_in(root: SgNode, text: str, path: str, language: str) -> Iterator[Model]:
    """The models that a source file defines."""
    if language == "python":
        for node in nodes(root, ("class_definition",)):
            name, above, body = node.field("name"), node.field("superclasses"), node.field("body")
            if name is None or above is None or body is None:
                continue
            if not _COLUMN.search(body.text()) and "table=True" not in above.text().replace(
                " ", ""
            ):
                continue  # a schema of pydantic holds nothing in a database
            bases = [c.text().partition("[")[0] for c in above.children() if c.is_named()]
            if any(_BASE.search(b) for b in bases):
                columns = tuple(dict.fromkeys(_FIELD.findall(body.text())))
                yield Model(name.text(), path, line_of(node), columns)
    elif language == "javascript":
        yield from _of_script(root, path)
    elif language == "go":
        for node in nodes(root, ("type_spec",)):
            name, kind = node.field("name"), node.field("type")
            if name is not None and kind is not None and _GORM.search(kind.text()):
                columns = tuple(re.findall(r"^\s*(\w+)\s+[\w*.\[\]]+\s", kind.text(), re.MULTILINE))
                yield Model(name.text(), path, line_of(node), columns)
    elif language == "java" and _ENTITY.search(text):
        for node in nodes(root, ("class_declaration",)):
            name, body = node.field("name"), node.field("body")
            if name is not None and body is not None and _ENTITY.search(node.text()[:500]):
                columns = tuple(
                    re.findall(
                        r"\b(?:private|protected|public)\s+[\w<>.]+\s+(\w+)\s*[;=]", body.text()
                    )
                )
                yield Model(name.text(), path, line_of(node), columns)


def _of_script(root: SgNode, path: str) -> Iterator[Model]:
    for node in nodes(root, ("class_declaration", "variable_declarator")):
        name, value = node.field("name"), node.field("value") or node.field("body")
        if name is None or value is None:
            continue
        around = node.parent()
        head = (around.text() if around is not None else node.text())[:300]
        is_entity = node.kind() == "class_declaration" and re.search(
            r"@Entity\b|@Schema\(|extends\s+Model\b", head
        )
        if is_entity or (
            node.kind() == "variable_declarator" and _SCHEMA.search(value.text()[:80])
        ):
            columns = tuple(
                dict.fromkeys(
                    re.findall(r"^\s*(?:readonly\s+)?(\w+)[?!]?\s*:", value.text(), re.MULTILINE)
                )
            )
            yield Model(re.sub(r"Schema$", "", name.text()), path, line_of(node), columns)


def models_in_text(text: str, path: str) -> Iterator[Model]:
    """The models of a Prisma schema, or the tables that a text of SQL makes."""
    is_prisma = path.endswith(".prisma")
    starts = list((_PRISMA if is_prisma else _TABLE).finditer(text))
    line, counted = 1, 0
    for at, match in enumerate(starts):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        end = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        body = text[match.end() : min(end, match.end() + _LONGEST)]
        if is_prisma:
            columns = re.findall(r"^\s*(\w+)\s+\w", body.partition("\n}")[0], re.MULTILINE)
        else:
            inner = body.partition(";")[0]
            columns = [c.strip('"`') for c in re.findall(r"(?:^|,)\s*([\w\"`]+)\s+\w", inner)]
        yield Model(match[1].rpartition(".")[2].strip('"`'), path, line, tuple(columns))


def has_key(model: Model, names: Iterable[str]) -> str:
    """The column of a model that is one of some keys (`tenant`, `tenant_id`, `tenantId`), "" for none."""
    wanted = {n.lower() for n in names}
    for column in model.columns:
        plain = column.lower().replace("_", "")
        if plain in wanted or any(
            plain in (f"{n}id", f"{n}uuid", f"{n}fk", f"{n}key") for n in wanted
        ):
            return column
    return ""


@dataclass(slots=True)
class RowSecurity:
    """What SQL says of row level security, table by table, in the order of the files."""

    enabled: dict[str, tuple[str, int]] = field(default_factory=dict)
    forced: set[str] = field(default_factory=set)
    policies: dict[str, tuple[str, int]] = field(default_factory=dict)
    void: dict[str, tuple[str, int]] = field(default_factory=dict)

    def read(self, text: str, path: str) -> None:
        """Take in the statements of one file."""
        line, counted = 1, 0
        for match in _SECURITY.finditer(text):
            line += text.count("\n", counted, match.start())
            counted = match.start()
            place = (path, line)
            if match[1]:
                self._altered(_table(match[1]), " ".join(match[2].upper().split()), place)
            elif match[3]:
                table = _table(match[3])
                (self.void if _EVERYBODY.search(match[4]) else self.policies)[table] = place
            elif match[5]:
                self.policies.pop(_table(match[5]), None)

    def _altered(self, table: str, said: str, place: tuple[str, int]) -> None:
        if said == "ENABLE":
            self.enabled[table] = place
        elif said == "DISABLE":
            self.enabled.pop(table, None)
        elif said == "FORCE":
            self.forced.add(table)
        else:
            self.forced.discard(table)

    @property
    def held(self) -> list[tuple[str, int, str]]:
        """The tables whose policies are in force, with what is to know of each."""
        return [
            (
                *place,
                f"{table}: row level security{'' if table in self.forced else ', not forced on the owner'}",
            )
            for table, place in self.enabled.items()
            if table in self.policies
        ]

    @property
    def idle(self) -> list[tuple[str, int, str]]:
        """Policies that hold nobody back."""
        off = [
            (*place, f"{table}: a policy, and row level security is not enabled")
            for table, place in self.policies.items()
            if table not in self.enabled
        ]
        return off + [
            (*place, f"{table}: its policy is true for everybody")
            for table, place in self.void.items()
            if table not in self.policies
        ]


def _table(name: str) -> str:
    return name.rpartition(".")[2].strip('"`').lower()
