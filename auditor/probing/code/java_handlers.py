"""Handlers of unexpected errors in Java services: advices of Spring, mappers of JAX-RS, handlers of Micronaut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.java.behaviour_java import carries
from auditor.code.java.java_beans import simple
from auditor.code.scan import Class, Function, last_name
from auditor.code.topics.handler_bodies import Body
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_notes import Noted, element
from auditor.probing.live.error_handling import Handler

_ADVICES = ("RestControllerAdvice", "ControllerAdvice")
_EVERYTHING = frozenset({"Exception", "Throwable"})
_LIMITS = ("basePackages", "basePackageClasses", "assignableTypes", "annotations", "value")
_FAILS = re.compile(
    r"HttpStatus\.(?!OK\b|CREATED|ACCEPTED|NO_CONTENT|FOUND)[A-Z_]+|HttpStatus(?:Code)?\.(?:valueOf|resolve)|\b5\d\d\b|\b4\d\d\b"
    r"|INTERNAL_SERVER_ERROR|\.(?:internalServerError|badRequest|serverError|status|notFound)\(|\bSC_(?!OK)[A-Z_]+|sendError\("
    r"|setStatus(?:Code)?\(|\bProblemDetail\b|\bthrow\b|ResponseStatusException|\bsuper\.|WebApplicationException|Mono\.error\("
    r"|getStatus(?:Code)?\(|ErrorResponse\.(?:builder|create)"
)
_OK = re.compile(
    r"ResponseEntity\s*\.\s*ok\(|HttpStatus\.OK\b|\.ok\(|Status\.OK\b|setStatus\(\s*200|SC_OK\b"
)
_BAD_ONES = re.compile(
    r"HttpStatus\.(?!OK\b)[A-Z_]+|\b[45]\d\d\b|INTERNAL_SERVER_ERROR|\bthrow\b|serverError\(|sendError\(|badRequest\("
)
_SETS_ITSELF = re.compile(r"ProblemDetail|ErrorResponse$|ErrorResponseException")
_OPEN = re.compile(
    r"ResponseEntity|Response\b|ServerResponse|HttpResponse|Mono|Uni|CompletionStage|ModelAndView|void|HttpEntity"
)
_LOGS = re.compile(
    r"^\s*(?:\w+\.)*_?(?:log(?:ger)?|LOG(?:GER)?)\b|printStackTrace\(|System\.(?:out|err)"
)
_DEBUG = re.compile(r"debug|\bdev\w*\b|isProd|production|trace", re.IGNORECASE)
_MAPPER = re.compile(r"\bExceptionMapper\s*<\s*(?:[\w.]*\.)?(\w+)\s*>")
_MICRONAUT = re.compile(r"\bExceptionHandler\s*<\s*(?:[\w.]*\.)?(\w+)\s*,")
_RESOLVERS = frozenset({
    "HandlerExceptionResolver", "AbstractHandlerExceptionResolver", "SimpleMappingExceptionResolver",
    "ErrorWebExceptionHandler", "AbstractErrorWebExceptionHandler", "DefaultErrorWebExceptionHandler",
    "WebExceptionHandler", "ErrorController", "AbstractErrorController", "BasicErrorController", "ProblemHandling",
})  # fmt: skip
_ERROR = re.compile(r"\b(?:\w*Exception|Throwable|\w*Error)\s+(\w+)$")
_LEAKS = (
    (
        "server.error.include-stacktrace",
        ("always", "on_param", "on-param", "on_trace_param", "on-trace-param"),
    ),
    ("server.error.include-message", ("always",)),
    ("spring.web.error.include-stacktrace", ("always", "on_param", "on-param")),
    ("spring.web.error.include-message", ("always",)),
)


def java_handlers(java: JavaFiles) -> Iterator[Handler]:
    """The handlers for everything that is left, in the Java files that the service reaches."""
    for noted in java.noted(*_ADVICES):
        if noted.method is None and not _is_limited(noted, java):
            yield from _of_advice(noted, java)
    for path in java.paths:
        text = java.code(path)
        for one in java.scan(path).classes:
            yield from _of_class(path, one, text, java)
    for noted in java.noted("ServerExceptionMapper"):
        if noted.method is not None and _types(noted.method, noted.text) & _EVERYTHING:
            yield _handler(noted.path, noted.method, f"@ServerExceptionMapper {noted.where}", java)
    for noted in java.noted("Error"):
        if (
            noted.method is not None
            and java.of(noted, "io.micronaut.")
            and re.search(r"global\s*=\s*true", noted.text)
        ):
            named = re.findall(r"(\w+)\.class", noted.given("exception", "value"))
            if (set(named) or _types(noted.method, "")) & _EVERYTHING:
                yield _handler(noted.path, noted.method, f"@Error {noted.where}", java)


def java_leaks(java: JavaFiles) -> Iterator[tuple[str, int, str]]:
    """Settings that put the message or the stack of every error into its answer."""
    for key, values in _LEAKS:
        found = java.setting(key)
        if found is not None and found.value.lower() in values:
            yield found.path, found.line, f"{found.key}: {found.value}"


def _is_limited(noted: Noted, java: JavaFiles) -> bool:
    """Whether an advice is for some controllers alone."""
    for name in _LIMITS:
        text = element(noted.text, name)
        if not text or (name == "annotations" and "RestController" in text):
            continue
        packages = re.findall(r'"([\w.]*)"', text)
        top = java.scan(java.boot[0]).package if java.boot is not None else "\0"
        if packages and any(top.startswith(p) for p in packages):
            continue
        return True
    return False


def _of_advice(noted: Noted, java: JavaFiles) -> Iterator[Handler]:
    """The methods of an advice, and of its own classes above it, that handle everything."""
    kin = [(noted.path, noted.owner)]
    for base in noted.owner.bases:
        kin += java.classes.get(last_name(base), [])
        if last_name(base) in ("ProblemHandling",):
            yield Handler(
                noted.path, noted.line, f"{last_name(noted.owner.name)} (ProblemHandling)"
            )
    for path, one in kin:
        for method in java.scan(path).functions:
            text = next((d for d in method.decorators if simple(d) == "ExceptionHandler"), None)
            if method.scope == one.name and text is not None and _types(method, text) & _EVERYTHING:
                yield _handler(
                    path,
                    method,
                    f"@ExceptionHandler {last_name(one.name)}.{method.name}",
                    java,
                    one,
                )


def _types(method: Function, text: str) -> set[str]:
    """The exceptions that a method handles: those that its annotation names, else those that it takes."""
    named = re.findall(r"(\w+)\.class", text)
    if named:
        return set(named)
    found = (re.search(r"(\w+)\s+\w+$", p) for p in method.parameters)
    return {m[1] for m in found if m is not None}


def _of_class(path: str, one: Class, text: str, java: JavaFiles) -> Iterator[Handler]:
    bases = {last_name(b) for b in one.bases}
    if "ExceptionMapper" in bases or "ExceptionHandler" in bases:
        head = text[text.find(f"class {last_name(one.name)}") :].partition("{")[0]
        handled = _MAPPER.search(head) or _MICRONAUT.search(head)
        names = {simple(d) for d in one.decorators}
        registered = names & {
            "Provider",
            "Singleton",
            "Component",
            "ApplicationScoped",
            "Produces",
        } or any(
            re.search(
                rf"\bregister(?:Classes|Instances)?\([^;]*\b{last_name(one.name)}\b", java.bare(p)
            )
            for p in java.paths
        )
        method = next(
            (
                f
                for f in java.scan(path).functions
                if f.scope == one.name and f.name in ("toResponse", "handle")
            ),
            None,
        )
        if handled is not None and handled[1] in _EVERYTHING and registered and method is not None:
            yield _handler(path, method, f"{last_name(one.name)}.{method.name}", java)
    elif (
        bases & _RESOLVERS
        and java.is_bean(path, one)
        and not {simple(d) for d in one.decorators} & set(_ADVICES)
    ):
        yield Handler(path, one.line, f"{last_name(one.name)} ({sorted(bases & _RESOLVERS)[0]})")


def _handler(
    path: str, method: Function, what: str, java: JavaFiles, owner: Class | None = None
) -> Handler:
    return Handler(
        path, method.line, what, body(path, method, java, owner), f"{path}:{method.line}"
    )


def body(path: str, method: Function, java: JavaFiles, owner: Class | None = None) -> Body:
    """What a handler answers."""
    text = java.body(path, method)
    said = text.partition("{")[2]
    own = [f for f in java.scan(path).functions if f is not method and f.scope == method.scope]
    called = [f for f in own if re.search(rf"(?<![\w.])(?:this\.)?{re.escape(f.name)}\(", said)]
    whole = "\n".join([said, *(java.body(path, f) for f in called[:5])])
    noted = [*method.decorators, *(owner.decorators if owner is not None else ())]
    status = next((d for d in noted if simple(d) == "ResponseStatus"), "")
    return Body(_hides(method, whole, status, java), _tells(path, method, java))


def _hides(method: Function, whole: str, status: str, java: JavaFiles) -> str:
    statements = [s for s in re.split(r"[;{}]", whole) if s.strip()]
    if all(_LOGS.match(s) for s in statements):
        if not status or method.returns not in ("void", "Void"):
            return "only logs" if statements else "does nothing"
        return ""
    if status and not re.search(r"\bOK\b", status):
        return ""
    if _OK.search(whole) and not _BAD_ONES.search(whole):
        return "answers a success"
    if _FAILS.search(whole) or _SETS_ITSELF.search(method.returns) or _sets_status(method, java):
        return ""
    if _OPEN.match(method.returns) and method.returns not in ("void", "ModelAndView"):
        return ""  # what it makes of the status is somewhere else
    return "answers with status 200"


def _sets_status(method: Function, java: JavaFiles) -> bool:
    """Whether what a method gives back is turned into a status by a ResponseBodyAdvice of the service's own."""
    wraps = any(
        last_name(b) == "ResponseBodyAdvice"
        for p in java.paths
        for c in java.scan(p).classes
        for b in c.bases
    )
    return wraps and any("setStatusCode(" in java.bare(p) for p in java.paths)


