"""Which clients of flag services a service makes, where it asks them, and what it decides by its environment alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.patterns import Rule
from auditor.code.reach.uses import Use
from auditor.code.scanning import family
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.code_trees import Trees
from auditor.probing.code.flag_nouns import Flag, Flags, is_switch
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_flags import java_flags

TOPIC = "feature_flags"
OWN = re.compile(
    r"\b(?:feature_?flags?|FeatureFlags?|featureFlags?|is_feature_enabled|isFeatureEnabled|IsFeatureEnabled|feature_toggles?|FeatureToggle\w*"
    r"|featureToggle\w*|has_feature|flagResolver|feature_settings|FeatureGate\w*|kill_?switch|KillSwitch)\b"
)
"""What code says that has flags of its own making."""

_RECEIVER = re.compile(
    r"flag|feature|toggle|client|unleash|launch|growth|posthog|config_?cat|statsig|split|flipt|open_?feature|experiment",
    re.IGNORECASE,
)
_FIXED = re.compile(r"InMemory|No-?[oO]p|EnvVar|EnvironmentVariable|FromEnv|TestProvider")


@dataclass(frozen=True, slots=True)
class FlagLook:
    """Looks at the clients and the trees of a service."""

    trees: Trees
    topic: Topic

    def run(self) -> Flags:
        """Every place, by path and line."""
        out = Flags()
        called = [u for u in self.topic.reachable if self.trees.is_called(u.call.scope)]
        clients = [u for u in called if u.rule.role == "client"]
        idle = {id(u): why for u in clients if (why := self._idle(u, called))}
        asked = [
            u
            for u in called
            if u.rule.role == "evaluate" and not (u.made is not None and id(u.made) in idle)
        ]
        working = {u.rule.library for u in clients if id(u) not in idle}
        dead = {u.rule.library for u in clients} - working
        out.evaluated = [_flag(u) for u in asked if u.rule.library not in dead]
        out.evaluated += self._by_name(working, {(f.path, f.line) for f in out.evaluated})
        libraries = {f.what.partition(":")[0] for f in out.evaluated}
        out.clients = [_flag(u) for u in clients]
        for use in clients:
            why = idle.get(id(use), "" if use.rule.library in libraries else "no flag is asked for")
            if why:
                out.unused.append(Flag(use.path, use.call.line, use.rule.library, why))
        out.environment = [
            Flag(path, one.line, one.name)
            for path, one in self.trees.settings
            if is_switch(one.name, one.type)
        ]
        java_flags(JavaFiles(self.topic, Texts(self.trees.ctx, self.topic)), out)
        for name in Flags.__slots__:
            setattr(
                out, name, sorted(set(getattr(out, name)), key=lambda f: (f.path, f.line, f.what))
            )
        return out

    def _idle(self, client: Use, called: list[Use]) -> str:
        """Why a client answers nothing but defaults, if so."""
        rule = client.rule
        needs, off = rule.text("needs"), rule.text("off")
        given = [u for u in called if u.rule.role == needs and u.rule.library == rule.library]
        if needs and not given:
            return "no provider is set, so it answers with the defaults of its callers"
        if needs and all(_FIXED.search(" ".join(u.call.arguments)) for u in given):
            return "its provider answers with what the code or the environment says"
        said = " ".join(
            (*client.call.arguments, *(f"{k}={v}" for k, v in client.call.keywords.items()))
        )
        return "it is offline" if off and re.search(off, said) else ""

    def _by_name(self, libraries: set[str], known: set[tuple[str, int]]) -> Iterator[Flag]:
        """Methods that ask for a flag, of a client that goes another way than by assignment."""
        for rule in _asking(libraries):
            for path in sorted(self.topic.code.closure.reachable):
                scan = self.topic.code.scans.get(path)
                for call in (
                    scan.calls if scan is not None and family(path) == rule.language else ()
                ):
                    receiver, _, method = call.name.rpartition(".")
                    if (
                        method not in rule.methods
                        or not _RECEIVER.search(receiver)
                        or (path, call.line) in known
                    ):
                        continue
                    if self.trees.is_called(call.scope):
                        yield Flag(path, call.line, f"{rule.library}: {method}")

    def own(self) -> list[tuple[str, int]]:
        """Where the code speaks of flags of its own making: path and line."""
        return [
            (path, text.count("\n", 0, match.start()) + 1)
            for path in sorted(self.trees.code.files.matching(OWN))
            for text in [self.trees.texts[path]]
            if (match := OWN.search(text)) is not None
        ]


def _asking(libraries: set[str]) -> list[Rule]:
    rules = (r for f in ("python", "javascript", "go") for r in patterns().rules(TOPIC, f))
    return [r for r in rules if r.role == "evaluate" and r.methods and r.library in libraries]


def _flag(use: Use) -> Flag:
    last = use.call.name.rpartition(".")[2]
    return Flag(
        use.path,
        use.call.line,
        f"{use.rule.library}: {last}" if use.rule.role == "evaluate" else use.rule.library,
    )
