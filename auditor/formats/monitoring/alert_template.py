"""What makes a Go template in an alert's labels or annotations one that Prometheus cannot parse.

Prometheus parses them when it loads a rule file, and one that it cannot parse refuses the whole file.
"""

from __future__ import annotations

import re

# What Prometheus defines in front of each template: rulefmt.testTemplateParsing.
_GIVEN = frozenset({"labels", "externalLabels", "externalURL", "value"})
_QUOTED = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|`[^`]*+`')
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*+)(\s*+(?:,\s*+\$[A-Za-z_]\w*+\s*+)?+:?=(?!=))?")
_COMMENT = re.compile(r"-?\s*+/\*")


def fault(text: str) -> str | None:
    """Why the template in `text` does not parse, as the end of a sentence; None where none is seen.

    Seen are actions without an end, and variables that nobody defines; not every other mistake.
    """
    if text.rfind("{{") > text.rfind("}}"):
        return "opens `{{` and does not close it"
    pieces = (piece.partition("}}")[0] for piece in text.split("{{")[1:])
    actions = [_QUOTED.sub("", piece) for piece in pieces if not _COMMENT.match(piece)]
    found = [match for action in actions for match in _VARIABLE.finditer(action)]
    defined = {name for match in found if match[2] for name in re.findall(r"\$(\w+)", match[0])}
    for match in found:
        if match[1] not in _GIVEN | defined:
            return f"uses the variable ${match[1][:80]}, which nobody defines"
    return None