def _tells(path: str, method: Function, java: JavaFiles, depth: int = 3) -> int:
    """The line of an answer that carries the text or the stack of the error, under no condition; or 0."""
    bound = next((m[1] for p in method.parameters if (m := _ERROR.search(p))), "")
    if not bound:
        return 0
    pattern, carried = carries(bound), set[str]()
    text = java.body(path, method)
    at = text.find("{") + 1
    for part in re.finditer(r"[^;{}]+[;{}]?", text[at:]):
        said = part[0]
        if _LOGS.match(said) or re.search(r"^\s*(?:else\s+)?if\b", said):
            if re.search(r"^\s*(?:else\s+)?if\b", said) and _DEBUG.search(said):
                return 0
            continue
        handed = re.search(
            rf"\breturn\s+(?:this\.)?(\w+)\([^;]*\b{re.escape(bound)}\b(?!\s*\.)", said
        )
        line = _handed(handed[1], path, method, java, depth) if handed is not None else 0
        if line:
            return line
        holds = pattern.search(said) or any(
            re.search(rf"\b{re.escape(c)}\b", said) for c in carried
        )
        if not holds:
            continue
        if re.search(r"\breturn\b|sendError\(|\.write\w*\(", said):
            return method.line + text.count(
                "\n", 0, at + part.start() + len(said) - len(said.lstrip())
            )
        target = re.search(r"(\w+)\s*=(?!=)", said) or re.match(
            r"\s*(\w+)\s*\.\s*(?:set|put|add|with)\w*\(", said
        )
        if target is not None:
            carried.add(target[1])
    return 0


def _handed(name: str, path: str, method: Function, java: JavaFiles, depth: int) -> int:
    """The line in a method of the same class, that is handed the error, whose answer carries its text; or 0."""
    for other in java.scan(path).functions:
        if depth and other is not method and other.name == name and other.scope == method.scope:
            line = _tells(path, other, java, depth - 1)
            if line:
                return line
    return 0
