"""What a service reads from its environment against what its examples and documents name."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial

from auditor.code.kinds import nodes
from auditor.code.languages import grammar_of
from auditor.code.lexical.names import without_comments
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.reach.flow import called_name
from auditor.code.scanning import family
from auditor.code.topics.environment import READS, given
from auditor.code.topics.environment_names import WORKED_OUT
from auditor.formats.settings import env_example
from auditor.formats.settings.env_example import Named
from auditor.probing.code.code_trees import READERS, Trees
from auditor.probing.contract import Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.repository.settings_named import NamedHere, names_in

_FILE = 1024 * 1024
_MOST_FILES = 20_000
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
        for path, one in self._named:
            needed = one.needed and not (one.field and one.field in self._passed)
            found.setdefault(one.names[0], []).append(Setting(path, one.line, one.names, needed))
        return sorted(
            (
                Setting(first.path, first.line, first.names, all(s.required for s in same))
                for same in found.values()
                for first in [min(same, key=lambda s: (s.path, s.line))]
            ),
            key=lambda s: (s.path, s.line, s.names),
        )

    @cached_property
    def _named(self) -> list[tuple[str, NamedHere]]:
        """What each file names, kept by its content."""
        files, classes = self.trees.code.files, self.trees.settings_classes
        told = hashlib.sha256(" ".join(sorted(classes)).encode()).hexdigest()
        named = []
        for path in sorted(files.matching(READS)):
            kin = family(path) or ""
            if kin not in READERS:
                continue
            make = partial(names_in, kin, classes)
            made = files.made(f"settings named in {kin} {told}", list[NamedHere], make, path)
            named += [] if isinstance(made, Unparsed) else [(path, one) for one in made]
        return named

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


def _without_comments(path: str, text: str) -> str:
    if family(path) is not None:
        try:
            return without_comments(parse_whole(text, grammar_of(path) or ""), text)
        except Unparsed:
            return text
    lines = (line for line in text.split("\n") if not line.lstrip().startswith(("#", "//")))
    return "\n".join(lines)
