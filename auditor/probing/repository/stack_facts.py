"""Which command of a target's own stack makes the evidence of a fact, whether or not it is there yet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.probing.repo import Repo
from auditor.probing.repository.stack import Wanted, check_for, command_for

_WANTED = (
    (r"tests\.(?:kind_\w+|on_target|flows_untested)@e2e|tests\.flows_untested", Wanted.E2E),
    (r"tests\.kind_\w+@integration|dependencies\.untested", Wanted.INTEGRATION),
    (r"tests\.(?:executed|failed|skipped|flaky)|features\.tests_\w+(?:@.*)?", Wanted.TESTS),
    (r"coverage\..*", Wanted.COVERAGE),
    (r"sast\..*|analysis\.(?:high|medium|tools|suppressed)", Wanted.SAST),
    (r"vulnerabilities\..*|dependencies\.(?:audited|unaudited|vulnerable)", Wanted.DEPENDENCIES),
    (r"(?:lint|linters)\..*", Wanted.LINT),
    (r"format\..*", Wanted.FORMAT),
    (r"types\..*", Wanted.TYPES),
)
_PATTERNS = [(re.compile(pattern), wanted) for pattern, wanted in _WANTED]


def command_of_facts(repo: Repo, names: Iterable[str]) -> str:
    """What makes the evidence of the first fact (as `key@subject`) that a command is known for, as a
    sentence; "" where there is none."""
    for name in names:
        wanted = next((w for pattern, w in _PATTERNS if pattern.fullmatch(name)), None)
        if wanted is None:
            continue
        command = command_for(repo, wanted)
        if command is not None:
            call, _, needs = command.partition("  # ")
            return f"Run `{call}`{f' ({needs})' if needs else ''}, then audit again."
        check = check_for(repo, wanted)
        if check is not None:
            return f"Run `{check}` in CI, and attest that run: its report is not read."
    return ""
