"""What a Docker build is given: the files below its context, without those `.dockerignore` leaves out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

# A backslash and what it guards; a class such as [a-z]; stars; a question mark; anything else.
_TOKEN = re.compile(r"\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|(\*+)|(\?)|(.)", re.DOTALL)
_CLASS = re.compile(r"\\?(.)(?:-\\?([^\]]))?", re.DOTALL)
_BUILD_OUTPUT = re.compile(
    r"(?:.*/)?(?:dist|\.?build|target|out|publish|_build|\.next|node_modules)(?:/.*)?|.*\.(?:jar|war|whl)"
)


class IgnoreRules:
    """The lines of a `.dockerignore`, or with `nested` of a `.gitignore`.

    In a `.gitignore` a name without a slash is meant in every folder.
    """

    def __init__(self, text: str, *, nested: bool = False) -> None:
        self._rules: list[tuple[bool, re.Pattern[str]]] = []
        for line in text.splitlines():
            written = line.strip()
            leaves_out = not written.startswith("!")
            named = written.removeprefix("!").strip()
            anywhere = nested and "/" not in named.rstrip("/")
            path = _clean(named)
            if path and not line.startswith("#"):
                self._rules.append((leaves_out, glob(f"**/{path}" if anywhere else path)))

    def leave_out(self, path: str) -> bool | None:
        """Whether the last rule that fits `path`, from the folder of the rules, leaves it out.

        None where no rule fits.
        """
        fitting = (out for out, rule in reversed(self._rules) if rule.fullmatch(path + "/"))
        return next(fitting, None)


def _nothing(path: str) -> bool:
    return not path


@dataclass(frozen=True, slots=True)
class BuildContext:
    """The folder that a build is given.

    `files` are relative to it, `ignore` are the rules of its `.dockerignore`. `holds` says of a path
    that is no file whether the repository has it all the same (a submodule, a link); `untracked`,
    whether git ignores what lies there.
    """

    folder: str
    files: frozenset[str]
    ignore: IgnoreRules = field(default_factory=lambda: IgnoreRules(""))
    holds: Callable[[str], bool] = _nothing
    untracked: Callable[[str], bool] = _nothing

    def lacks(self, source: str, pattern: bool) -> str | None:
        """Why a COPY source is not in the context; None where it is, or is built before the image."""
        path = _clean(source)
        if next(self.given(source, pattern), None) is not None:
            return None
        if next(self._below(path, pattern), None) is not None:
            return "which .dockerignore leaves out"
        if (not pattern and self.holds(path)) or self.built_before(source):
            return None
        if _BUILD_OUTPUT.fullmatch(path):
            return "a build output that the repository does not hold"
        return "which git ignores" if self.untracked(path) else "which is not there"

    def given(self, source: str, pattern: bool) -> Iterator[str]:
        """The files that a COPY source names or holds, without those that are left out."""
        below = self._below(_clean(source), pattern)
        return (file for file in below if not self.ignore.leave_out(file))

    def built_before(self, source: str) -> bool:
        """Whether a source is a build output by its name that git ignores."""
        path = _clean(source)
        return _BUILD_OUTPUT.fullmatch(path) is not None and self.untracked(path)

    def _below(self, path: str, pattern: bool) -> Iterator[str]:
        """The files that `path` names or holds."""
        if pattern:
            wanted = glob(path)
            yield from (file for file in self.files if wanted.fullmatch(file + "/"))
        elif path in self.files:
            yield path
        else:
            yield from (file for file in self.files if not path or file.startswith(path + "/"))


@lru_cache(maxsize=1024)
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern of Docker, over a path that ends with `/`, and whatever lies below that path.

    It matters in case; `**` as a whole part stands for any folders, none included. The first place
    that fits is as good as any, since everything below fits too: no way back is kept.
    """
    done = ""
    run: list[str] = []
    wild = False
    parts = pattern.split("/")
    for part in (*parts[:-1], *(["**", "*"] if parts[-1] == "**" else parts[-1:])):
        if part == "**":
            done += _run(run, wild)
            run, wild = [], True
        else:
            run.append(_part(part) + "/")
    return re.compile(f"{done}{_run(run, wild)}.*", re.DOTALL)


def _run(run: list[str], wild: bool) -> str:
    return f"(?>(?:[^/]+/)*?{''.join(run)})" if wild and run else "".join(run)


def _part(part: str) -> str:
    """One part of a pattern; between two stars the first place that fits is as good as any."""
    pieces = [""]
    for guarded, negated, inner, stars, one, plain in _TOKEN.findall(part):
        if stars:
            pieces.append("")
        elif inner:
            pieces[-1] += _characters(negated, inner)
        else:
            pieces[-1] += "[^/]" if one else re.escape(guarded or plain)
    first, *others = pieces
    middle = "".join(f"(?>[^/]*?{piece})" for piece in others[:-1])
    return f"{first}{middle}[^/]*{others[-1]}" if others else first


def _characters(negated: str, inner: str) -> str:
    """A class of characters; a range that runs backwards holds nothing, and so stands for no text."""
    ranges = [(low, high or low) for low, high in _CLASS.findall(inner)]
    kept = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
    if negated:
        return f"[^/{kept}]"
    return f"[{kept}]" if kept else "(?!)"


def _clean(path: str) -> str:
    return posixpath.normpath("/" + path.lstrip("/"))[1:]
