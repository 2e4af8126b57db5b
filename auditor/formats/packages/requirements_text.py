"""Requirements files of pip: what they pin, what they cannot pin, and what they include."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from auditor.formats.text.errors import Malformed
from auditor.formats.text.text_file import decode

_LIMIT = 5_000_000
_COMMENT = re.compile(r"(?:^|\s)#.*$")
# Options that pip takes for one requirement: hashes, and settings for its build.
_OPTIONS = re.compile(
    r"\s--(?:hash|global-option|config-settings?|install-option|no-binary|only-binary)\b.*$"
)
_INCLUDE = re.compile(r"(?:-r|--requirement|-c|--constraint)[ =]*(\S+)")
_UNPINNABLE = re.compile(
    r"(?:-e|--editable)\b|(?:git|hg|svn|bzr)\+|https?://|file:|\.{0,2}/|\.$|[\w.-]+/[\w./-]*$"
    r"|\S+\.(?:whl|tar\.gz|zip)(?:\[\S*\])?$"
)
# What a Linux image with CPython sets; anything that cannot hold there is not deployed.
_DEPLOYED = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "extra": "",
}


@dataclass(frozen=True, slots=True)
class Dependency:
    """One declared package; `version` is None where no exact version is fixed.

    `pinnable` is false for paths, URLs and editable installs, which no advisory database knows.
    """

    name: str
    version: str | None
    line: int | None = None
    pinnable: bool = True


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """A whole file; `includes` are the files that it names with -r or -c."""

    dependencies: tuple[Dependency, ...]
    includes: tuple[str, ...]


def parse(data: bytes) -> RequirementsFile:
    """The dependencies that a Linux image installs. Raises Malformed and TooLarge."""
    # PowerShell's `pip freeze > requirements.txt` writes UTF-16, and pip reads it.
    text = decode(data, name="The requirements file", limit=_LIMIT).text
    found: list[Dependency] = []
    includes: list[str] = []
    for number, line in _lines(text):
        include = _INCLUDE.match(line)
        if include:
            includes.append(include[1])
        elif _UNPINNABLE.match(line):
            found.append(Dependency(line[:100], None, number, pinnable=False))
        elif not line.startswith("-"):
            one = requirement(line, number)
            if one is not None:
                found.append(one)
    return RequirementsFile(tuple(found), tuple(includes))


def _lines(text: str) -> list[tuple[int, str]]:
    """Logical lines with the number of their first line; comments and hashes dropped."""
    joined: list[tuple[int, str]] = []
    held, start = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        start = start if held else number
        held += raw.removesuffix("\\")
        if raw.endswith("\\"):
            continue
        line = _OPTIONS.sub("", _COMMENT.sub("", held)).strip()
        if line:
            joined.append((start, line))
        held = ""
    return joined


def requirement(text: str, line: int | None = None) -> Dependency | None:
    """One requirement specifier; None where its marker rules out every Linux image.

    Raises Malformed for text that is no requirement.
    """
    try:
        parsed = Requirement(text)
    except (InvalidRequirement, RecursionError):  # the latter for a thousand brackets in a marker
        raise Malformed(f"{text[:80]!r} is no requirement.", line=line) from None
    if parsed.marker is not None and not _may_apply(parsed):
        return None
    exact = [
        s.version for s in parsed.specifier if s.operator in ("==", "===") and "*" not in s.version
    ]
    name = canonicalize_name(parsed.name)
    return Dependency(
        name, exact[0] if len(exact) == 1 else None, line, pinnable=parsed.url is None
    )


def _may_apply(parsed: Requirement) -> bool:
    """Whether a marker holds on some supported Python on Linux; which one is not known here."""
    marker = parsed.marker
    if marker is None:
        return True
    versions = [f"3.{minor}" for minor in range(9, 16)]
    environments = [
        _DEPLOYED | {"python_version": v, "python_full_version": f"{v}.0"} for v in versions
    ]
    return any(marker.evaluate(dict(e)) for e in environments)
