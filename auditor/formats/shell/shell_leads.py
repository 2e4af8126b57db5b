"""Which nodes of a script lead to one of its commands, and a node's short text for messages."""

from __future__ import annotations

from auditor.formats.shell.shell_nodes import Function, Group, Node, Sequence, Simple, children


def short_text(node: Node) -> str:
    """A short name of a node for messages."""
    if isinstance(node, Simple):
        return node.text if len(node.text) <= 40 else f"{node.text[:37]}..."
    if isinstance(node, Group):
        return "(...)" if node.subshell else "{...}"
    return "..."


def leading(script: Sequence, target: Simple) -> set[Node]:
    """The nodes that lead to the target: those around it, and the calls of functions that hold it."""
    parents: dict[Node, Node] = {}
    calls: dict[str, list[Simple]] = {}
    functions: list[Function] = []
    open_nodes: list[Node] = [script]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, Simple) and node.words:
            calls.setdefault(node.words[0], []).append(node)
        if isinstance(node, Function):
            functions.append(node)
        for child in children(node):
            parents[child] = node
            open_nodes.append(child)
    found: set[Node] = set()
    wanted: list[Node] = [target]
    while wanted:
        node = wanted.pop()
        while node not in found:
            found.add(node)
            if isinstance(node, Function):
                wanted += calls.get(node.name, [])
            if node not in parents:
                break
            node = parents[node]
    return found
