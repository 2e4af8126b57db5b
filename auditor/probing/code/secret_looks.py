"""Where a service takes its secrets from: the environment, what it falls back to, its own code, a store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.lexical.conditions import conditions, in_production
from auditor.code.lexical.names import without_comments
from auditor.code.logs.log_prints import ASIDE
from auditor.code.topics.environment import Reading, literal
from auditor.code.topics.written_secrets import WANTED, local, names, written
from auditor.formats.secrets.literal_secret import ValueKind, secret_kind, value_kind
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.code_trees import Trees
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_secrets import java_secrets
from auditor.probing.code.secret_nouns import Secret, Secrets

TOPIC = "secret_settings"
_REFUSES = re.compile(r"\b(?:raise|throw|sys\.exit|exit\(|panic\(|Fatal|process\.exit|abort)\b")
_CALL = re.compile(r"[\w.]+\(\s*([\"'`].*[\"'`])\s*\)", re.DOTALL)
_FILES = re.compile(r"[\"'`]/(?:var/)?run/secrets\b|\bsecrets_dir\s*=\s*[\"']/")


@dataclass(frozen=True, slots=True)
class SecretLook:
    """Looks at the trees and the clients of a service."""

    trees: Trees
    topic: Topic

    def run(self) -> Secrets:
        """Every place, by path and line."""
        out = Secrets(store=sorted(set(self._stores()), key=_place))
        for path, one in self.trees.settings:
            if not self._is_secret(one):
                continue
            name = f"{one.name} (SecretStr)" if "SecretStr" in one.type else one.name
            if self._falls_back(path, one):
                out.defaults.append(Secret(path, one.line, name))
            else:
                out.read.append(Secret(path, one.line, name))
        java_secrets(JavaFiles(self.topic, Texts(self.trees.ctx, self.topic)), out)
        places = {(s.path, s.line) for s in (*out.read, *out.defaults, *out.literal)}
        out.literal += [s for s in self._written() if (s.path, s.line) not in places]
        for name in Secrets.__slots__:
            setattr(out, name, sorted(set(getattr(out, name)), key=_place))
        return out

    def _is_secret(self, one: Reading) -> bool:
        if one.type and re.match(r"(?:bool|int|float)\b", one.type):
            return False
        return (
            (names(one.name) and not one.name.startswith("_"))
            or "Secret" in one.type
            or bool(one.default and self._in_url(one.default))
        )

    def _in_url(self, default: str) -> bool:
        text = literal(default)
        return (
            text is not None and secret_kind("url", text) is ValueKind.LITERAL and not local(text)
        )

    def _falls_back(self, path: str, one: Reading) -> bool:
        """Whether a service runs on with a value that everybody can read, where nobody sets another."""
        value = self._text(path, one.default)
        if value is None or in_production(list(one.around), self.trees.default) is False:
            return False
        if not names(one.name) and "Secret" not in one.type:
            return self._in_url(f'"{value}"')
        known = value_kind(value) in (ValueKind.LITERAL, ValueKind.PLACEHOLDER, ValueKind.DEFAULT)
        return known and not self._refused(value, one.default or "")

    def _text(self, path: str, default: str | None) -> str | None:
        """The literal that a fallback is, in quotes, in a call that only wraps it, or by the name of a constant."""
        if default is None:
            return None
        wrapped = _CALL.fullmatch(default.strip())
        found = literal(wrapped[1] if wrapped else default)
        if (
            found is None
            and re.fullmatch(r"\w+", default)
            and default not in ("None", "undefined", "null")
        ):
            scan = self.trees.code.scans.get(path)
            found = literal(scan.constants.get(default, "")) if scan is not None else None
        return found or None

    def _refused(self, value: str, default: str) -> bool:
        """Whether the code compares with the value, or its name, and ends where it is in force."""
        named = rf"|\b{re.escape(default)}\b" if re.fullmatch(r"[A-Za-z_]\w*", default) else ""
        said = rf"(?:[\"'`]{re.escape(value)}[\"'`]{named})"
        compared = re.compile(
            rf"(?:==|\bis\b|\bin\b\s*[\[({{]?|\bequals\()\s*{said}|{said}\s*(?:==|\bin\b)"
        )
        for tree in self.trees.of(compared):
            code = without_comments(tree.root, tree.text)
            for match in compared.finditer(code):
                if _REFUSES.search(code[match.end() : match.end() + 400]):
                    return True
        return False

    def _written(self) -> Iterator[Secret]:
        for tree in self.trees.of(WANTED):
            if ASIDE.search(self.trees.ctx.repo.below(tree.path)):
                continue
            for line, name, node in written(tree.root, self.trees.ctx.repo.below(tree.path)):
                if in_production(conditions(node), self.trees.default) is not False:
                    yield Secret(tree.path, line, name)

    def _stores(self) -> Iterator[Secret]:
        for use in self.topic.reachable:
            rule = use.rule
            given = " ".join((*use.call.arguments, *use.call.keywords.values()))
            if rule.role != "store":
                continue
            wanted, reads = rule.text("argument"), rule.text("reads")
            if wanted and not re.search(wanted, given):
                continue
            if reads and next(self.trees.of(re.compile(reads), rule.language), None) is None:
                continue
            if self.trees.is_called(use.call.scope):
                yield Secret(use.path, use.call.line, rule.library)
        for tree in self.trees.of(_FILES):
            code = without_comments(tree.root, tree.text)
            for match in list(_FILES.finditer(code))[:1]:
                yield Secret(tree.path, code.count("\n", 0, match.start()) + 1, "files of secrets")


def _place(one: Secret) -> tuple[str, int, str]:
    return one.path, one.line, one.what
