"""What a file is for, by its path: shipped source, test, vendored, generated, document, example.

Names decide, so a name counts only where it is not also a common word of some business: the folder
`vendor` of a market place is source. A wrong "not ours" would hide findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from auditor.code.languages import PATHS, language_of


class Role(StrEnum):
    """What a file is for."""

    SOURCE = "source"
    MIGRATION = "migration"
    TEST = "test"
    VENDORED = "vendored"
    GENERATED = "generated"
    DOCUMENTATION = "documentation"
    EXAMPLE = "example"


SHIPPED = frozenset({Role.SOURCE, Role.MIGRATION})
"""The roles of code that runs in production."""

_TEST_FOLDERS = frozenset({
    "test", "tests", "__tests__", "__mocks__", "testdata", "test_data", "unittests", "e2e", "cypress",
    "androidtest", "integrationtest", "functionaltest", "testfixtures", "integration_tests",
    "integration-tests", "e2e-tests", "e2e_tests", "test-utils", "test_utils",
})  # fmt: skip
_SPEC_LANGUAGES = frozenset({"ruby", "javascript", "typescript", "php"})
_TEST_NAMES = re.compile(
    r"""
    (?: test_[^/]*|[^/]*_test|tests?|conftest ) \.py
    | [^/]* _test \. (?:go|rs|dart|exs?|rb|php|c|cc|cpp)
    | [^/]* _spec \. (?:rb|lua|ex)
    | [^/]+ \. (?:test|tests|spec|e2e|cy|stories) \. [cm]?[jt]sx?
    | test_[^/]* \. (?:rb|c|cc|cpp|sh)
    | (?:rails|spec)_helper\.rb
    """,
    re.VERBOSE,
)
_TEST_CLASSES = re.compile(
    r"[^/]*[a-z0-9](?:Test|Tests|TestCase|IT|Spec)\.(?:java|kt|scala|groovy|cs|php|swift)"
)
_TEST_PROJECT = re.compile(r"(?i)[^/]*\.(?:unit|integration|functional|acceptance)?_?tests?")

_VENDORED = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|jspm_packages|third[_-]?party|site-packages|_vendor|godeps"
    r"|pods|\.yarn|\.venv|venv)/|^deps/.*\.(?:c|h|cc|cpp|hpp)$",
    re.IGNORECASE,
)
_VENDOR_FOLDER = re.compile(
    r"^vendor/|(?:^|/)vendor/[^/]+\.[a-z]+/|(?:^|/)(?:static|public|assets|wwwroot|js|libs?)/(?:[^/]+/)*vendors?/"
    r"|(?:^|/)(?:static|public|assets|wwwroot)/(?:[^/]+/)*libs?/.*\.js$|-\d+\.\d+\.\d+[^/]*\.js$"
)
_GENERATED = re.compile(
    r"""
    (?:^|/) (?: dist|__generated__|\.next|\.nuxt|\.svelte-kit|lcov-report|htmlcov|\.gradle ) /
    | (?:^|/) build/ (?: lib|libs|classes|generated|static|tmp|bdist[^/]* ) /
    | (?:^|/) target/ (?: classes|test-classes|generated-sources|debug|release ) /
    | (?:^|/) obj/ (?: debug|release ) /
    | [.-] (?: min|bundle ) \. [cm]?js $
    | _pb2(?:_grpc)?\.pyi?$ | \.pb(?:\.gw|\.validate)?\.go$ | \.pb\.(?:cc|h)$ | _pb\.(?:js|d\.ts)$
    | (?:\.|_)(?:generated|gen)\.[a-z]+$ | /zz_generated[^/]*$ | \.g\.(?:dart|cs)$ | \.freezed\.dart$ | \.designer\.cs$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOCUMENTATION = re.compile(r"^(?:docs?|documentation|website)/", re.IGNORECASE)
