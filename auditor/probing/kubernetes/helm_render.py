"""What a Helm chart renders to: once for all probes, in a private folder, with what is known of its deployment."""

from __future__ import annotations

import json
import posixpath
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from auditor.formats.kubernetes.helm_chart import Dependency, read_chart
from auditor.formats.kubernetes.helm_output import placed, read_output
from auditor.formats.kubernetes.helm_template import soften
from auditor.formats.kubernetes.kube_model import KubeObject
from auditor.formats.text.errors import FormatError
from auditor.probing.command import Ran
from auditor.probing.containers.container_files import Holdings, resolve
from auditor.probing.contract import Context, Problem, ProblemKind, Trouble
from auditor.probing.kubernetes.helm_charts import HelmChart
from auditor.probing.kubernetes.helm_values import OnTop, on_top
from auditor.probing.repo import Repo

_LIMIT = 8 * 1024 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_MOST_OUTPUT = 32 * 1024 * 1024
_DEPENDENCIES = re.compile(r"(?m)^dependencies:[^\n]*\n?(?:(?:[ \t-][^\n]*|#[^\n]*)?\n)*")
_PACKED = re.compile(r"charts/([\w.-]+?)-v?\d[^/]*\.tgz")
_ELSEWHERE = re.compile(rb'"\$ref"\s*:\s*"[^"#]')
_ASKS = re.compile(r"execution error at|error calling (?:required|fail)")
_NEEDS = re.compile(
    r"missing in charts/|dependencies|execution error|required|must (?:be )?(?:set|provide)|schema|cannot load"
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a chart renders to, and of what: the values laid `on_top`, `without` which charts of others;
    `filled`: something stands for values that it requires and nobody in the repository gives."""

    chart: HelmChart
    objects: tuple[KubeObject, ...]
    on_top: OnTop
    without: tuple[str, ...] = ()
    filled: bool = False

    @property
    def firm(self) -> bool:
        """Whether values of production are known and nothing was left out; else this is what it may be."""
        given = bool(self.on_top.files or self.on_top.inline)
        return given and not self.without and not self.filled

    @property
    def how(self) -> str:
        """With which values it was rendered, in words."""
        told = [*self.on_top.files, *([self.on_top.by] if self.on_top.inline else [])]
        said = f"with {', '.join(told)}" if told else "with its own values"
        said += " and placeholders for those that it requires" if self.filled else ""
        return said + (f", without {', '.join(self.without)}" if self.without else "")


_LOCK = threading.Lock()
_MADE: WeakKeyDictionary[Repo, dict[str, Rendered | Problem | Trouble]] = WeakKeyDictionary()


def render(ctx: Context, made: HelmChart) -> Rendered | Problem:
    """What `helm template` makes of a chart with its values, and on top those that production is known to have.

    Objects are by the template that they come from. Those of charts below are left out, unless these are of
    this repository; where charts of others are not in `charts/`, it is rendered without them. No repository
    of charts, cluster, plugin or schema elsewhere is asked. Raises Trouble where the tool is not there, or
    takes too long.
    """
    with _LOCK:
        known = _MADE.setdefault(ctx.repo, {})
        if made.folder not in known:
            try:
                known[made.folder] = _render(ctx, made)
            except Trouble as trouble:
                known[made.folder] = trouble
        found = known[made.folder]
    if isinstance(found, Trouble):
        raise Trouble(found.kind, found.message, found.hint)
    return found


def _render(ctx: Context, made: HelmChart) -> Rendered | Problem:
    if ctx.command.find("helm") is None:
        raise Trouble(
            ProblemKind.TOOL_MISSING,
            f"The chart {made.folder or '.'} was not rendered: the tool helm is not installed.",
            "Install Helm 3 or newer where the audit runs.",
        )
    holdings = Holdings(ctx.repo)
    laid, parts = on_top(holdings, made.folder), dict(_own_parts(ctx.repo, made))
    files = {f"chart/{made.below(path)}": path for path in made.files}
    beside = {n: f for n, f in parts.items() if f not in map(posixpath.dirname, made.files)}
    for name, folder in beside.items():
        inside = (p for p in holdings.files if p.startswith(f"{folder}/"))
        files |= {f"chart/charts/{name}/{p[len(folder) + 1 :]}": p for p in inside}
    packed = {m[1] for m in map(_PACKED.fullmatch, map(made.below, made.files)) if m}
    there = {p.split("/")[2] for p in files if p.startswith("chart/charts/")} | packed | set(parts)
    away = [d for d in made.chart.dependencies if d.name not in there]
    data = {name: ctx.repo.read(path, limit=_LIMIT).data for name, path in files.items()}
    if sum(map(len, data.values())) > _MOST_BYTES:
        said = f"The chart {made.folder or '.'} is larger than {_MOST_BYTES:,} bytes."
        return Problem(
            ProblemKind.TOO_LARGE, said, "Leave out of the chart what no template reads."
        )
    data = {name: content for name, content in data.items() if _is_wanted(name, content)}
    kept = [d for d in made.chart.dependencies if d not in away]
    if away or beside:  # what is not there, or has another place, must not be asked for
        data["chart/Chart.yaml"] = _depending(data["chart/Chart.yaml"], kept)
    args = ["helm", "template", "release", "chart"]
    for at, path in enumerate(laid.files):
        name = f"chart/{made.below(path)}" if path in made.files else f"values/{at}.yaml"
        data[name] = ctx.repo.read(path, limit=_LIMIT).data
        args += ["-f", name]
    if laid.inline:
        data["values/inline.yaml"] = laid.inline
        args += ["-f", "values/inline.yaml"]
    ran, filled = _run(ctx, args, data), False
    if ran.exit_code and _ASKS.search(ran.error_text):  # for a value that only a deployment knows
        again = _run(ctx, args, {name: _softened(name, content) for name, content in data.items()})
        filled = not again.exit_code
        ran = again if filled else ran
    if ran.exit_code:
        return _refused(made, ran.error_text, [d.name for d in away])
    try:
        objects = tuple(_placed(ctx.repo, made, parts, ran.stdout.decode("utf-8", "replace")))
    except FormatError as error:
        said = f"What {made.folder or '.'} renders to cannot be read: {error}"
        hint = "Try `helm template | kubectl apply --dry-run=client -f -`."
        return Problem(ProblemKind.MALFORMED, said, hint)
    return Rendered(made, objects, laid, tuple(d.name for d in away), filled)


def _run(ctx: Context, args: list[str], files: dict[str, bytes]) -> Ran:
    return ctx.command.run(args, timeout_s=60.0, files=files, keep=False, output_limit=_MOST_OUTPUT)


def _softened(name: str, content: bytes) -> bytes:
    if "/templates/" not in name or not name.endswith((".yaml", ".yml", ".tpl")):
        return content
    return soften(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _is_wanted(name: str, content: bytes) -> bool:
    """Not a schema that names others, which Helm may ask the network for, nor a lock of what is not there."""
    last = name.rpartition("/")[2]
    if last in ("Chart.lock", "requirements.lock"):
        return False
    return last != "values.schema.json" or _ELSEWHERE.search(content) is None


def _refused(made: HelmChart, text: str, away: list[str]) -> Problem:
    needs = bool(away) or _NEEDS.search(text) is not None
    kind = ProblemKind.NOT_CONFIGURED if needs else ProblemKind.MALFORMED
    lacking = f" without {', '.join(away)}, which charts/ does not hold" if away else ""
    said = f"helm template does not render {made.folder or '.'}{lacking}: {text}"
    hint = "Commit charts/ and values with which the chart renders, and try `helm template`."
    if away:
        hint = (
            f"Run `helm dependency build {made.folder or '.'}` before the audit, or commit charts/."
        )
    return Problem(kind, said, hint)


def _own_parts(repo: Repo, made: HelmChart) -> Iterator[tuple[str, str]]:
    """Charts of this repository that one brings in: the name that it gives them, and their folder."""
    named = {d.name: d for d in made.chart.dependencies}
    for path in made.files:
        parts = made.below(path).split("/")
        if len(parts) == 3 and parts[0] == "charts" and parts[2] == "Chart.yaml":
            one = named.get(_name(repo, path) or parts[1])
            if one is None or not one.repository or one.repository.startswith("file:"):
                yield one.key if one else _name(repo, path) or parts[1], posixpath.dirname(path)
    for one in made.chart.dependencies:
        folder = resolve(made.folder, one.repository.removeprefix("file://"))
        local = one.repository.startswith("file://") and folder is not None
        if local and f"{folder}/Chart.yaml" in repo.by_path:
            yield one.key, folder or ""


def _name(repo: Repo, path: str) -> str:
    try:
        return read_chart(repo.read(path, limit=_LIMIT).data, path=path).name
    except (Trouble, FormatError):
        return ""


def _depending(data: bytes, kept: list[Dependency]) -> bytes:
    """Chart.yaml with only those dependencies that are there."""
    text = _DEPENDENCIES.sub("", data.decode("utf-8-sig", "replace") + "\n")
    rows = [
        {
            "name": d.name, "version": "*" if d.repository.startswith("file:") else d.version or "*",
            "repository": "", "alias": d.key if d.key != d.name else "", "condition": d.condition,
        }
        for d in kept
    ]  # fmt: skip
    told = [
        {key: value for key, value in row.items() if value or key == "repository"} for row in rows
    ]
    return f"{text}dependencies: {json.dumps(told)}\n".encode() if told else text.encode()


def _placed(repo: Repo, made: HelmChart, parts: dict[str, str], text: str) -> Iterator[KubeObject]:
    """The objects of the chart and of those of its parts that are of this repository."""
    read: Callable[[str], str] = _reader(repo)
    for found in read_output(text):
        folder, below = made.folder, found.path
        if below.startswith("charts/"):
            name, _, below = below.removeprefix("charts/").partition("/")
            if name not in parts or below.startswith("charts/"):
                continue
            folder = parts[name]
        yield placed(found, posixpath.join(folder, below), read)


def _reader(repo: Repo) -> Callable[[str], str]:
    texts: dict[str, str] = {}

    def read(path: str) -> str:
        if path not in texts:
            try:
                texts[path] = repo.read(path, limit=_LIMIT).text if path in repo.by_path else ""
            except Trouble:
                texts[path] = ""
        return texts[path]

    return read
