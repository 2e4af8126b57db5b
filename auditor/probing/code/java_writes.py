"""What Java methods change in a database, and what they send over the network, as far as names and types tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from auditor.code.scan import Function, last_name
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_proxies import DEFINES

_STORE = (
    r"(?:\w*(?:Repository|Repo|Dao|DAO|Mapper)|\w*[eE]ntityManager|em|\w*[jJ]dbcTemplate|\w*[mM]ongoTemplate|\w*[mM]ongoOperations"
    r"|\w*[jJ]dbcOperations|dsl\w*|\w*[sS]qlSession|r2dbcEntityTemplate|repository|repo|dao|mapper)"
)
_STORE_TYPE = re.compile(
    r"(?:Repository|Repo|Dao|DAO|Mapper|EntityManager|JdbcTemplate|JdbcOperations|MongoTemplate)$"
)
_WRITES = (
    r"(?<![\w.])(?:this\.|super\.)?({stores})(?:\(\))?\s*\.\s*(?:(?:save|insert|update|delete|remove|persist|merge|upsert"
    r"|batchUpdate|batchInsert|bulkWrite|findAndModify|add|create(?!Query|NativeQuery|NamedQuery|Criteria))\w*)\("
    r"|\.(?:executeUpdate|persistAndFlush|insertInto|deleteFrom|mergeInto)\("
)
_OWN_SERVICE = re.compile(
    r"(?<![\w.])(?:this\.|super\.)?(save|saveBatch|saveOrUpdate|saveOrUpdateBatch|updateById|updateBatchById|removeById|removeByIds|update|remove)\("
)
_SENDS = re.compile(
    r"\b\w*(?:[rR]estTemplate|[wW]ebClient|[rR]estClient|[hH]ttpClient|[oO]kHttp(?:Client)?)\s*\.\s*(\w+)\("
)
_BUILDS = frozenset(
    {"builder", "create", "newBuilder", "mutate", "setRequestFactory", "setErrorHandler"}
)
_STORES = re.compile(
    r"epositor|Repo\b|[dD]ao\b|DAO|apper|ntityManager|\bem\.|emplate|perations|\bdsl|qlSession|executeUpdate|persist|IService|ServiceImpl|insertInto|deleteFrom"
)
_STRUCTURE = re.compile(r"[{}]|\b(?:return|throw|continue|break|case|default)\b")


class JavaWrites:
    """The writes and requests in the Java files that a service reaches."""

    def __init__(self, java: JavaFiles) -> None:
        self.java = java

    @cached_property
    def _mapstruct(self) -> frozenset[str]:
        """The names of mappers that only turn one object into another."""
        return frozenset(
            last_name(c.name).lower()
            for p in self.java.paths
            for c in self.java.scan(p).classes
            if self.java.scan(p).names.get("Mapper", "").startswith("org.mapstruct")
        )

    @cached_property
    def writes(self) -> list[tuple[str, Function, int]]:
        """What changes rows: path, method and line."""
        found = []
        for path in self.java.paths:
            text = self.java.bare(path)
            if not _STORES.search(text):
                continue
            served = any(
                re.search(r"\b(?:ServiceImpl|IService)$", b)
                for c in self.java.scan(path).classes
                for b in c.bases
            )
            matches = list(self._finder(path).finditer(text))
            matches += list(_OWN_SERVICE.finditer(text)) if served else []
            for match in matches:
                before = text[max(0, match.start() - 80) : match.start()]
                if (match[1] or "").lower() in self._mapstruct or DEFINES.search(before):
                    continue
                line = text.count("\n", 0, match.end()) + 1
                method = self.java.around(path, line)
                if method is not None:
                    found.append((path, method, line))
        return sorted(set(found), key=lambda w: (w[0], w[2]))

    def _finder(self, path: str) -> re.Pattern[str]:
        """What finds the writes of a file: on what is called as a store is, or is declared as one."""
        names = {
            p.name.removeprefix("this.")
            for p in self.java.scan(path).parameters
            if _STORE_TYPE.search(p.type)
        }
        listed = "|".join([_STORE, *sorted(map(re.escape, names))])
        return re.compile(_WRITES.format(stores=listed))

    def both(self, path: str, lines: list[int]) -> tuple[int, int] | None:
        """The first two lines that run one after the other."""
        text = self.java.bare(path).split("\n")
        for at, first in enumerate(lines):
            for second in lines[at + 1 :]:
                if not _either(text, first, second):
                    return first, second
        return None

    @cached_property
    def _clients(self) -> frozenset[str]:
        """The interfaces that are HTTP clients."""
        noted = self.java.noted("FeignClient", "HttpExchange", "RegisterRestClient")
        return frozenset(last_name(n.owner.name) for n in noted)

    def sends(self, path: str) -> Iterator[tuple[int, str]]:
        """The lines of a file on which a request is sent, and by what."""
        text = self.java.bare(path)
        for match in _SENDS.finditer(text):
            if match[1] not in _BUILDS:
                yield text.count("\n", 0, match.end()) + 1, " ".join(match[0].split()).rstrip("(")
        fields = {
            p.name.removeprefix("this.")
            for p in self.java.scan(path).parameters
            if last_name(p.type) in self._clients
        }
        for name in sorted(fields):
            for match in re.finditer(
                rf"(?<![\w.])(?:this\.)?{re.escape(name)}\s*\.\s*(\w+)\(", text
            ):
                yield text.count("\n", 0, match.end()) + 1, f"{name}.{match[1]}"


def _either(text: list[str], first: int, second: int) -> bool:
    """Whether two lines are on different branches, by the braces that close between them."""
    depth, left = 0, _is_last(text, first)
    for index in range(first, second - 1):
        line = text[index]
        for match in _STRUCTURE.finditer(line):
            word = match[0]
            if word == "{":
                depth += 1
            elif word == "}":
                depth -= 1
                if depth < 0:
                    rest = line[match.end() :].strip() or next(
                        (t.strip() for t in text[index + 1 :] if t.strip()), ""
                    )
                    if left or rest.startswith(("else", "catch")):
                        return True
                    depth, left = 0, False
            elif word in ("case", "default"):
                if not depth and left:
                    return True
            elif not depth and not line.lstrip().startswith("if"):
                left = True
    return False


def _is_last(text: list[str], line: int) -> bool:
    """Whether the statement that a line belongs to is the last of its block: it gives something back, or throws."""
    start = line - 1
    while start and not re.search(r"[;{}]\s*$", text[start - 1]):
        start -= 1
    return re.match(r"\s*(?:return|throw)\b", text[start]) is not None
