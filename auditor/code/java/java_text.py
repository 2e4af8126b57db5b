"""What a Java text says without a tree: its package, its imports, the names in it, loads by a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.code.scan import Import, last_name

_PIECES = re.compile(
    r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/',
    re.DOTALL,
)
_NOT_NEWLINE = re.compile(r"[^\n]")
_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import\s+(static\s+)?([\w.]+?)(\.\*)?\s*;", re.MULTILINE)
_TYPE = re.compile(r"(?<![\w.@$])(?:[a-z_]\w*\.)*[A-Z]\w*")
_ANNOTATION = re.compile(r"@([A-Z]\w*)")
_NAMED = re.compile(
    r"\b(?:Class\.forName|\w*[lL]oader(?:\(\))?\.loadClass)\(\s*(?:\"([\w.$]+)\"|(?!\"))"
)
_PACKAGES = re.compile(r"\bpackages\(([^()]*)\)")
_STRING = re.compile(r'"([a-z][\w.]*)"')
_GENERIC = re.compile(r"<.*>|\[.*\]|\.\.\.", re.DOTALL)
_BRACKET = re.compile(r"[(){}\[\]]")
_DEEPEST = 250
_LINKS = 1_000

LANG = frozenset({
    "Boolean", "Byte", "Character", "Class", "ClassLoader", "Double", "Enum", "Error", "Exception", "Float",
    "IllegalArgumentException", "IllegalStateException", "Integer", "InterruptedException", "Iterable", "Long",
    "Math", "Module", "Number", "Object", "Process", "ProcessBuilder", "Record", "Runnable", "Runtime",
    "RuntimeException", "ScopedValue", "Short", "String", "StringBuilder", "System", "Thread", "ThreadGroup",
    "ThreadLocal", "Throwable", "AutoCloseable", "CharSequence", "Comparable", "Void", "Override", "Deprecated",
    "SuppressWarnings", "FunctionalInterface", "SafeVarargs", "NullPointerException", "StackTraceElement",
    "NumberFormatException", "ArithmeticException", "IndexOutOfBoundsException", "ClassNotFoundException",
    "ReflectiveOperationException", "ClassCastException", "AssertionError", "OutOfMemoryError", "StackOverflowError",
    "NoSuchFieldException", "NoSuchMethodException", "NoSuchFieldError", "NoSuchMethodError", "LinkageError",
    "ArrayIndexOutOfBoundsException", "NoClassDefFoundError", "VirtualMachineError", "InstantiationException",
    "IllegalAccessException", "UnsupportedOperationException", "CloneNotSupportedException", "SecurityException",
    "Cloneable",
})  # fmt: skip
"""The names of `java.lang` that code uses without an import."""


@dataclass(frozen=True, slots=True)
class JavaText:
    """`bare` is the text without comments and the content of strings, `code` that without comments.

    `names` are what simple names were imported as, `types` the names of types in it as they are written,
    `loaded` those in strings, with `.*` behind them for packages whose JAX-RS resources are meant.
    """

    bare: str
    code: str
    package: str
    imports: tuple[Import, ...]
    names: dict[str, str]
    types: tuple[str, ...]
    loaded: tuple[str, ...]
    dynamic: tuple[int, ...]

    @property
    def is_open(self) -> bool:
        """Whether a whole package is imported, so that a name may be of it or of the file's own."""
        return any(i.name == "*" for i in self.imports)


def read_java(text: str) -> JavaText:
    """Read a Java text."""
    bare = _PIECES.sub(lambda m: _blank(m[0], strings=True), text)
    code = _PIECES.sub(lambda m: _blank(m[0], strings=False), text)
    package = _PACKAGE.search(bare)
    imports: list[Import] = []
    names: dict[str, str] = {}
    for match in _IMPORT.finditer(bare):
        line = bare.count("\n", 0, match.start(2)) + 1
        static, module, wild = match[1], match[2], match[3]
        owner, _, last = module.rpartition(".")
        if wild:
            imports.append(Import(module, "*", line))
        elif static:
            imports.append(Import(owner, last, line))
        else:
            imports.append(Import(module, "", line))
        if not wild:
            names[last] = module
    body = _IMPORT.sub("", bare)
    words = dict.fromkeys((*_TYPE.findall(body), *_ANNOTATION.findall(body)))
    named = list(_NAMED.finditer(code))
    return JavaText(
        bare,
        code,
        package[1] if package else "",
        tuple(imports),
        names,
        tuple(w for w in words if w not in LANG),
        (
            *(m[1].replace("$", ".") for m in named if m[1]),
            *(f"{name}.*" for m in _PACKAGES.findall(code) for name in _STRING.findall(m)),
        ),
        tuple(code.count("\n", 0, m.start()) + 1 for m in named if not m[1]),
    )


def is_monstrous(bare: str) -> bool:
    """Whether a text without comments and strings nests deeper, or chains more calls, than anybody writes."""
    depth = deepest = 0
    for match in _BRACKET.finditer(bare):
        depth += 1 if match[0] in "({[" else -1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST or any(p.count(").") > _LINKS for p in re.split("[;{}]", bare))


def qualify(written: str, names: Mapping[str, str], package: str, *, is_open: bool) -> str:
    """The full name of a type as it is written, without what stands in angle brackets.

    A name that is not imported is of the file's own package; where a whole package is imported too, it
    stays as it is.
    """
    text = "".join(_GENERIC.sub("", written).split())
    first, dot, rest = text.partition(".")
    if first in names:
        return f"{names[first]}{dot}{rest}"
    if not first[:1].isupper():
        return text
    if first in LANG:
        return f"java.lang.{text}"
    return text if is_open or not package else f"{package}.{text}"


def collapsed(name: str) -> str:
    """A chain with only its first and its last name: `T.build` of `T.of().with().build`, and of `T().build`."""
    head, call, rest = name.partition("().")
    if not call:
        return name
    owner, _, method = head.rpartition(".")
    made = method[:1].isupper()
    return f"{head if made else owner}.{last_name(rest)}"


def _blank(piece: str, *, strings: bool) -> str:
    if piece.startswith("/"):
        return _NOT_NEWLINE.sub(" ", piece)
    if not strings:
        return piece
    quotes = 3 if piece.startswith('"""') else 1
    inner = piece[quotes:-quotes]
    return piece[:quotes] + _NOT_NEWLINE.sub(" ", inner) + piece[-quotes:]
