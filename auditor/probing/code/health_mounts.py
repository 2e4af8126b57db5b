"""Which file holds the routes that another file puts below a path."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from auditor.code.definitions import Definitions
from auditor.code.reach.flow import called_name, first
from auditor.code.scan import qualified
from auditor.code.scanning import family
from auditor.code.topics.environment import literal
from auditor.probing.code.code_topics import Topic

_TEXT = re.compile(r"[\"']([\w./-]+)[\"']")


def mounted_file(node: SgNode, path: str, topic: Topic) -> str | None:
    """The file whose routes an expression in a file stands for; None for one of a library, or none at all."""
    given = first(node) if called_name(node).rpartition(".")[2] == "include" else None
    written = (given or node).text()
    text = "".join(written.split())
    scan = topic.code.scans.get(path)
    string = _TEXT.search(text)
    if string is not None and family(path) == "python":
        return topic.code.python.file(string[1], path)
    if string is not None and "require(" in text:
        return topic.code.scripts.resolve(string[1], path)[0]
    made = re.match(r"new\s+([\w$.]+)", written)
    name = re.match(r"[\w$.]+", made[1] if made else text.removesuffix(".routes()"))
    if name is None or scan is None or literal(text) is not None:
        return None
    if (
        family(path) == "python" and name[0] in scan.names
    ):  # a module, as Django's include takes one
        module = topic.code.python.file(scan.names[name[0]], path)
        if module is not None:
            return module if module != path else None
    full = qualified(name[0].removesuffix(".routes"), scan.names)
    place = Definitions(topic.code.scans, topic.origin).place(full, path)
    return place[0] if place is not None and place[0] != path else None
