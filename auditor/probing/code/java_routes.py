"""The routes of Java services that take input, and whether Bean Validation checks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from auditor.code.java.java_beans import own_components, simple
from auditor.code.scan import Class, Function, last_name
from auditor.code.topics.routes import Check, Route, short
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_parameters import (
    FREE,
    SIMPLE,
    TYPED,
    Parameter,
    inner_type,
    is_marked,
    parameter,
)

_CONTROLLERS = frozenset(
    {"RestController", "Controller", "Path", "RepositoryRestController", "BasePathAwareController"}
)
_SPRING = frozenset(
    {"RequestMapping", "PostMapping", "PutMapping", "PatchMapping", "GetMapping", "DeleteMapping"}
)
_JAXRS = frozenset({"POST", "PUT", "PATCH"})
_MICRONAUT = frozenset({"Post", "Put", "Patch"})
_CONSTRAINT = re.compile(
    r"@(?:NotNull|NotBlank|NotEmpty|Size|Min|Max|Pattern|Email|Positive(?:OrZero)?|Negative(?:OrZero)?|Digits|Past(?:OrPresent)?"
    r"|Future(?:OrPresent)?|AssertTrue|AssertFalse|DecimalMin|DecimalMax|Length|Range|URL|UUID|CreditCardNumber|Null|EAN|ScriptAssert"
    r"|UniqueElements|CodePointLength|ISBN|LuhnCheck)\b"
)
_PROVIDER = re.compile(
    r"starter-validation|hibernate-validator|validator-autoconfigure|micronaut-validation|bval|spring-boot-validation"
)
_BOOT = re.compile(
    r"spring-boot-(?:starter-parent|dependencies)\s*</artifactId>\s*<version>\s*(\d+)\.(\d+)|springframework\.boot[\"']\)?\s+version\s*\(?[\"'](\d+)\.(\d+)"
)
_VALIDATES = re.compile(
    r"\b\w*[vV]alidator\w*\s*\.\s*(?:validate\w*|check\w*)\(|\bValidationUtils\w*\.\w+\(|\.validate\("
)
_CHECKS = re.compile(
    r"\b(?:check|validate|verify|assert|require)\w*\(|\bAssert\.\w+\(|\bPreconditions\.\w+\(|\bObjects\.requireNonNull\("
)


@dataclass
class JavaRoutes:
    """The routes of the Java files that a service reaches."""

    java: JavaFiles

    def read(self) -> Iterator[tuple[str, Route]]:
        """Path and route."""
        for path, owner in self._controllers:
            for method in self.java.scan(path).functions:
                if method.scope == owner.name:
                    yield from self._route(path, owner, method)

    @cached_property
    def _controllers(self) -> list[tuple[str, Class]]:
        """Controllers, and the interfaces of the service's own that they implement."""
        java = self.java
        own = own_components({p: java.scan(p) for p in java.paths})
        found: list[tuple[str, Class]] = []
        for path in java.paths:
            for one in java.scan(path).classes:
                names = {simple(d) for d in one.decorators}
                if names & _CONTROLLERS or any(n in own and "ontroller" in n for n in names):
                    found.append((path, one))
                    found += [
                        c
                        for b in one.bases
                        for c in java.classes.get(last_name(b), [])
                        if not c[1].decorators
                    ]
        return list({(p, c.name): (p, c) for p, c in found}.values())

    def _route(self, path: str, owner: Class, method: Function) -> Iterator[tuple[str, Route]]:
        names = {simple(d) for d in method.decorators}
        spring = bool(names & _SPRING)
        if not (spring or names & _JAXRS or names & _MICRONAUT):
            return
        verb = next(iter(sorted(names & (_SPRING | _JAXRS | _MICRONAUT))))
        reads = verb in ("GetMapping", "DeleteMapping") or any(
            "RequestMethod.GET" in d or "method = GET" in d for d in method.decorators
        )
        every = [parameter(p) for p in method.parameters]
        bodies = [p for p in every if self._is_body(p, spring=spring, reads=reads)]
        if bodies:
            one = max(bodies, key=lambda p: (is_marked(p), not self._is_loaded(p, path, owner)))
            check, by = self._judge(one, every, path, owner, method)
            what = f"{last_name(owner.name)}.{method.name} {short(one.type)}"
            yield path, Route(method.line, what, check, by)

    def _is_loaded(self, one: Parameter, path: str, owner: Class) -> bool:
        """Whether another method of the controller puts a parameter into the model."""
        return any(
            f.scope == owner.name
            and f.returns == one.type
            and any(simple(d) == "ModelAttribute" for d in f.decorators)
            for f in self.java.scan(path).functions
        )

    def _is_body(self, one: Parameter, *, spring: bool, reads: bool) -> bool:
        notes = {simple(n) for n in one.notes}
        inner = inner_type(one.type)
        if notes & {"RequestBody", "Body", "ModelAttribute", "BeanParam"} or (
            "RequestPart" in notes and inner in self.java.classes
        ):
            return not (inner == "MultipartFile" or inner.endswith("FilePart"))
        if "RequestParam" in notes:
            return last_name(one.type.partition("<")[0]) in ("Map", "MultiValueMap")
        if notes & SIMPLE:
            return False
        if not spring:
            return inner in self.java.classes or inner in FREE
        return not reads and inner in self.java.classes and not self._is_bean(inner)

    def _is_bean(self, name: str) -> bool:
        return any(
            self.java.is_bean(p, c)
            for p, c in self.java.classes.get(name, [])
            if "Entity" not in str(c.decorators)
        )

    def _judge(
        self, one: Parameter, every: list[Parameter], path: str, owner: Class, method: Function
    ) -> tuple[Check, str]:
        inner, body = inner_type(one.type), self.java.body(path, method)
        valid = any(simple(n) in ("Valid", "Validated") for n in one.notes)
        if inner in TYPED or self._is_enum(inner):
            return Check.SCHEMA, inner
        if inner in FREE or re.fullmatch(r"[A-Z]|\?.*", inner):
            by_hand = _VALIDATES.search(body) is not None
            return (
                (Check.UNCLEAR, "it is checked by hand")
                if by_hand
                else (Check.RAW, f"{short(one.type)} is no schema")
            )
        if not valid:
            if _VALIDATES.search(body):
                return Check.SCHEMA, " ".join(_VALIDATES.search(body)[0].split()).rstrip("(")  # type: ignore[index]
            if _CHECKS.search(body.partition("{")[2]):
                return Check.UNCLEAR, f"{inner} is checked by hand, if at all"
            return Check.RAW, f"no @Valid on {inner}"
        result = next(
            (p.name for p in every if last_name(p.type) in ("BindingResult", "Errors")), ""
        )
        if result and not re.search(rf"\b{re.escape(result)}\b", body.partition("{")[2]):
            return Check.RAW, "its BindingResult is never read"
        return self._constraints(inner, one, owner, path)

    def _constraints(
        self, inner: str, one: Parameter, owner: Class, path: str
    ) -> tuple[Check, str]:
        known = self._known(inner, path)
        if not known:
            return Check.UNCLEAR, f"{inner} is not in the service's code"
        javax = [
            p
            for p, c in known
            if any(i.module.startswith("javax.validation") for i in self.java.scan(p).imports)
        ]
        if not any(self._constrained(p, c, 4) for p, c in known):
            return Check.RAW, f"{inner} has no constraints"
        version = self._boot
        if javax and version is not None and version >= (3, 0):
            return (
                Check.RAW,
                f"{inner} has constraints of javax.validation, which Spring Boot {version[0]} does not read",
            )
        listed = re.match(r"(?:List|Set|Collection|Iterable)\b", one.type) is not None
        if (
            listed
            and not any(simple(d) == "Validated" for d in owner.decorators)
            and (version is None or version < (3, 2))
        ):
            return Check.UNCLEAR, f"the elements of {short(one.type)} are not known to be checked"
        if not self._provided:
            return (
                Check.UNCLEAR,
                "no implementation of Bean Validation is seen among the dependencies",
            )
        return Check.SCHEMA, inner

    @cached_property
    def _boot(self) -> tuple[int, int] | None:
        found = _BOOT.search(self.java.build)
        return (int(found[1] or found[3]), int(found[2] or found[4])) if found is not None else None

    @cached_property
    def _provided(self) -> bool:
        if _PROVIDER.search(self.java.build):
            return True
        old = self._boot is not None and self._boot < (2, 3)
        return old and "spring-boot-starter-web" in self.java.build

    def _known(self, name: str, path: str) -> list[tuple[str, Class]]:
        """The classes that a name means in a file: by its import where one is there."""
        every = self.java.classes.get(name, [])
        full = self.java.scan(path).names.get(name, "")
        mine = [
            (p, c) for p, c in every if full and full.startswith(self.java.scan(p).package + ".")
        ]
        return mine or every

    def _is_enum(self, name: str) -> bool:
        known = self.java.classes.get(name, [])
        return bool(known) and all(
            re.search(rf"\benum\s+{re.escape(name)}\b", self.java.bare(p)) for p, _ in known
        )

    @cached_property
    def _own(self) -> frozenset[str]:
        """The constraints of the service's own."""
        return frozenset(
            last_name(c.name)
            for p in self.java.paths
            for c in self.java.scan(p).classes
            if any(simple(d) == "Constraint" for d in c.decorators)
        )

    def _constrained(self, path: str, one: Class, depth: int) -> bool:
        """Whether a class, one above it, or one that it is told to look into, has a constraint."""
        text = _class_text(self.java.code(path), last_name(one.name))
        if _CONSTRAINT.search(text) or any(re.search(rf"@{n}\b", text) for n in self._own):
            return True
        if not depth:
            return False
        inside = re.findall(r"@Valid\s+(?:\w+\s+)*?(?:\w+<)?\s*(?:@Valid\s+)?([A-Z]\w*)", text)
        names = {*inside, *(last_name(b) for b in one.bases)} - {last_name(one.name)}
        return any(
            self._constrained(p, c, depth - 1)
            for n in names
            for p, c in self.java.classes.get(n, [])
        )


def _class_text(code: str, name: str) -> str:
    """The text of a class or record from its name to the end of its body."""
    head = re.search(rf"\b(?:class|record|interface)\s+{re.escape(name)}\b", code)
    if head is None:
        return code
    depth = 0
    for match in re.finditer(r"[{}]", code[head.end() :]):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            before = code.rfind("\n\n", 0, head.start())
            return code[max(0, before) : head.end() + match.end()]
    return code[head.start() :]
