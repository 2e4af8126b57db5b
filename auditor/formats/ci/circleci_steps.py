"""The steps of CircleCI's jobs: `run` in its two forms, commands of the file, and those of orbs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditor.formats.ci.ci_model import EVERYTHING, CiGap, CiStep
from auditor.formats.shell.shell_fate import ShellOptions
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue

_PARAMETER = re.compile(r"<<\s*parameters\.([\w-]+)\s*>>")
_EXPRESSION = re.compile(r"<<\s*[\w.-]+\s*>>")
_DEEPEST = 6
_MOST_STEPS = 2_000
_BUILT_IN = frozenset({
    "checkout", "setup_remote_docker", "save_cache", "restore_cache", "store_artifacts", "store_test_results",
    "persist_to_workspace", "attach_workspace", "add_ssh_keys", "deploy",
})  # fmt: skip
# Commands and jobs of well known orbs, as the command that each of them runs.
_ORBS = (
    (re.compile(r"node/test"), "npm {script}"),
    (re.compile(r"python/test"), "pytest"),
    (re.compile(r"maven/test"), "mvn verify"),
    (re.compile(r"gradle/test"), "gradle test"),
    (re.compile(r"go(?:lang)?/test"), "go test"),
    (re.compile(r"ruby/rspec-test"), "bundle exec rspec"),
    (re.compile(r"ruby/minitest-test"), "bundle exec rails test"),
    (re.compile(r"php/test"), "phpunit"),
    (re.compile(r"cypress(?:-io)?/run"), "cypress run"),
    (re.compile(r"aws-ecs/(?:deploy-service-update|deploy_service_update|update_service)"), "aws ecs update-service"),
    (re.compile(r"aws-s3/sync"), "aws s3 sync"),
    (re.compile(r"heroku/(?:deploy-via-git|deploy_via_git|push-docker-image)"), "git push heroku"),
    (re.compile(r"(?:gcp-)?cloud-run/deploy(?:_.*)?"), "gcloud run deploy"),
    (re.compile(r"kubernetes/(?:create-or-update-resource|create_or_update_resource)"), "kubectl apply"),
    (re.compile(r"helm/(?:upgrade|install)[-_]helm[-_]chart"), "helm upgrade"),
    (re.compile(r"terraform/apply"), "terraform apply"),
    (re.compile(r"terraform/(validate|plan)"), "terraform {part}"),
    (re.compile(r"serverless(?:-framework)?/deploy"), "serverless deploy"),
    (re.compile(r"netlify/deploy"), "netlify deploy"),
)  # fmt: skip
# What only prepares, notifies, scans or publishes.
_HARMLESS = re.compile(
    r".*/(?:install.*|setup.*|.*login|.*auth.*|init|notify|status|upload.*|download.*|cache.*|load-.*|save-.*"
    r"|with-cache|checkout.*|config.*|update-kubeconfig.*|scan.*|lint.*|fmt|publish.*|build.*|push.*|wait.*)"
    r"|(?:slack|codecov|snyk|sonarcloud|jira|docker|aws-cli|gcp-cli|azure-cli|coveralls|queue|discord"
    r"|browser-tools|aws-ecr|gcp-gcr|path-filtering|win|macos|vault|shellcheck|gh|github-cli|datadog"
    r"|android|mem)/.*",
)  # fmt: skip


def filled(text: str, parameters: Mapping[str, str]) -> str:
    """A text with the parameters put in that are known."""
    return _PARAMETER.sub(lambda m: parameters.get(m[1], m[0]), text)


def options_of(shell: str) -> ShellOptions | None:
    """How CircleCI starts a shell: `bash -eo pipefail` unless one is named; None where it is none."""
    if not shell:
        return ShellOptions(errexit=True, pipefail=True)
    program = shell.split()[0].rpartition("/")[2].removesuffix(".exe")
    if program not in ("bash", "sh", "zsh", "dash", "ksh"):
        return ShellOptions(False, False) if "powershell" in program else None
    flags = "".join(re.findall(r"(?:^| )-([a-z]+)", shell))
    return ShellOptions("e" in flags, "pipefail" in shell)


class Steps:
    """Reads steps of one file; what lies outside of it goes to `gaps`."""

    def __init__(
        self, document: YamlDocument, top: dict[str, YamlValue], path: str, gaps: list[CiGap]
    ) -> None:
        self._document, self._path, self._gaps = document, path, gaps
        self._commands = mapping_of(top.get("commands"))
        self._orbs = mapping_of(top.get("orbs"))
        self._count = 0

    @staticmethod
    def parameters(body: dict[str, YamlValue], given: dict[str, YamlValue]) -> dict[str, str]:
        """The values of declared parameters: as given, else their defaults."""
        values: dict[str, str] = {}
        for name, about in mapping_of(body.get("parameters")).items():
            value = given.get(name, mapping_of(about).get("default"))
            text = text_of(value)
            if text is not None:
                values[name] = text
        return values

    def of(
        self,
        value: YamlValue,
        path: Path,
        parameters: Mapping[str, str],
        folder: str = "",
        shell: str = "",
        environment: dict[str, YamlValue] | None = None,
        depth: int = 0,
    ) -> Iterator[CiStep]:
        """The scripts of a list of steps."""
        for at, entry in enumerate(list_of(value)):
            self._count += 1
            if self._count > _MOST_STEPS or depth > _DEEPEST:
                return
            here: Path = (*path, at)
            name, body = self._named(entry)
            if name == "run":
                step = self._run(body, (*here, "run"), parameters, folder, shell, environment or {})
                if step is not None:
                    yield step
            elif name in ("when", "unless"):
                inner = mapping_of(body)
                condition = filled(text_of(inner.get("condition")) or "", parameters).strip()
                off = condition in ("false", "") if name == "when" else condition == "true"
                if not off or isinstance(inner.get("condition"), dict):
                    yield from self.of(
                        inner.get("steps"), (*here, name, "steps"), parameters, folder, shell,
                        environment, depth + 1,
                    )  # fmt: skip
            elif name in self._commands:
                command = mapping_of(self._commands[name])
                given = {
                    k: filled(v, parameters) if isinstance(v, str) else v
                    for k, v in mapping_of(body).items()
                }
                known = self.parameters(command, given)
                yield from self.of(
                    command.get("steps"), ("commands", name, "steps"), known, folder, shell,
                    environment, depth + 1,
                )  # fmt: skip
            elif "/" in name:
                line = self._document.key_line(here) or 1
                yield from self.orb(name, mapping_of(body), line, job=False)
            elif name and name not in _BUILT_IN:
                place = self._document.key_line(here)
                self._gaps.append(CiGap(self._path, place, f"runs the step `{name[:60]}`"))

    @staticmethod
    def _named(entry: YamlValue) -> tuple[str, YamlValue]:
        if isinstance(entry, dict):
            return next(iter(entry.items()), ("", None))
        return text_of(entry) or "", None

    def _run(
        self, body: YamlValue, path: Path, parameters: Mapping[str, str], folder: str, shell: str,
        environment: dict[str, YamlValue],
    ) -> CiStep | None:  # fmt: skip
        long = mapping_of(body)
        place = (*path, "command") if long else path
        text = filled(text_of(long.get("command")) or text_of(body) or "", parameters)
        text = _EXPRESSION.sub("EXPRESSION", text)  # else the shell would read a here-document
        options = options_of(filled(text_of(long.get("shell")) or shell, parameters))
        when = text_of(long.get("when")) or "on_success"
        if options is None:
            return None
        within = filled(text_of(long.get("working_directory")) or folder, parameters)
        settings = {**environment, **mapping_of(long.get("environment"))}
        background = text_of(long.get("background")) == "true"
        return CiStep(
            text=text,
            path=self._path,
            line=self._document.text_line(place) or 1,
            options=options,
            folder=re.sub(
                r"^(?:~/(?:project|repo)|/home/circleci/(?:project|repo)|~(?:/[\w-]+)?|\$\w+)/?",
                "",
                within,
            ),
            tolerated="it runs in the background" if background else "",
            always=when == "always",
            events=frozenset() if when == "on_fail" else EVERYTHING,
            rescues=when == "on_fail",
            environment=tuple((k, t) for k, v in settings.items() if (t := text_of(v)) is not None),
        )

    def orb(
        self, name: str, given: dict[str, YamlValue], line: int, *, job: bool
    ) -> Iterator[CiStep]:
        """A command or job of an orb: one that is known, one that does not matter, or a gap."""
        source = self._orbs.get(name.partition("/")[0])
        listed = (text_of(source) or "").partition("@")[0].rpartition("/")[2]
        called = f"{listed or name.partition('/')[0]}/{name.partition('/')[2]}"
        for pattern, command in _ORBS:
            if pattern.fullmatch(called):
                script = text_of(given.get("run-command")) or "test"
                part = called.partition("/")[2]
                text = command.format(script=f"run {script}", part=part)
                folder = (
                    text_of(given.get("app-dir")) or text_of(given.get("working-directory")) or ""
                )
                yield CiStep(
                    text, self._path, line, ShellOptions(True, True),
                    folder=folder.removeprefix("~/project").strip("/"), label=name,
                )  # fmt: skip
                return
        own_steps = mapping_of(mapping_of(source).get("commands" if not job else "jobs"))
        if own_steps or not _HARMLESS.fullmatch(called):
            self._gaps.append(CiGap(self._path, line, f"uses {name[:80]} of an orb"))
