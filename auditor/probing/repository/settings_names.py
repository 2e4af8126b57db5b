"""What a service reads from its environment against what its examples and documents name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from auditor.code.kinds import nodes
from auditor.code.languages import grammar_of
from auditor.code.lexical.names import without_comments
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.reach.flow import called_name
from auditor.code.scanning import family
from auditor.code.topics.environment import READS, Reading, given
from auditor.code.topics.environment_names import WORKED_OUT, field_names
from auditor.formats.settings import env_example
from auditor.formats.settings.env_example import Named
from auditor.probing.code.code_trees import Trees
from auditor.probing.contract import Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_FILE = 1024 * 1024
_MOST_FILES = 20_000
_REFUSES = re.compile(
    r"\b(?:raise|throw|assert|panic|abort)\b|\b(?:sys\.|process\.|os\.)?[Ee]xit\(|\b(?:log|logger)\.(?:Fatal|Panic)|\bfatal\("
)
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_VARIABLE = re.compile(r"(?<![\w$])\$?\{?([A-Z][A-Z0-9_]{1,120})\b")
_KEY = re.compile(r"[\"'](\w+)[\"']\s*:")
_DOCUMENT = re.compile(r"(?i).*\.(?:md|mdx|rst|adoc|asciidoc|txt)|(?:.*/)?readme[^/]*")
_SETS = re.compile(
    r"(?i)(?:.*/)?(?:[\w.-]*compose[\w.-]*\.ya?ml|(?:[\w.-]+\.)?(?:dockerfile|containerfile)[\w.-]*|app\.json"
    r"|devcontainer\.json|render\.ya?ml|fly\.toml|\.envrc|(?:[\w-]+)?\.env(?:\.[\w-]+)*)"
)
_NO_READER = re.compile(
    r"(?i).*\.(?:lock|svg|png|jpe?g|gif|ico|pdf|woff2?|ttf|zip|gz|map|snap|csv|po|mo)"
    r"|(?:.*/)?(?:package-lock\.json|pnpm-lock\.yaml|yarn\.lock|changelog[^/]*)"
)
_PLATFORM = re.compile(
    r"CI|HOME|PATH|USER|PWD|SHELL|TMPDIR|TEMP|TMP|LANG|TERM|DISPLAY|EDITOR|HOSTNAME|COLUMNS|NO_COLOR|FORCE_COLOR|DYNO|TZ"
    r"|NODE_ENV|PORT|HOST|ENV|ENVIRONMENT|APP_ENV|DEBUG|PROD|DEV|MODE|SSR|BASE_URL|XDG_\w+|LC_\w+|npm_\w+|KUBERNETES_\w+|AWS_\w+"
    r"|GITHUB_\w+|GITLAB_\w+|CI_\w+|VERCEL\w*|NETLIFY\w*|RENDER\w*|RAILWAY_\w+|HEROKU_\w+|FLY_\w+|K_\w+|ECS_\w+|POD_\w+|NODE_NAME"
    r"|GOOGLE_\w+|GCP_\w+|GAE_\w+|AZURE_\w+|WEBSITE_\w+|VCAP_\w+|JEST_\w+|VITEST\w*|PYTEST_\w+|PYTHON\w+|NEXT_RUNTIME|NEXT_PHASE"
    r"|HTTPS?_PROXY|NO_PROXY|SSL_CERT_\w+|LD_\w+|VIRTUAL_ENV|DJANGO_SETTINGS_MODULE|PROMETHEUS_MULTIPROC_DIR|\w+_SERVICE_HOST"
    r"|\w+_SERVICE_PORT"
)
_BY_OTHERS = re.compile(
    r"POSTGRES_\w+|MYSQL_\w+|MARIADB_\w+|MONGO_\w+|REDIS_\w+|RABBITMQ_\w+|KAFKA_\w+|MINIO_\w+|KEYCLOAK_\w+|KC_\w+|GF_\w+"
    r"|GRAFANA_\w+|TRAEFIK_\w+|COMPOSE_\w+|DOCKER_\w+|IMAGE_\w+|TAG|OTEL_\w+|SENTRY_\w+|DD_\w+|GUNICORN_\w+|UVICORN_\w+"
    r"|WEB_CONCURRENCY|CELERY_\w+|FLASK_\w+|PG[A-Z]+|NODE_OPTIONS|NEXT_TELEMETRY_\w+|NEXTAUTH_\w+|AUTH_SECRET|SPRING_\w+"
    r"|JAVA_\w+|JVM_\w+|ASPNETCORE_\w+|RAILS_\w+|RACK_ENV|PUID|PGID|UMASK|LETSENCRYPT_\w+|VIRTUAL_HOST|ACME_\w+|DOMAIN\w*"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable that the service reads, by the names that may stand for it outside."""

    path: str
    line: int
    names: tuple[str, ...]
    required: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.names[0]}"


