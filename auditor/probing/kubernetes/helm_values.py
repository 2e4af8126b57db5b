"""What is known of how a Helm chart is deployed: which values are laid over its own, and whether tags are set."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import YamlValue, load_all
from auditor.probing.containers.container_files import (
    Holdings,
    Use,
    is_development,
    resolve,
    use_of,
)
from auditor.probing.doors.trouble import Trouble

BESIDE = re.compile(
    r"(?i)(?:^|[^a-z])(?:staging|stage|stg|qa|uat|pre-?prod|preview|nonprod|sandbox|dev[a-z]*|local[a-z]*|tests?)(?:$|[^a-z])"
)
"""Names of what is for another environment than production."""
RECIPES = re.compile(
    r"(?i)(?:^|/)(?:Makefile|justfile|Taskfile\.ya?ml|Jenkinsfile|[^/]+\.(?:mk|sh))$"
    r"|^\.github/workflows/[^/]+\.ya?ml$|^\.gitlab-ci\.ya?ml$|^\.circleci/config\.ya?ml$|^azure-pipelines\.ya?ml$|^cloudbuild\.ya?ml$"
)
"""Files whose commands deploy."""
_PRODUCTION = re.compile(
    r"(?i)(?:[\w-]+/)?(?:values[._-](?:prod|production|prd|live)|(?:prod|production|prd|live)[._-]values"
    r"|(?:values|environments|envs?|overlays)/(?:prod|production|prd|live)(?:/values)?|(?:prod|production|prd|live)/values)\.ya?ml"
)
_HELM = re.compile(r"\bhelm3?\b[^\n;&|]{0,200}?\b(?:upgrade|install|template)\b([^\n;&|]{0,4000})")
_FILE = re.compile(r"(?:^|\s)(?:-f|--values)[ =]\s*[\"']?([^\s\"']+)")
_TAG = re.compile(r"--set(?:-string)?[ =][\"']?[^\s=]*(?:tag|digest|image|version)[^\s=]*=", re.I)
_GITOPS = re.compile(rb"^kind:[ \t]*[\"']?(?:Application|HelmRelease)\b", re.MULTILINE)
_YAML = re.compile(r"(?i).+\.ya?ml")
_LARGEST = 512 * 1024
_HEAD = 65_536
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class OnTop:
    """`files` of the repository and `inline` values (JSON) that lie over those of a chart, in that order;
    `by` is what says so; `tagged`: a command puts in the tag of an image."""

    files: tuple[str, ...] = ()
    inline: bytes | None = None
    by: str = ""
    tagged: bool = False


def on_top(holdings: Holdings, folder: str) -> OnTop:
    """What is laid over the values of the chart in `folder`, in production."""
    commands = list(_commands(holdings, folder))
    tagged = any(_TAG.search(text) for _, text in commands)
    for path, text in commands:
        files = tuple(_named(holdings, path, text))
        if files and not any(_aside(one) for one in files):
            return OnTop(files, None, path, tagged)
    for path, body in _releases(holdings, folder):
        if not _aside(f"{path} {text_of(dig(body, 'metadata', 'name')) or ''}"):
            found = _released(holdings, folder, body)
            if found.files or found.inline:
                return OnTop(found.files, found.inline, path, tagged)
    prefix = f"{folder}/" if folder else ""
    files = tuple(
        path
        for path in sorted(holdings.files)
        if path.startswith(prefix) and _PRODUCTION.fullmatch(path[len(prefix) :])
        and not path[len(prefix) :].startswith(("templates/", "charts/", "ci/"))
    )  # fmt: skip
    return OnTop(files, None, "", tagged)


def _aside(path: str) -> bool:
    return bool(BESIDE.search(path)) or is_development(path.rpartition("/")[2])


def _commands(holdings: Holdings, folder: str) -> Iterator[tuple[str, str]]:
    """File and arguments of each command of Helm that deploys the chart."""
    for path in sorted(holdings.files):
        apart = use_of(holdings.repo.below(path)) is Use.APART and not path.startswith(".")
        if not RECIPES.search(path) or apart:
            continue
        try:
            text = holdings.repo.read(path, limit=_LARGEST).text
        except Trouble:
            continue
        if "helm" in text:
            for match in _HELM.finditer(re.sub(r"\\\r?\n", " ", text)):
                if any(_is(holdings, path, word, folder) for word in match[1].split()):
                    yield path, match[1]


def _is(holdings: Holdings, path: str, word: str, folder: str) -> bool:
    word = word.strip("\"'")
    if not word or word.startswith("-") or (folder and folder.rpartition("/")[2] not in word):
        return False
    places = ("", posixpath.dirname(path))
    return any(resolve(place, word.rstrip("/")) == folder for place in places)


def _named(holdings: Holdings, path: str, text: str) -> Iterator[str]:
    """The files of values that a command names and that are there."""
    for written in _FILE.findall(text):
        found = (resolve(place, written) for place in ("", posixpath.dirname(path)))
        yield from [one for one in found if one in holdings.files and one is not None][:1]


def _releases(holdings: Holdings, folder: str) -> Iterator[tuple[str, dict[str, YamlValue]]]:
    """Applications of Argo CD and releases of Flux that take the chart from this repository."""
    for path in [p for p in sorted(holdings.files) if _YAML.fullmatch(p)][:_MOST]:
        try:
            if not _GITOPS.search(holdings.repo.head(path, _HEAD)):
                continue
            documents = load_all(holdings.repo.read(path, limit=_LARGEST).data, name=path)
        except (Trouble, FormatError):
            continue
        for document in documents:
            body = mapping_of(document.value)
            named = [text_of(one.get("path")) for one in _sources(body)]
            named.append(text_of(dig(body, "spec", "chart", "spec", "chart")))
            if any(one and resolve("", one.rstrip("/")) == folder for one in named):
                yield path, body


def _sources(body: dict[str, YamlValue]) -> list[dict[str, YamlValue]]:
    one, many = dig(body, "spec", "source"), list_of(dig(body, "spec", "sources"))
    return [mapping_of(source) for source in (one, *many)]


def _released(holdings: Holdings, folder: str, body: dict[str, YamlValue]) -> OnTop:
    files: list[str] = []
    inline: YamlValue = dig(body, "spec", "values")
    named = texts_of(dig(body, "spec", "chart", "spec", "valuesFiles"))
    paths = [resolve("", one) for one in named]
    for source in _sources(body):
        helm = mapping_of(source.get("helm"))
        inline = inline or helm.get("valuesObject")
        paths += [resolve(folder, one) for one in texts_of(helm.get("valueFiles"))]
    files = [one for one in paths if one in holdings.files and one is not None]
    told = json.dumps(inline).encode() if isinstance(inline, dict) and inline else None
    return OnTop(tuple(files), told)
