"""Which files black leaves out: its patterns are regular expressions of the target's making.

One that backtracks without end would stop the whole audit, so another process tries them, with a deadline.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from auditor.model.evidence import ProblemKind
from auditor.probing.command import Command
from auditor.probing.doors.trouble import Trouble

_DEADLINE_S = 10.0
# As black does it: verbose where it has several lines, searched in each folder and in the file.
_PROGRAM = """
import json, re, sys
given = json.load(sys.stdin)
patterns = [re.compile(p, re.VERBOSE if "\\n" in p else 0) for p in given["patterns"]]
def parts(path):
    steps = path.split("/")
    yield from ("/" + "/".join(steps[:n]) + "/" for n in range(1, len(steps)))
    yield "/" + path
def out(path):
    found = (p.search(part) for p in patterns for part in parts(path))
    return any(match and match.group(0) for match in found)
json.dump([path for path in given["paths"] if out(path)], sys.stdout)
"""


def left_out(command: Command, patterns: list[str], root: str, paths: Iterable[str]) -> set[str]:
    """Those of `paths` that a pattern leaves out; `root` is the folder of black's settings.

    Raises Trouble where the patterns cannot be tried in time, or are no regular expressions.
    """
    below = {path.removeprefix(f"{root}/") if root else path: path for path in paths}
    given = json.dumps({"patterns": patterns, "paths": sorted(below)}).encode()
    trouble = Trouble(
        ProblemKind.MALFORMED,
        "A pattern of files that black leaves out could not be tried, or takes too long.",
        "Mend `exclude`, `extend-exclude` or `force-exclude` under `tool.black`.",
    )
    call = [sys.executable, "-I", "-c", _PROGRAM]
    try:
        ran = command.run(call, timeout_s=_DEADLINE_S, input=given, tool="python", keep=False)
    except Trouble as met:
        raise trouble if met.kind is ProblemKind.TIMED_OUT else met from None
    if ran.exit_code != 0:
        raise trouble
    return {below[path] for path in json.loads(ran.stdout)}
