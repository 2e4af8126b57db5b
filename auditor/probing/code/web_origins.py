"""Where the code of a service lets other origins in: every one of them, and with the cookies of the user."""

from __future__ import annotations

import re
from dataclasses import replace

from ast_grep_py import SgNode

from auditor.code.patterns import Rule
from auditor.code.reach.flow import keyword, positional
from auditor.code.reach.uses import Use
from auditor.code.topics.cookie_flags import truth
from auditor.probing.code.stores import Spot
from auditor.probing.code.web_security import Guards, Look


def origins(look: Look, found: Guards) -> None:
    """Where other origins are let in, each of them, and with the cookies of the user."""
    for use in look.uses:
        spot = Spot(use.path, use.call.line, use.call.name)
        if use.rule.role == "cors_any":
            found.any_origin.append(spot)
        elif use.rule.role == "cors":
            _cors(use, spot, look, found)
        elif use.rule.role == "java_cors":
            _java_cors(use, spot, found)


def _cors(use: Use, spot: Spot, look: Look, found: Guards) -> None:
    rule, node = use.rule, look.node(use)
    root = look.root(use.path)
    if node is None or root is None or look.runs(node) is False:
        return
    values = {n: v for n in rule.texts("origins") if (v := keyword(node, n)) is not None}
    texts = [" ".join(v.text().split()) for v in values.values()]
    if not values and not use.call.spread and not _handed_on(node, rule):
        texts = [rule.text("default")] if rule.text("default") else []
    credentials = keyword(node, rule.text("credentials"))
    with_cookies = (
        truth(credentials, root, look.trees.default) if credentials is not None else False
    )
    is_open = any(re.fullmatch(rule.text("open"), t, re.DOTALL) for t in texts)
    is_any = any(re.fullmatch(rule.text("any") or rule.text("open"), t, re.DOTALL) for t in texts)
    if is_open and with_cookies:
        what = f"{use.call.name}: every origin, with cookies"
        found.open_cors.append(replace(spot, what=what))
    elif is_open and with_cookies is None:
        found.unclear.append(spot)
    elif is_open or is_any:
        found.any_origin.append(spot)


def _handed_on(node: SgNode, rule: Rule) -> bool:
    """Whether a script hands its options on under a name."""
    return rule.language == "javascript" and any(a.kind() != "object" for a in positional(node))


def _java_cors(use: Use, spot: Spot, found: Guards) -> None:
    said = {k.lstrip("?"): v for k, v in use.call.keywords.items()}
    patterns_ = [v for k, v in said.items() if "originpattern" in k.lower()]
    plain = [
        v for k, v in said.items() if re.fullmatch(r"(?i)(?:set|add)?(?:allowed)?origins?|value", k)
    ]
    plain += list(use.call.arguments)[:1] if use.call.name.endswith("CrossOrigin") else []
    cookies = any("credentials" in k.lower() and "true" in v for k, v in said.items())
    if any('"*"' in v for v in patterns_) and cookies:
        found.open_cors.append(replace(spot, what=f"{use.call.name}: every origin, with cookies"))
    elif any('"*"' in v for v in (*patterns_, *plain)) or (
        use.call.name.endswith("CrossOrigin") and not patterns_ and not plain
    ):
        found.any_origin.append(spot)