_EXAMPLE = re.compile(r"^\.?(?:examples?|samples?|demos?)/", re.IGNORECASE)
_MIGRATION = re.compile(
    r"(?:^|/)(?:migrations?|alembic/versions|db/migrate)/(?!(?:__init__|env)\.py$)", re.IGNORECASE
)
_HEADER = re.compile(
    r"""
    code\ generated\b.*\bdo\ not\ edit | @generated\b
    | \b(?:auto-?\s?generated|generated\ by|generated\ from)\b .{0,200}? \bdo\ not\ (?:edit|modify|change)\b
    | auto-?\s?generated\b .{0,200}? \bdo\ not\ make\ (?:direct\ )?changes\b
    | \bdo\ not\ (?:edit|modify)\b .{0,120}? \b(?:auto-?\s?)?generated\b
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_LIBRARY = re.compile(
    r"""\s* /\*[*!]? [\s*]* (?:@preserve|@license)? [\s*]*
    (?! [^\n]*\b(?:licen[cs]e|copyright)\b ) (?: @version:? | [^\n]*? [a-z.\-] ) \s+ v?\d+\.\d+ [^\n]* \n""",
    re.VERBOSE | re.IGNORECASE,
)
_RIGHTS = re.compile(r"licen[cs]e|copyright|\(c\)|https?://", re.IGNORECASE)
_VENDOR = re.compile(r"(?:^|/)vendor/")
_PUBLISHED = re.compile(r"(?:jquery[.-][^/]+|[^/]+[.-]min)\.(?:[cm]?js|css)", re.IGNORECASE)
_TERMS = re.compile(r"(?:licen[cs]e|copying|copyright)(?:[.-][^/]*)?", re.IGNORECASE)
_HEAD = 1_000
_MINIFIED_LINE = 400


@lru_cache(maxsize=PATHS)
def role(path: str) -> Role:
    """What a file is for; `path` is relative to the service root, with `/`."""
    if _VENDORED.search(path) or (_VENDOR_FOLDER.search(path)):
        return Role.VENDORED
    if _GENERATED.search(path):
        return Role.GENERATED
    if is_test(path):
        return Role.TEST
    if _DOCUMENTATION.match(path):
        return Role.DOCUMENTATION
    if _EXAMPLE.match(path):
        return Role.EXAMPLE
    return Role.MIGRATION if _MIGRATION.search(path) else Role.SOURCE


def vendored_among(paths: Iterable[str]) -> frozenset[str]:
    """Those in a folder `vendor` that are a published library by what lies beside them.

    A licence of its own speaks for its folder and all below it; a file that is called as libraries are
    (`jquery.flot.js`, `x.min.js`) only for the scripts beside it: a market place has vendors, and uses
    libraries too. `paths` are relative to the service root.
    """
    inside = [p for p in paths if _VENDOR.search(p)]
    folders = {p: p.rpartition("/")[0] for p in inside}
    names = {p: p.rpartition("/")[2] for p in inside}
    licensed = tuple(f"{folders[p]}/" for p in inside if _TERMS.fullmatch(names[p]))
    scripted = {folders[p] for p in inside if _PUBLISHED.fullmatch(names[p])}
    return frozenset(
        p
        for p in inside
        if p.startswith(licensed)
        or (folders[p] in scripted and language_of(names[p]) == "javascript")
    )


@lru_cache(maxsize=PATHS)
def is_test(path: str) -> bool:
    """Whether a path is that of test code, or of what only tests use."""
    *folders, name = path.split("/")
    if any(f.lower() in _TEST_FOLDERS or _TEST_PROJECT.fullmatch(f) for f in folders):
        return True
    if any(f in ("spec", "specs") for f in folders) and language_of(name) in _SPEC_LANGUAGES:
        return True
    if _TEST_NAMES.fullmatch(name):
        return True
    return bool(_TEST_CLASSES.fullmatch(name)) and "src/main/" not in path


def looks_vendored(path: str, text: str) -> bool:
    """Whether a script opens with the name, version and rights of a published library."""
    if language_of(path) != "javascript":
        return False
    return bool(_LIBRARY.match(text[:_HEAD])) and bool(_RIGHTS.search(text[:_HEAD]))


def looks_generated(text: str) -> bool:
    """Whether a text says in its head that a program wrote it, or is minified."""
    head = text[:_HEAD]
    if "enerated" in head and _HEADER.search(head):
        return True
    return len(text) > 2_000 and len(text) > _MINIFIED_LINE * (text.count("\n") + 1)
