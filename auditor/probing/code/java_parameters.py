"""The parameters of Java methods: their annotations, and what their types hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.code.java.java_beans import simple
from auditor.code.scan import last_name

_NOTE = re.compile(r"@([\w.]+)\s*(\((?:[^()]|\([^()]*\))*\))?")
_WRAPPERS = re.compile(
    r"(?:Mono|Flux|Uni|Multi|List|Set|Collection|Iterable|Optional|HttpEntity|RequestEntity|ArrayList|Publisher|Single)\s*<(.*)>"
)
FREE = frozenset({
    "Map", "HashMap", "LinkedHashMap", "JsonNode", "ObjectNode", "Object", "String", "JSONObject", "JsonObject",
    "MultiValueMap", "byte[]", "InputStream", "Reader", "ArrayNode", "JSONArray", "Document", "JsonElement",
})  # fmt: skip
TYPED = frozenset({
    "Long", "Integer", "Boolean", "UUID", "LocalDate", "LocalDateTime", "Instant", "BigDecimal", "Double", "Float",
    "Short", "long", "int", "boolean", "double", "OffsetDateTime", "ZonedDateTime", "Duration", "Date",
})  # fmt: skip
SIMPLE = frozenset({
    "PathVariable", "RequestParam", "RequestHeader", "CookieValue", "PathParam", "QueryParam", "HeaderParam", "Context",
    "AuthenticationPrincipal", "SessionAttribute", "RequestAttribute", "MatrixVariable", "Suspended", "CookieParam",
    "QueryValue", "Header", "Value", "CurrentUser", "RestPath", "RestQuery", "FormParam", "RestForm",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its annotations as written, its type and its name."""

    notes: tuple[str, ...]
    type: str
    name: str


def is_marked(one: Parameter) -> int:
    """How plainly a parameter is said to be the input."""
    names = {simple(n) for n in one.notes}
    return 2 * bool(names & {"RequestBody", "Body", "RequestPart"}) + bool(
        names & {"Valid", "Validated"}
    )


def parameter(text: str) -> Parameter:
    """The parameter that a text declares."""
    notes = tuple(f"{m[1]}{m[2] or ''}" for m in _NOTE.finditer(text))
    rest = _NOTE.sub("", text).replace("final ", "").strip()
    kind, _, name = rest.rpartition(" ")
    return Parameter(notes, " ".join(kind.split()), name)


def inner_type(kind: str) -> str:
    """The last name of what a type holds, at the core of its wrappers."""
    for _ in range(4):
        match = _WRAPPERS.fullmatch(kind.strip())
        if match is None:
            break
        kind = match[1]
    if kind.endswith("[]") and kind != "byte[]":
        kind = kind[:-2]
    return last_name(kind.partition("<")[0].strip())