@dataclass
class SettingsLook:
    """Looks at the readings of the code, the examples of the repository and its documents."""

    repo: Repo
    trees: Trees
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def settings(self) -> list[Setting]:
        """Every variable once, where it is read first; needed where no place has a default for it."""
        found: dict[str, list[Setting]] = {}
        fields: dict[str, dict[int, tuple[str, ...]]] = {}
        for tree in self.trees.of(READS, "python"):
            fields[tree.path] = field_names(tree.root, self.trees.settings_classes)
        for path, one in self.trees.settings:
            names = fields.get(path, {}).get(one.line, (one.name,)) if one.type else (one.name,)
            upper = tuple(n.upper() for n in names) if one.type else names
            if not upper or not all(_NAME.fullmatch(n) for n in upper):
                continue
            text = self.trees.texts.get(path, "")
            if _is_written(text, one):
                continue
            # A value that is asked for only on a condition is not needed everywhere.
            needed = one.default is None and not one.around and not _may_stay_away(text, one)
            needed = needed and not (one.type and one.name in self._passed)
            found.setdefault(upper[0], []).append(Setting(path, one.line, upper, needed))
        return sorted(
            (
                Setting(first.path, first.line, first.names, all(s.required for s in same))
                for same in found.values()
                for first in [min(same, key=lambda s: (s.path, s.line))]
            ),
            key=lambda s: (s.path, s.line, s.names),
        )

    @cached_property
    def _passed(self) -> frozenset[str]:
        """The fields that the code itself fills where it makes an object of a class of settings."""
        classes = self.trees.settings_classes
        wanted = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(classes)))})\(")
        return frozenset(
            name
            for tree in self.trees.of(wanted, "python")
            for call in nodes(tree.root, ("call",))
            if called_name(call).rpartition(".")[2] in classes
            for name in (*given(call)[1], *(_KEY.findall(tree.text) if "**" in call.text() else ()))
        )

    @cached_property
    def examples(self) -> dict[str, tuple[Named, ...]]:
        """The examples of the service (at the git root too where it has none), with what they name."""
        found: dict[str, tuple[Named, ...]] = {}
        for pool in (self.repo.service, self.repo.entries):
            for entry in pool:
                if env_example.is_example(posixpath.basename(entry.path)):
                    text = self._text(entry.path)
                    names = env_example.read(text, path=entry.path) if text else ()
                    if names:
                        found[entry.path] = names
            if found:
                break
        return found

    def undocumented(self) -> list[Setting]:
        """Settings that are needed, and that no example, document or file that sets them names."""
        wanted = [s for s in self.settings if s.required and not self._is_given(s)]
        if not wanted:
            return []
        known = {one.name.upper() for names in self.examples.values() for one in names}
        for entry in self.repo.entries:
            if _DOCUMENT.fullmatch(entry.path) or _SETS.fullmatch(entry.path):
                text = self._text(entry.path) or ""
                known |= {m[1] for m in _VARIABLE.finditer(text)}
        return [s for s in wanted if known.isdisjoint(s.names)]

    @staticmethod
    def _is_given(setting: Setting) -> bool:
        return any(_PLATFORM.fullmatch(name) for name in setting.names)

    def unread(self) -> list[tuple[str, Named]]:
        """Names that an example gives and that nothing in the repository reads."""
        read = {name.upper() for s in self.settings for name in s.names}
        plain = {name.replace("_", "") for name in read}
        open_ = [
            (path, one)
            for path, names in self.examples.items()
            for one in names
            if one.given and not _known(one.name, read, plain)
        ]
        wanted = {one.name for _, one in open_}
        for text in self._readers(wanted):
            wanted -= {m[0] for m in re.finditer(r"[A-Z][A-Z0-9_]+", text)}
            if not wanted:
                break
        return [(path, one) for path, one in open_ if one.name in wanted]

    def worked_out(self) -> str:
        """A file that reads variables by names that it works out, "" where there is none."""
        return next((p for p, text in self.trees.texts.items() if WORKED_OUT.search(text)), "")

    def _readers(self, wanted: Iterable[str]) -> Iterator[str]:
        """The texts of all that may read a variable, comments left out, as far as they name one of `wanted`."""
        names = set(wanted)
        count = 0
        for entry in self.repo.entries:
            path = entry.path
            if (
                not names
                or entry.size > _FILE
                or path in self.examples
                or _DOCUMENT.fullmatch(path)
                or _NO_READER.fullmatch(path)
                or env_example.is_example(posixpath.basename(path))
                or re.fullmatch(r"(?:.*/)?\.env(?:\.[\w-]+)*", path)
            ):
                continue
            count += 1
            if count > _MOST_FILES:
                said = f"More than {_MOST_FILES:,} files may read a variable; the others were not read."
                self.problems.append(
                    Problem(ProblemKind.TOO_LARGE, said, "Audit a part with --root.")
                )
                return
            text = self._text(path)
            if text and any(name in text for name in names):
                yield _without_comments(path, text)

    def _text(self, path: str) -> str | None:
        try:
            data = self.repo.read(path, limit=4 * _FILE).data
        except Trouble as trouble:
            self.problems.append(trouble.problem())
            return None
        return None if b"\0" in data else data.decode("utf-8-sig", "replace")


def _known(name: str, read: set[str], plain: set[str]) -> bool:
    """Whether a name of an example is read by the code, or by what is known to read such names."""
    if name in read or _BY_OTHERS.fullmatch(name) or _PLATFORM.fullmatch(name):
        return True
    if name.replace("_", "") in plain:
        return True
    # `APP_DATABASE__HOST` fills the group DATABASE; a prefix may be added where the class is made.
    groups = name.split("__")
    return len(groups) > 1 and any(part in read for part in (groups[0], *groups[1:]))


# What the code says of a name, which stands for NAME.
_WRITTEN = r"environ\[\s*[\"']NAME[\"']\s*\]\s*=(?!=)|process\.env\.NAME\s*=(?!=)"
_NOTHING = r"[\"']NAME[\"']\s*,[^()\n]*(?:\"\"|''|\bNone\b)"
_ASKED = r"(?:\b(?:if|elif|while|bool\(|Boolean\(|not)|!!?)\s*\(?[^\n=,;]{0,60}\bNAME\b"
_PASSED = r"\A\s*\w+:\s*process\.env\.NAME\s*,?\s*$"  # undefined leaves the property away
_COMPARED = r"\bNAME[\"']?\]?\)?(?:\??\.\w+\(\))?\s*(?:[!=]==?|\?(?![?.])|\bin\b)"
_LOOKED_UP = r"LookupEnv\(\s*\"NAME\""
_NEEDS = r"environ\[\s*[\"']NAME"
_REFUSED = r"\b(?:if|unless|assert)\b[^\n]*\bNAME\b(?:[^\n]*\n?){3}"
_ENTRY = r"\A\s*[\"']?NAME[\"']?\s*:\s*"
_TAKEN = r"\A[^\n=]*?\b(\w+)\s*(?::\s*[^=\n]+?)?:?=\s*[^=\n][^\n]*\bNAME\b"
_OR_ELSE = r"NAME[\"']?\s*\]?\)?\s*(?:\bor\b|\?\?|\|\|)"
_ASKED_OF = (
    r"(?:\b(?:if|elif|while|and|or|bool\(|not)\s*\(?\s*!*\s*NAME\b(?!\s*[.(\[])[^\n]*|\bNAME\s+is\s+(?:not\s+)?None[^\n]*"
    r"|\bNAME\s*(?:[!=]==?\s*(?:\"\"|''|null|undefined|nil)|\?\?|\|\||\s\?\s|\s+or\s)[^\n]*)(\n[^\n]*\n?[^\n]*)"
)


@lru_cache(maxsize=64)
def _of_any(said: str) -> re.Pattern[str]:
    return re.compile(said.replace("NAME", r"\w+"))


def _found(said: str, name: str, text: str) -> Iterator[re.Match[str]]:
    """Where a text says something of a name. A pattern for each name is made only where one could match."""
    if re.fullmatch(r"\w+", name) is None or (name in text and _of_any(said).search(text)):
        yield from re.finditer(said.replace("NAME", re.escape(name)), text)


def _has(said: str, name: str, text: str) -> bool:
    return any(True for _ in _found(said, name, text))


def _is_written(text: str, one: Reading) -> bool:
    """Whether the place sets a variable, rather than reading it."""
    return _has(_WRITTEN, one.name, _lines(text, one.line, 2))


def _may_stay_away(text: str, one: Reading) -> bool:
    """Whether the place takes nothing for an answer too: `get("X", "")`, `.optional()`, `if getenv("X")`, `== "1"`."""
    if one.type:
        return False
    near = _lines(text, one.line, 2)
    if any(_has(said, one.name, near) for said in (_NOTHING, _LOOKED_UP)):
        return True
    goes_on = any(_has(said, one.name, near) for said in (_ASKED, _COMPARED))
    goes_on = goes_on or _handled(text, one, near)
    about = _found(_REFUSED, one.name, _lines(text, one.line, 4))
    if any(_REFUSES.search(m[0]) for m in about):
        return False
    passed = _has(_PASSED, one.name, near.split("\n", 1)[0])
    if not _has(_NEEDS, one.name, near) and (goes_on or passed):
        return True
    entry = next(_found(_ENTRY, one.name, near), None)
    if entry is None:
        return False
    below = re.split(
        r"\n\s*[\"']?[A-Z][A-Z0-9_]*[\"']?\s*:", _lines(text, one.line, 8)[entry.end() :]
    )[0]
    return re.search(r"\.(?:optional|nullish|nullable)\(", below) is not None


def _handled(text: str, one: Reading, near: str) -> bool:
    """Whether what is read gets a name, and the code asks whether that is nothing and goes on either way."""
    line = near.split("\n", 1)[0]
    taken = next(_found(_TAKEN, one.name, line), None)
    if _has(_OR_ELSE, one.name, line):
        return True
    if taken is None:
        return False
    places = list(_found(_ASKED_OF, taken[1], text))
    return bool(places) and not any(_REFUSES.search(place[0]) for place in places)


def _lines(text: str, line: int, count: int) -> str:
    """Some lines of a text from one on."""
    lines = text.split("\n", line + count - 1)
    return "\n".join(lines[line - 1 : line + count - 1])[:4_000]


def _without_comments(path: str, text: str) -> str:
    if family(path) is not None:
        try:
            return without_comments(parse_whole(text, grammar_of(path) or ""), text)
        except Unparsed:
            return text
    lines = (line for line in text.split("\n") if not line.lstrip().startswith(("#", "//")))
    return "\n".join(lines)
