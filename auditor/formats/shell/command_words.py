"""The command inside its wrappers: `sudo`, `poetry run`, `docker run IMAGE`, `python -m` …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.text.word_list import words

_DEEPEST = 8
_MOST_WORDS = 300
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*|py")
_PACKAGE_RUN = r"(?:poetry|pipenv|pdm|rye|hatch|pixi|uv)(?: -\S+)* run"


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """One wrapper.

    `start` matches the words that name it; `valued` are the options followed by a value; `skipped`
    counts the other words that it takes itself, such as the time of `timeout`.
    """

    start: re.Pattern[str]
    valued: frozenset[str] = frozenset()
    skipped: int = 0


def _wrapper(start: str, valued: str = "", skipped: int = 0) -> _Wrapper:
    return _Wrapper(re.compile(rf"(?:{start})(?= |$)"), words(valued), skipped)


_CONTAINER_FLAGS = words(
    "--rm -i -t -it -ti -d -dt -td --privileged --init --no-deps --service-ports --use-aliases"
    " --build --quiet -q -T --interactive --tty --detach --read-only --no-TTY --quiet-pull"
    " --remove-orphans --publish-all -P --no-healthcheck --oom-kill-disable"
)
_CONTAINER = _Wrapper(
    re.compile(
        r"(?:docker|podman|nerdctl)(?: -\S+(?: [^-\s]\S*)??)*? (?:container )?(?:run|exec)(?= |$)"
        r"|(?:docker|podman)(?:-| )compose(?: \S+)*? (?:run|exec)(?= |$)"
    ),
    skipped=1,
)
_COVERAGE = _wrapper("coverage run", "--rcfile --source --omit --include --data-file --context")
# Images whose entry point is the tool itself, so that the words after them are its arguments.
_TOOL_IMAGES = words(
    "trivy gitleaks grype semgrep bandit hadolint checkov tfsec trufflehog osv-scanner newman k6"
    " dockle snyk sonar-scanner-cli kubeconform bats dependency-check locust shellcheck yamllint"
)
_WRAPPERS = (
    _wrapper("sudo|doas", "-u -g -h -p -C -r -t -D -R -T -U --user --group"),
    _wrapper("env", "-u -C --unset --chdir"),
    _wrapper("g?timeout", "-s -k --signal --kill-after", 1),
    _wrapper("nice|ionice|chrt", "-n -c -p"),
    _wrapper(
        "time|nohup|command|exec|builtin|unbuffer|chronic|catchsegv|eatmydata|dbus-run-session"
    ),
    _wrapper("stdbuf|xvfb-run|retry|caffeinate|arch|setarch", "-s -n -e -f -p -w -t -d -o -i -m"),
    _wrapper("xargs|parallel", "-n -P -I -L -a -d -E -j"),
    _wrapper(
        _PACKAGE_RUN,
        "--with --with-requirements --extra --group --only-group -p --python --project --package"
        " --directory --env-file --index -e --environment -C",
    ),
    _wrapper("uvx|uv tool run|pipx run", "--from --with -p --python --spec --index"),
    _wrapper("(?:conda|mamba|micromamba) run", "-n -p --name --prefix --cwd"),
    _wrapper("npx|bunx|pnpx|npm exec|(?:pnpm|yarn|bun)(?: -\\S+)* (?:exec|dlx|x)", "-p --package"),
    _wrapper("yarn|pnpm", "--cwd -C --filter -F"),
    _wrapper("bundle exec|rbenv exec|asdf exec|mise (?:exec|x)|direnv exec|lerna exec"),
    _COVERAGE,
    _wrapper("php|ruby|node|deno run|ts-node|tsx|perl", "-d -r -I --require --loader"),
    _wrapper("bash|sh|zsh|dash|pwsh|powershell|source|\\.", "-o -File -ExecutionPolicy"),
    _wrapper("cross-env|cross-env-shell|dotenv|env-cmd|nyc|c8|start-server-and-test", "-f -e"),
    _wrapper("doppler run|op run|infisical run", "--env-file --path --env -p -c"),
    _wrapper("aws-vault exec|chamber exec|kubectl exec|devbox run", "-n -c", 1),
    _wrapper("nix develop|nix shell|flox activate|devcontainer exec", "--workspace-folder"),
    _CONTAINER,
)


def bare_commands(written: tuple[str, ...]) -> Iterator[str]:
    """The command's text at each wrapper taken off, the whole first, words joined by one space.

    A command that is given by its path comes a second time under its file name.
    """
    parts = [part for part in written if part][:_MOST_WORDS]
    for _ in range(_DEEPEST):
        while parts and _ASSIGNMENT.match(parts[0]):
            parts = parts[1:]
        if not parts:
            return
        parts = _python(parts)
        yield " ".join(parts)
        name = re.sub(r"\.(?:exe|cmd|bat)$", "", re.split(r"[/\\]", parts[0])[-1])
        if name != parts[0] and name:
            yield " ".join([name, *parts[1:]])
        parts = _unwrapped([name, *parts[1:]] if name else parts)


def _python(parts: list[str]) -> list[str]:
    """`python -W error -m pip_audit x` as `pip-audit x`, and `python tests/run.py` without python."""
    if not _PYTHON.fullmatch(re.split(r"[/\\]", parts[0])[-1]):
        return parts
    at = 1
    while at < len(parts) and parts[at].startswith("-"):
        if parts[at] == "-m" and at + 1 < len(parts):
            return [parts[at + 1].replace("_", "-"), *parts[at + 2 :]]
        if parts[at] == "-c":
            return ["python", *parts[1:]]
        at += 2 if parts[at] in ("-W", "-X") else 1
    return parts[at:] or ["python"]


def _unwrapped(parts: list[str]) -> list[str]:
    """The words inside the outermost wrapper; none where there is no wrapper."""
    text = " ".join(parts)
    for wrapper in _WRAPPERS:
        found = wrapper.start.match(text)
        if found is not None:
            named = found.group().count(" ") + 1
            return _after_options(wrapper, parts[named:])
    return []


def _after_options(wrapper: _Wrapper, rest: list[str]) -> list[str]:
    """The words behind a wrapper's options, their values, and the words that it takes itself."""
    at = skipped = 0
    while at < len(rest):
        word = rest[at]
        if word == "--":
            return rest[at + 1 :]
        if word == "-m" and wrapper.start is _COVERAGE.start:
            return [rest[at + 1].replace("_", "-"), *rest[at + 2 :]] if rest[at + 1 :] else []
        if word.startswith("-") and len(word) > 1:
            valued = word in wrapper.valued
            if wrapper is _CONTAINER:
                valued = word not in _CONTAINER_FLAGS and "=" not in word
            at += 2 if valued else 1
        elif _ASSIGNMENT.match(word):
            at += 1
        elif skipped < wrapper.skipped:
            skipped += 1
            at += 1
            if wrapper is _CONTAINER:
                return _in_container(word, rest[at:])
        else:
            return rest[at:]
    return []


def _in_container(image: str, rest: list[str]) -> list[str]:
    """What runs in a container: the words after the image, or the tool that the image is named by."""
    name = image.rpartition("/")[2].partition(":")[0].partition("@")[0]
    starts_itself = not rest or rest[0].startswith("-") or name in _TOOL_IMAGES
    return [name, *rest] if starts_itself and rest[:1] != [name] else rest
