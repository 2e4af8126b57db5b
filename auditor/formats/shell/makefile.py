"""Makefiles as text: targets, what they need, and the lines that run for them; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator

_RULE = re.compile(r"([^\s#:=][^:=#]*?)\s*::?(?!=)\s*([^=\n]*?)(?:;(.*))?")
_ASSIGNED = re.compile(r"(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:\?|:{1,3}|!)?=\s*(.*)")
_USED = re.compile(r"\$[({]([A-Za-z_][\w.-]*)[)}]")

_FUNCTION = re.compile(
    r"(?<!\$)\$\((?:if|or|and|shell|wildcard|patsubst|subst|foreach|call|firstword|lastword|words?|sort|filter(?:-out)?"
    r"|notdir|dir|basename|suffix|addprefix|addsuffix|join|strip|abspath|realpath|value|origin|info|warning|error|eval)"
    r"[ \t][^()]*\)"
)


class Makefile:
    """The rules of a Makefile, with variables put in as far as they are plain text."""

    def __init__(self, text: str) -> None:
        self.targets: dict[str, tuple[list[str], list[str]]] = {}
        self.includes = re.search(r"^-?s?include\s", text, re.MULTILINE) is not None
        self._one_shell = re.search(r"^\.ONESHELL\s*:", text, re.MULTILINE) is not None
        self._variables: dict[str, str] = {}
        current: list[list[str]] = []
        for line in re.sub(r"\\\r?\n[ \t]*", " ", text).splitlines():
            if line.startswith("\t"):
                for recipe in current:
                    recipe.append(line.strip())
                continue
            assigned = _ASSIGNED.fullmatch(line.strip())
            rule = None if assigned else _RULE.fullmatch(line.partition(" #")[0].rstrip())
            if assigned:
                self._variables[assigned.group(1)] = assigned.group(2).partition(" #")[0].strip()
            elif rule:
                current = self._rule(*rule.groups(default=""))

    def _rule(self, names: str, needs: str, first: str) -> list[list[str]]:
        recipes: list[list[str]] = []
        for name in self._expanded(names).split():
            below, recipe = self.targets.setdefault(name, ([], []))
            below += self._expanded(needs).replace("|", " ").split()
            recipe += [first.strip()] if first.strip() else []
            recipes.append(recipe)
        return recipes

    def _expanded(self, text: str) -> str:
        for _ in range(4):
            text = _USED.sub(lambda m: self._variables.get(m.group(1), m.group()), text)[:20_000]
        return text

    def recipe(self, wanted: list[str]) -> Iterator[tuple[str, bool]]:
        """The lines that run for the targets and what they need, and whether `-` starts them."""
        seen: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop(0)
            if name in seen or name not in self.targets:
                continue
            seen.add(name)
            needs, lines = self.targets[name]
            waiting += needs
            # With .ONESHELL one shell runs the whole recipe, and only its first line has a prefix.
            for line in ["\n".join(lines)] if self._one_shell and lines else lines:
                bare = line.lstrip("@+- ")
                text = self._expanded(re.sub(r"\$[({]MAKE[)}]", "make", bare))
                # What stays is set by make itself or from outside: a word to the shell.
                text = re.sub(r"(?<!\$)\$\(([\w.-]+)\)", r"${\1}", text)
                for _ in range(4):
                    text = _FUNCTION.sub("MAKE", text)
                text = text.replace("$$", "$")
                yield text, "-" in line[: len(line) - len(bare)]
