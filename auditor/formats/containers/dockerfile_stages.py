"""What goes into an image: the stages that feed it, and whether it is built where it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.formats.containers.build_context import BuildContext
from auditor.formats.containers.dockerfile_model import Dockerfile, Stage
from auditor.formats.containers.dockerfile_syntax import Instruction

_INSTALL = re.compile(r"\b(?:apt-get|apt|apk|yum|dnf|microdnf|zypper)\b.*?\b(?:install|add)\b(.*)")
_COMPILER = re.compile(
    r"(?<![\w.+-])(?:build-essential|build-base|gcc-c\+\+|gcc|g\+\+|clang|cargo|rustc?|golang|go)(?![\w.+-])"
)
_BUILDS = re.compile(
    r"\b(?:pip3?|uv|poetry|pnpm|npm|yarn|bun|go|cargo|mvnw?|gradlew?|c?make|bundle|composer|dotnet)\s+\S"
)
_MOUNTED = re.compile(r"(?:^|,)from=([^,]+)")
_CLEANS_UP = re.compile(r"\b(?:purge|remove|autoremove|del|erase)\b|\bif\s+(?:\[|test\b)")
_TOOLCHAIN = re.compile(r"(?:.*/)?(?:golang|rust|maven|gradle|gcc|dotnet/sdk)")


def building(parsed: Dockerfile, stage: Stage, context: BuildContext) -> str:
    """How an image is built where it runs; "" where it is built elsewhere, or nothing is built."""
    chain = parsed.chain(stage)
    orders = [i for s in chain for i in _orders(parsed, s)]
    if not feeders(parsed, chain) and not _given(chain, orders, context):
        if any(i.name in ("RUN", "CMD", "ENTRYPOINT") for i in orders):
            return "is built in itself: no other stage builds for it"
        return ""  # a configuration on top of an image that others built
    if _TOOLCHAIN.fullmatch(chain[-1].base.name):
        return f"starts from the toolchain {chain[-1].base.text}"
    for order in orders:
        text = "\n".join((order.arguments, *order.heredocs))
        if order.name == "RUN" and not _CLEANS_UP.search(text):
            installs = (_INSTALL.search(part) for part in re.split(r"&&|\|\||;|\n", text))
            tools = [
                tool for found in installs if found for tool in _COMPILER.findall(found.group(1))
            ]
            if tools:
                return f"keeps the compiler that line {order.line} installs ({tools[0]})"
    return ""


def _given(chain: Iterable[Stage], orders: Iterable[Instruction], context: BuildContext) -> bool:
    """Whether the image takes what was built before it, and no instruction of it builds anything."""
    runs = ("\n".join((i.arguments, *i.heredocs)) for i in orders if i.name == "RUN")
    builds = any(map(_BUILDS.search, runs))
    return not builds and any(
        context.built_before(s.path) for stage in chain for s in stage.sources
    )


def _orders(parsed: Dockerfile, stage: Stage) -> list[Instruction]:
    """The instructions of one stage, its FROM first."""
    later = parsed.stages[stage.index + 1 :]
    end = later[0].line if later else parsed.instructions[-1].line + 1
    return [i for i in parsed.instructions if stage.line <= i.line < end]


def feeders(parsed: Dockerfile, chain: Iterable[Stage]) -> set[int]:
    """The stages from which those of `chain` take files, without themselves."""
    mine = {s.index for s in chain}
    names = {s.name or str(s.index): s.index for s in parsed.stages}
    copied = {c.stage for s in chain for c in s.copies_from if c.stage is not None}
    flags = (f for s in chain for i in _orders(parsed, s) for f in i.flags if f[0] == "mount")
    mounts = (_MOUNTED.search(value.lower()) for _, value in flags)
    mounted = {names[m.group(1)] for m in mounts if m and m.group(1) in names}
    return (copied | mounted) - mine


def bound_folders(parsed: Dockerfile, stages: Iterable[Stage]) -> list[str]:
    """The folders and files of the context that RUN instructions mount, which needs no COPY."""
    found: list[str] = []
    for flag, value in (f for s in stages for i in _orders(parsed, s) for f in i.flags):
        parts = dict(part.partition("=")[::2] for part in value.split(","))
        if flag == "mount" and parts.get("type", "bind") == "bind" and "from" not in parts:
            found.append(parts.get("source") or parts.get("src") or ".")
    return found


def reached(parsed: Dockerfile, final: Iterable[Stage]) -> list[Stage]:
    """The stages that the builder builds for `final`."""
    found: dict[int, Stage] = {}
    waiting = list(final)
    while waiting:
        chain = parsed.chain(waiting.pop())
        new = [s for s in chain if s.index not in found]
        found |= {s.index: s for s in new}
        waiting += [parsed.stages[index] for index in feeders(parsed, new)]
    return [found[index] for index in sorted(found)]


def adds_anything(parsed: Dockerfile, stage: Stage) -> bool:
    """Whether a stage, or one that it continues, puts or runs anything on top of its base."""
    return any(
        i.name in ("RUN", "COPY", "ADD") for s in parsed.chain(stage) for i in _orders(parsed, s)
    )
