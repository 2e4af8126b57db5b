"""What the source of the service's tests shows of a test in a report: that it is there, and that it pretends
nothing."""

from __future__ import annotations

import re

from auditor.code.lexical.places import is_test
from auditor.formats.testruns.junit_report import Case
from auditor.formats.testruns.test_doubles import container, stand_in, stand_in_for
from auditor.formats.web.external_systems import System
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_SHARED = re.compile(
    r"(?:.*/)?(?:settings/tests?\.py|test_settings\.py|settings_test\.py|\.env\.(?:test|testing|ci)|phpunit\.xml(?:\.dist)?"
    r"|(?:jest|vitest|mocha)[.-](?:setup|config)\.[cm]?[jt]s|setup-?tests?\.[cm]?[jt]sx?|pytest\.ini|tox\.ini"
    r"|application-(?:test|it|integration)\.(?:ya?ml|properties))",
    re.IGNORECASE,
)
_LIMIT = 1024 * 1024
_MOST_FILES = 1_000


class TestSources:
    """The files of the service's tests; `__test__` tells pytest that this class is none."""

    __test__ = False

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        paths = [e.path for e in repo.service if is_test(repo.below(e.path))]
        self._paths = paths[:_MOST_FILES]
        self._all_known = len(paths) <= _MOST_FILES
        self._settings = [e.path for e in repo.service if _SHARED.fullmatch(repo.below(e.path))]
        self._texts: dict[str, str | None] = {}

    def container(self, system: System) -> str | None:
        """A test file that starts a throw-away server of the system."""
        return next((p for p in self._paths if container(self._text(p) or "", system)), None)

    def pretence(self, case: Case, system: System) -> str:
        """Why a test does not show that it talks to the system, "" where it does."""
        path = self._file(case)
        if path is not None:
            text = self._text(path)
            if text is None or (path.endswith(".py") and _base(case) not in text):
                return f"{path} does not hold the test {_base(case)}"
            own = [path]
        else:
            own = self._likely()
            if not own or not self._all_known:
                return f"the file of the test {case.id} was not found"
        for file in own:
            why = stand_in(self._text(file) or "", system)
            if why:
                return f"{file} uses `{why}`"
        shared = [p for p in self._paths if p.endswith("conftest.py") and _above(p, path)]
        for file in (*shared, *self._settings):
            why = stand_in_for(self._text(file) or "", system)
            if why:
                return f"{file} uses `{why}`"
        return ""

    def _file(self, case: Case) -> str | None:
        """The file of a test: as the report names it, else by its class."""
        parts = case.classname.split(".")
        ends = [case.file] if case.file else []
        for at in range(len(parts), 0, -1):
            stem = "/".join(parts[:at])
            ends += [stem + ending for ending in (".py", ".java", ".kt", ".groovy", ".scala")]
        for end in (e.removeprefix("./").replace("\\", "/") for e in ends):
            fitting = [p for p in self._paths if p == end or p.endswith("/" + end)]
            if len(fitting) == 1 or (fitting and "/" in end):
                return fitting[0]
        return None

    def _likely(self) -> list[str]:
        """Where a test's file is not told: those of integration tests, else all."""
        wide = [p for p in self._paths if re.search(r"(?i)integra|e2e|IT\.\w+$", p)]
        return wide or self._paths

    def _text(self, path: str) -> str | None:
        if path not in self._texts:
            try:
                self._texts[path] = self._repo.read(path, limit=_LIMIT).text
            except Trouble:
                self._texts[path] = None
        return self._texts[path]


def _above(conftest: str, path: str | None) -> bool:
    return path is None or path.startswith(conftest.removesuffix("conftest.py"))


def _base(case: Case) -> str:
    """The name of a test function without its parameters."""
    return case.name.partition("[")[0]
