"""Whether a script can end with a failure at all, by its text."""

from __future__ import annotations

import ast
import re
import warnings

from auditor.formats.shell.shell_fate import ShellOptions, fate
from auditor.formats.shell.shell_nodes import Sequence, Simple, commands
from auditor.formats.shell.shell_syntax import read_script
from auditor.formats.text.word_list import words

_SUCCEEDS = words(
    "echo printf true : export unset set cd pushd popd sleep local declare readonly trap shift pwd date umask"
    " ulimit shopt mkdir touch chmod return"
)
_GUARD = re.compile(r"\$\{\w+:?\?")
_LONGEST = 400_000
_RAISING = words("check_call check_output raise_for_status fail abort")
_OTHERS = {
    "js": r"process\.exit\(\s*(?!0?\s*\))|process\.exitCode\s*=\s*[^0\s]|\bthrow\b|\bassert\b",
    "rb": r"\bexit\s*\(?\s*(?:[1-9]|false)|\babort\b|\braise\b",
    "ps1": r"\bexit\s+[1-9$]|\bthrow\b|ErrorActionPreference\s*=\s*['\"]Stop",
}
_COMMENTS = re.compile(r"^\s*(?:#|//|\*).*$|/\*.*?\*/", re.MULTILINE | re.DOTALL)


def shell_fails(text: str, options: ShellOptions) -> bool:
    """Whether some command of a shell script, should it fail, makes the whole of it fail."""
    tree = read_script(text, 1)
    return any(command_fails(tree, command, options) for command in commands(tree))


def command_fails(tree: Sequence, command: Simple, options: ShellOptions) -> bool:
    """The same for one command; one that always succeeds, such as `echo`, fails nothing."""
    if command.nested is not None:
        return False
    if _GUARD.search(command.text):
        return fate(tree, command, options).reached
    if not command.words:
        return False
    name, *rest = command.words
    if name == "exit":
        return bool(rest) and rest[0] != "0" and fate(tree, command, options).reached
    return name not in _SUCCEEDS and fate(tree, command, options).can_fail


def python_fails(text: str) -> bool:
    """Whether a Python script raises, asserts, or ends with a status that is not 0. False for text that
    is no Python, for that never checks anything either."""
    if len(text) > _LONGEST:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        return any(_fails(node) for node in ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _fails(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return not _good_end(node.exc)
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("exit", "_exit"):
        return bool(node.args) and not _is_zero(node.args[0])
    checked = any(k.arg == "check" and _is_true(k.value) for k in node.keywords)
    return checked or (name in _RAISING and isinstance(node.func, ast.Attribute))


def _good_end(raised: ast.expr | None) -> bool:
    """`raise SystemExit(0)`."""
    if not isinstance(raised, ast.Call) or getattr(raised.func, "id", "") != "SystemExit":
        return False
    return not raised.args or _is_zero(raised.args[0])


def _is_zero(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (0, None)


def _is_true(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def script_fails(path: str, text: str) -> bool:
    """Whether a script of another language than shell can fail, by the ending of its name."""
    ending = path.rpartition(".")[2].lower()
    first = text.partition("\n")[0]
    if ending == "py" or "python" in first[:80]:
        return python_fails(text)
    kind = {"mjs": "js", "cjs": "js", "ts": "js", "tsx": "js"}.get(ending, ending)
    pattern = _OTHERS.get(kind)
    bare = _COMMENTS.sub("", text[:_LONGEST])
    return pattern is not None and re.search(pattern, bare) is not None
