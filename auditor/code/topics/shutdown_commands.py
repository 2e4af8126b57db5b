"""Whether a shell stands between the platform's signal and the service: commands that it runs without `exec`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SHELL = re.compile(r"(?:/(?:usr/)?bin/)?(?:ba|da|a|z)?sh")
_FLAG = re.compile(r"-[a-z]*c")
_EXEC = re.compile(r"(?m)(?:^|[;&|({]|\b(?:then|else|do)\b|\))[ \t]*exec[ \t]+(?![<>0-9&{])\S")
_TRAP = re.compile(r"(?m)^[ \t]*trap[ \t]")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#(?!!).*$")
_IDLE = re.compile(r"(?:exit|return|true|:|wait|set|export)\b.*|fi|done|esac|\}|;;")


def behind_a_shell(words: Sequence[str], *, shell: bool) -> str:
    """The command that a shell runs without exec; "" where none does. `shell` says that `words` is one line
    which a shell is given, as the shell form of CMD is."""
    if shell:
        line = " ".join(words)
    elif len(words) > 2 and _SHELL.fullmatch(words[0]) and _FLAG.fullmatch(words[1]):
        line = words[2]
    elif len(words) == 1 and (inner := re.match(r"(\S+)\s+(-[a-z]*c)\s+(.+)", words[0], re.DOTALL)):
        if not (_SHELL.fullmatch(inner[1]) and _FLAG.fullmatch(inner[2])):
            return ""
        line = inner[3].strip("\"'")
    else:
        return ""
    steps = [s.strip() for s in re.split(r"&&|\|\||;|\n", line) if s.strip()]
    if not steps or steps[-1].startswith(("exec ", "#")) or _EXEC.search(line):
        return ""
    inner = re.match(r"(\S+)\s+(-[a-z]*c)\s+(.+)", steps[-1])
    if inner and _SHELL.fullmatch(inner[1]):
        return behind_a_shell((inner[1], inner[2], inner[3].strip("\"'")), shell=False)
    return " ".join(line.split())[:120]


def script_without_exec(text: str) -> tuple[int, str]:
    """The last command of a shell script that neither gives way to what it starts nor traps signals, and its
    line; line 0 for one that does either, or starts nothing."""
    code = _COMMENT.sub("", text)
    if _EXEC.search(code) or _TRAP.search(code):
        return 0, ""
    lines = [(n, line.strip()) for n, line in enumerate(code.split("\n"), start=1)]
    told = [(n, line) for n, line in lines if line and not line.startswith("#!")]
    number, line = next(
        ((n, one) for n, one in reversed(told) if not _IDLE.fullmatch(one)), (0, "")
    )
    return number, " ".join(line.split())[:120]
