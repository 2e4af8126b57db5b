"""Reads the Dockerfiles of the service: bases, user, health check, stages, and what they copy.

Judged are the last stage, or the one that the Compose files of deployment build, and any that is called
`production` or the like and that no other stage uses, or that a script, Makefile or pipeline builds by name
(`--target`) to become an image. Files for development, tests, examples and documents
are left out. The build context is the one that Compose names; else the folder above the file in which most
sources are found; a build output that git ignores is made before the image, and is not missing. An entry point that
goes on as another user (`gosu`, `su-exec`, `setpriv` and the like), itself or in a script of the repository, does not
run as root. Not seen: what a base image brings along (its user, its health check), and stages whose name a script
puts together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from auditor.formats.containers import dockerfile as syntax
from auditor.formats.containers.build_context import BuildContext
from auditor.formats.containers.dockerfile_model import Dockerfile, Stage
from auditor.formats.containers.dockerfile_stages import adds_anything, building, feeders, reached
from auditor.formats.containers.image_reference import Pin
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.ci.build_targets import build_targets
from auditor.probing.containers.container_files import (
    ComposeBuild,
    Holdings,
    Use,
    is_development,
    parents,
    resolve,
    use_of,
)
from auditor.probing.containers.user_switch import switches_user
from auditor.probing.contract import Context, FactSpec, Need, Observation, Trouble, probe
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
FILES = FactSpec("image.dockerfiles", _LIST, "Dockerfiles of the service that are deployed.")
BASES = FactSpec("image.unpinned_bases", _LIST, "Images used without digest, in any stage.")
ROOT = FactSpec("image.root_final_stages", _LIST, "Images that run as root, or may do so.")
HEALTH = FactSpec("image.without_healthcheck", _LIST, "Images without a check that can fail.")
SOURCES = FactSpec("image.missing_copy_sources", _LIST, "Sources that the build context lacks.")
SINGLE = FactSpec("image.single_stage", _LIST, "Images that are built in the stage that runs.")
INVALID = FactSpec("image.invalid", _LIST, "Dockerfiles that cannot be built, or add nothing.")
LISTS = (BASES, ROOT, HEALTH, SOURCES, SINGLE, INVALID)

_NAME = re.compile(r"(?i)(?:docker|container)file(?:[-_.].*)?|.*[-_.](?:docker|container)file")
_NO_IMAGE = re.compile(
    r"(?i).*\.(?:dockerignore|md|rst|txt|json|ya?ml|toml|lock|j2|jinja2?|tmpl|tpl|template|erb|mustache|hbs|in|dist"
    r"|example|sample|bak|orig|old|disabled|py|go|[cm]?[jt]sx?|rs|rb|java|kt|cs|php|sh|ps1|vim|html|svg|png)"
)
_FOR_BUILDS = re.compile(r"(?i)(?:^|[-_./])(?:base|builder|build(?!/))(?:[-_.][^/]*|/[^/]*)?$")
_PRODUCTION = re.compile(r"(?i)(?:^|[-_./])(?:prod|production|deploy|release|stack)(?:[-_./]|$)")
_DEPLOYED_STAGE = frozenset({"production", "prod", "release", "runtime", "runner", "final"})
_TAKEN = frozenset({"artifact", "artifacts", "upload", "export", "binary", "binaries", "package"})
_FOR_STAGES = frozenset({
    "base", "build", "builder", "compile", "compiler", "deps", "dependencies", "assets", "vendor", "cache",
    "check", "checks", "format", "coverage", "pr",
})  # fmt: skip
_PINS = {
    Pin.TAG: "a tag without digest",
    Pin.LATEST: "a tag that moves",
    Pin.NONE: "no digest and no tag",
    Pin.VARIABLE: "decided by a variable without default",
}


@probe(
    "infra.dockerfile",
    title="Dockerfiles",
    needs=[Need.REPOSITORY],
    emits=[FILES, *LISTS],
    pure=True,
)
def dockerfile(ctx: Context) -> Iterator[Observation]:
    """Give every list when all files could be read; else those that hold something already."""
    holdings = Holdings(ctx.repo)
    builds = holdings.compose_builds
    paths, left_out = deployed_files(holdings, builds)
    seen = Entries(LISTS)
    read(holdings, paths, builds, seen)
    told = f"; left out as not deployed: {', '.join(left_out)}" if left_out else ""
    searched = f"searched: Dockerfile*, *.Dockerfile, Containerfile*{told}"
    source, now = ctx.repo.source(", ".join(paths) or searched), ctx.observed_at
    places = [Location(path=p) for p in paths or left_out]
    yield FILES.of(paths, level=Level.EFFECTIVE, source=source, locations=places, produced_at=now)
    yield from seen.observations(ctx, source)


def deployed_files(holdings: Holdings, builds: list[ComposeBuild]) -> tuple[list[str], list[str]]:
    """The Dockerfiles to judge, and those of the service that are left out.

    Files outside the service root count only when there is none below it, and only those whose name,
    context or sources lead to the service.
    """
    repo, deployed = holdings.repo, [b for b in builds if b.use is Use.DEPLOYED]
    named = {b.dockerfile for b in deployed}
    certain = {b.dockerfile for b in deployed if _PRODUCTION.search(b.file)}
    known = [p for p in sorted(holdings.files) if p in named or _is_dockerfile(p)]
    fitting = [p for p in known if use_of(repo.below(p)) is Use.DEPLOYED or p in certain]
    # What builds an image for builders, or a base of other images, runs only when it is named.
    wanted = [p for p in fitting if p in named or not _FOR_BUILDS.search(repo.below(p))]
    inside = [p for p in wanted if repo.in_service(p)]
    chosen = inside or [p for p in wanted if _leads_here(p, holdings, builds)]
    return chosen, [p for p in known if repo.in_service(p) and p not in chosen]


def _is_dockerfile(path: str) -> bool:
    name = path.rpartition("/")[2]
    return _NAME.fullmatch(name) is not None and _NO_IMAGE.fullmatch(name) is None


def _leads_here(path: str, holdings: Holdings, builds: list[ComposeBuild]) -> bool:
    repo = holdings.repo
    contexts = [b.context for b in builds if b.dockerfile == path]
    if any(c and repo.in_service(c) for c in contexts):
        return True
    if repo.root.rpartition("/")[2].lower() in re.split(r"[/.]", path.lower()):
        return True
    try:
        parsed = syntax.read(repo.read(path).data, name=path)
        context, _ = best_context(holdings, path, parsed.stages, contexts)
    except (Trouble, FormatError):
        return False
    sources = [s.path.lstrip("/") for stage in parsed.stages for s in stage.sources if not s.url]
    found = [resolve(context.folder, s) for s in sources]
    return any(s is not None and (repo.in_service(s) or s in parents(repo.root)) for s in found)


def read(holdings: Holdings, paths: list[str], builds: list[ComposeBuild], seen: Entries) -> None:
    """Judge each file. One that adds nothing to its base is invalid where no other file does."""
    hollow: list[tuple[str, Stage]] = []
    targets = build_targets(holdings)
    for path in paths:
        named = [b for b in builds if b.dockerfile == path]
        asked = {t.stage for t in targets if t.means(path)}
        with seen.reading(path, INVALID, "docker build"):
            parsed = syntax.read(holdings.repo.read(path).data, name=path)
            final = final_stages(parsed, named, asked)
            contexts = [b.context for b in named]
            context, missing = best_context(holdings, path, reached(parsed, final), contexts)
            for line, what in missing:
                seen.add(SOURCES, path, line, what)
            judge(path, parsed, final, context, seen, holdings)
            hollow += [(path, stage) for stage in final if not adds_anything(parsed, stage)]
    all_hollow = len({path for path, _ in hollow}) == len(paths)
    for path, stage in hollow:
        if all_hollow or stage.base.pin is Pin.SCRATCH:
            told = f"adds nothing to {stage.base.text}: it has no COPY, ADD or RUN"
            seen.add(INVALID, path, stage.line, told)


def best_context(
    holdings: Holdings, path: str, stages: Iterable[Stage], contexts: list[str]
) -> tuple[BuildContext, list[tuple[int, str]]]:
    """The build context that lacks fewest of the sources, and what it lacks, by line.

    `contexts` are those that Compose names; without any, the folders above the file and the service
    root are tried. Raises Trouble.
    """
    folders = dict.fromkeys(contexts or [*parents(path), holdings.repo.root])
    built = [holdings.context(folder, path) for folder in folders]
    tried = [(context, _lacking(context, list(stages))) for context in built]
    return min(tried, key=lambda one: len(one[1]))


def _lacking(context: BuildContext, stages: list[Stage]) -> list[tuple[int, str]]:
    """A pattern may match nothing where another source of the same instruction is there."""
    found: list[tuple[int, str]] = []
    for line, group in groupby((s for stage in stages for s in stage.sources), lambda s: s.line):
        judged = [
            (s, None if s.url or s.unresolved else context.lacks(s.path, s.pattern)) for s in group
        ]
        some_there = any(why is None for _, why in judged)
        lost = [(s.path, w) for s, w in judged if w and not (s.pattern and some_there)]
        where = context.folder or "."
        found += [(line, f"{path} of the context {where}, {why}") for path, why in lost]
    return found


def final_stages(
    parsed: Dockerfile, builds: list[ComposeBuild], asked: Collection[str] = ()
) -> list[Stage]:
    """The stages that become images, in order of the file; `asked` are those built by name elsewhere."""
    targets = [
        b.target.lower() if b.target else parsed.final.name for b in builds if b.use is Use.DEPLOYED
    ]
    named = [
        s for s in parsed.stages if s.name and s.name in targets and not is_development(s.name)
    ]
    judged = named if named and parsed.final.name not in targets else [parsed.final]
    aside = judged == [parsed.final] and not targets and _is_aside(parsed.final)
    used = {i for s in parsed.stages for i in feeders(parsed, [s])}
    if not aside:
        used |= {s.index for s in parsed.chain(parsed.final)}
    apart = [s for s in parsed.stages if s.name in _DEPLOYED_STAGE and s.index not in used]
    apart += [s for s in parsed.stages if s.name in asked and not _is_aside(s) and not _feeds(s)]
    kept = [] if aside and apart else judged
    return sorted({s.index: s for s in (*kept, *apart)}.values(), key=lambda s: s.index)


def _is_aside(stage: Stage) -> bool:
    """Whether a last stage is called after what is taken from it or tried with it, not run."""
    name = stage.name or ""
    return is_development(re.sub(r"\d+", " ", name)) or not _TAKEN.isdisjoint(_words(name))


def _feeds(stage: Stage) -> bool:
    """Whether a stage is called after the step of a build that it is, so that none runs it."""
    return not _FOR_STAGES.isdisjoint(_words(stage.name or ""))


def _words(name: str) -> list[str]:
    return re.split(r"[^a-z]+", name.lower())


def judge(
    path: str,
    parsed: Dockerfile,
    final: list[Stage],
    context: BuildContext,
    seen: Entries,
    holdings: Holdings,
) -> None:
    """Entries for the bases of all stages, and for each stage that becomes an image."""
    for stage in parsed.stages:
        external = [(stage.base, stage.line)] if stage.base_stage is None else []
        copied = [(c.image, c.line) for c in stage.copies_from if c.image is not None]
        for image, line in (*external, *copied):
            if image.pin in _PINS and not _is_stage(image.text, parsed.stages[: stage.index]):
                seen.add(BASES, path, line, f"{image.text} ({_PINS[image.pin]})")
    for stage in final:
        name = f"the stage {stage.name}" if stage.name else "the last stage"
        user = _user(stage, parsed.chain(stage)[-1].base.text)
        if user[1] and switches_user(holdings, context, parsed, stage):
            user = (user[0], "")
        for fact, line, what in (
            (ROOT, *user),
            (HEALTH, *_health(stage)),
            (SINGLE, stage.line, building(parsed, stage, context)),
        ):
            if what:
                seen.add(fact, path, line, f"{name} {what}")


def _is_stage(image: str, stages: Iterable[Stage]) -> bool:
    """Whether a variable chooses among earlier stages: `FROM build_${TARGETARCH}`."""
    parts = re.split(r"\$\{[^}]*\}", image)
    pattern = ".*".join(map(re.escape, parts))
    return any(parts) and any(re.fullmatch(pattern, s.name or "") for s in stages)


def _user(stage: Stage, base: str) -> tuple[int, str]:
    """Line and complaint, "" where the stage is known not to run as root; `base` is the image below it."""
    user = stage.user
    if user is None:
        known = stage.base_runs_as_root is False or base.startswith("cgr.dev/chainguard/")
        told = f"has no USER, and its base {base.partition('@')[0]} is not known to set one"
        return stage.line, "" if known else told
    if (
        user.root is None
        and user.text == "${APP_UID}"
        and base.startswith("mcr.microsoft.com/dotnet/")
    ):
        return user.line, ""  # these images set it to 1654
    if user.root is None:
        return user.line, f"runs as {user.text}, a variable without default"
    return user.line, f"runs as {user.text}" if user.root else ""


def _health(stage: Stage) -> tuple[int, str]:
    check = stage.healthcheck
    if check is None:
        told = "disables its HEALTHCHECK" if stage.healthcheck_disabled else "has no HEALTHCHECK"
        return stage.line, told
    return check.line, "has a HEALTHCHECK that cannot fail" if check.vacuous else ""
