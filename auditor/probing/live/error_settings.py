"""Handlers of unexpected errors that no call registers: assignments, settings, and what Go functions recover from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.definitions import Defined
from auditor.code.languages import grammar_of
from auditor.code.parsing import Unparsed
from auditor.code.scan import Function
from auditor.code.topics.handler_bodies import Body, always_answers
from auditor.probing.live.error_handling import Handler, Handlers

_FILTER = re.compile(
    r"provide:\s*APP_FILTER\s*,\s*use(?:Class|Value|Existing)\s*:\s*(?:new\s+)?([\w$.]+)"
)
_REST = re.compile(r"""["']EXCEPTION_HANDLER["']\s*:\s*["']([\w.]+)["']""")
_LIBRARIES = (
    "drf_standardized_errors.handler.exception_handler",
    "drf_problems.exceptions.exception_handler",
)
_UNEXPECTED = re.compile(r"\b500\b|INTERNAL_SERVER_ERROR|InternalServerError")
_SERVES = re.compile(
    r"http\.(?:Handler\b|HandlerFunc|ResponseWriter)|gin\.(?:HandlerFunc|Context)|grpc\.\w+Handler"
    r"|echo\.(?:HandlerFunc|MiddlewareFunc|Context)|fiber\.(?:Ctx|Handler)"
)


class Written(Handlers):
    """The handlers that are written down elsewhere than in a call."""

    def written(self) -> Iterator[Handler]:
        """Handlers that are registered by an assignment, a setting or a file."""
        roots = self._roots()
        for path in sorted(self.topic.code.closure.reachable):
            scan = self.topic.code.scans.get(path)
            if scan is None:
                continue
            name = scan.constants.get("handler500", "").strip("\"'") or scan.bound.get(
                "handler500", ""
            )
            if name and (not roots or path in roots):
                found = self.definitions.find(name, path) or self._dotted(name, path)
                yield Handler(
                    path, self._line(path, "handler500"), "handler500", *self.judged(found, 9)
                )
            if "@nestjs/core.APP_FILTER" in scan.names.values():
                for match in _FILTER.finditer(self.texts.text(path)):
                    yield from self.filter(path, self._line(path, match[0]), match[1], "APP_FILTER")
            if "REST_FRAMEWORK" in scan.constants or any("handler" in r for r in scan.references):
                for match in _REST.finditer(self.texts.text(path)):
                    yield from self._rest(path, match[1])
            yield from self._django(path)
            yield from self._own_recover(path)

    def _dotted(self, name: str, path: str) -> Defined | None:
        there = self.topic.origin(name, path)
        return self.definitions.find(there[1], there[0]) if there is not None else None

    def _roots(self) -> set[str]:
        found = set()
        for path, scan in self.topic.code.scans.items():
            module = scan.constants.get("ROOT_URLCONF", "").strip("\"'")
            file = self.topic.code.python.file(module, path) if module else None
            found |= {file} if file is not None else set()
        return found

    def _rest(self, path: str, name: str) -> Iterator[Handler]:
        """The handler of Django REST framework counts where it answers what is no error of the framework, too."""
        line = self._line(path, "EXCEPTION_HANDLER")
        if name in _LIBRARIES:
            yield Handler(path, line, f"EXCEPTION_HANDLER {name}")
            return
        found = self._dotted(name, path)
        if found is None or not isinstance(found.what, Function):
            return
        outline = self.texts.outline(found.path)
        lines = (
            outline.code.splitlines()[found.what.line - 1 : found.what.last]
            if outline is not None
            else []
        )
        if _UNEXPECTED.search("\n".join(lines)):
            yield Handler(path, line, f"EXCEPTION_HANDLER {name}", *self.judged(found, 0))

    def _django(self, path: str) -> Iterator[Handler]:
        """Middleware of Django with a `process_exception` that answers, named in the settings."""
        scan = self.topic.code.scans[path]
        for one in scan.classes:
            if "process_exception" not in one.methods:
                continue
            own = (
                f for f in scan.functions if f.name == "process_exception" and f.scope == one.name
            )
            method = next(own, None)
            if method is None or not self._is_set(one.name):
                continue
            body, at = self.judged(Defined(path, method), 2)
            if not body.hides and self._always(path, method.line):
                yield Handler(path, method.line, f"{one.name}.process_exception", body, at)

    def _always(self, path: str, line: int) -> bool:
        try:
            return always_answers(self.texts.text(path), grammar_of(path) or "", line)
        except Unparsed:
            return False

    def _is_set(self, name: str) -> bool:
        """Whether a file that sets MIDDLEWARE names a class."""
        scans = self.topic.code.scans.items()
        named = (p for p, s in scans if any(r.endswith(f".{name}") for r in s.references))
        return any("MIDDLEWARE" in self.texts.text(p) for p in named)

    def _own_recover(self, path: str) -> Iterator[Handler]:
        """A Go function around an http.Handler that recovers and answers, and that is used."""
        scan = self.topic.code.scans[path]
        for catch in scan.catches:
            if catch.types != ("panic",):
                continue
            own = next((f for f in scan.functions if f.line <= catch.line <= f.last), None)
            if own is None or self.texts.mentions(own.name) < 2:
                continue
            text = "\n".join(self.texts.text(path).splitlines()[own.line - 1 : catch.line])
            if not _SERVES.search(text):
                continue
            hides = {"nothing": "does nothing", "logs": "only logs"}.get(catch.does, "")
            if catch.does in ("returns", "nothing", "logs"):
                yield Handler(
                    path, own.line, f"{own.name} recovers", Body(hides), f"{path}:{catch.line}"
                )

    def _line(self, path: str, text: str) -> int:
        whole = self.texts.text(path)
        return whole.count("\n", 0, max(0, whole.find(text))) + 1
