"""The files for other people's CI: the action is run, and what the documents say is parsed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from auditor.cli.audit import command as audit_command
from auditor.cli.group import cli
from auditor.cli.output import format_option, wanted
from auditor.formats.ci import github_workflow, gitlab_ci
from auditor.formats.containers import dockerfile
from auditor.formats.monitoring import prometheus_rules, promql
from auditor.report.registry import names
from tests.integration.gate_world import SECRET, SOUND

HERE = Path(__file__).resolve().parent.parent.parent
PAGE = (HERE / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((HERE / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((HERE / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
HOSTILE = "\n::error::owned\n##[error]owned\n  ::set-output name=level::perfect\n"
LOOKING = (
    "infra.compose",
    "code.markers",
    "reports.tests",
    "repo.documents",
    "monitoring.runbooks",
)
"""What the action's audits are limited to: how it calls the command is the matter here."""
STUB = """\
#!/bin/sh
command=$1
shift
exec {python} -P -m auditor "$command" {only} "$@"
"""


def blocks(language: str) -> list[str]:
    """The fenced blocks of the page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def yaml_with(key: str) -> tuple[str, Any]:
    """The one YAML block of the page with this key at its top."""
    found = [(text, yaml.safe_load(text)) for text in blocks("yaml")]
    (one,) = [(text, value) for text, value in found if key in value]
    return one


def commands() -> list[str]:
    """Every call of the auditor on the page, and those of the hooks."""
    lines = re.findall(r"(?:^|[\s/'\"])(auditor (?:audit|checklist|gate|rescore)\b[^\n'`]*)", PAGE)
    called = [re.sub(r"\s*>.*", "", line) for line in lines if " --" in line]
    return [*called, *(hook["entry"] for hook in HOOKS)]


@pytest.mark.parametrize("line", commands())
def test_a_command_that_is_shown_is_one_that_the_program_takes(line: str) -> None:
    _, name, *rest = shlex.split(line)
    group = cli.get_command(click.Context(cli), name)
    assert group is not None
    if name == "checklist":
        group = group.get_command(click.Context(group), rest.pop(0))  # type: ignore[attr-defined]
        rest.append("production-readiness")
    context = group.make_context(name, rest)
    wanted(context.params.get("formats", ()))


def test_the_page_shows_commands_of_every_system() -> None:
    assert len(commands()) >= 9


def test_the_page_and_the_help_name_every_format() -> None:
    table = re.search(r"^\| format .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert table is not None
    shown = set(
        re.findall(r"`([a-z]+)`", re.sub(r"\|.*?\|\n", lambda m: m[0].split("|")[1], table[0]))
    )
    assert shown >= set(names())

    @click.command()
    @format_option
    def some(formats: tuple[str, ...]) -> None:
        wanted(formats)

    told = some.get_help(click.Context(some))
    assert [name for name in names() if name not in told] == []


def test_the_workflow_is_one_that_our_reader_of_workflows_takes() -> None:
    text, made = yaml_with("jobs")
    assert len(github_workflow.read(text).jobs) == 1
    used = [step["uses"] for step in made["jobs"]["readiness"]["steps"]]
    pinned = [use for use in used if not re.search(r"@[0-9a-f]{40}\Z", use)]
    assert pinned == ["OWNER/auditor@COMMIT"]
    given = next(step["with"] for step in made["jobs"]["readiness"]["steps"] if "id" in step)
    assert set(given) <= set(ACTION["inputs"])


def test_the_gitlab_job_is_one_that_our_reader_of_pipelines_takes() -> None:
    text, made = yaml_with("readiness")
    assert gitlab_ci.read(text).jobs
    written = " ".join(made["readiness"]["script"])
    for report in made["readiness"]["artifacts"]["reports"].values():
        assert f"={report}" in written


def test_the_gitlab_template_gates_merge_requests_with_a_command_that_the_program_takes() -> None:
    text = (HERE / "templates" / "gitlab-ci.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["readiness"]
    assert gitlab_ci.read(text).jobs
    (line,) = job["script"]
    _, name, *rest = shlex.split(line)
    group = cli.get_command(click.Context(cli), name)
    assert group is not None
    assert group.make_context(name, ["." if r.startswith("$") else r for r in rest]).params[
        "comment"
    ]
    assert all(f"={report}" in line for report in job["artifacts"]["reports"].values())
    page = re.search(r"file: (templates/\S+)", PAGE)
    assert page is not None
    assert (HERE / page[1]).is_file()


def test_the_alerts_are_promql_over_metrics_that_are_written() -> None:
    text, made = yaml_with("groups")
    assert prometheus_rules.parse(text)
    golden = (HERE / "tests/report/golden/report.prom").read_text(encoding="utf-8")
    for rule in made["groups"][0]["rules"]:
        metrics = promql.parse(rule["expr"]).metrics
        assert metrics
        assert all(f"# TYPE {metric} gauge" in golden for metric in metrics)


def test_the_hooks_of_the_page_are_those_of_the_manifest() -> None:
    _, made = yaml_with("repos")
    assert [h["id"] for h in made["repos"][0]["hooks"]] == [h["id"] for h in HOOKS]


def test_the_hook_installs_the_scanners_of_the_package() -> None:
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert HOOKS[0]["additional_dependencies"] == project["optional-dependencies"]["scanners"]


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        ("readiness/checklist.yaml", True),
        ("services/orders/readiness/our-checklist.yml", True),
        ("readiness/waivers.yaml", False),
        ("docs/checklist.yaml", False),
    ],
)
def test_the_hook_checks_the_checklists_of_a_readiness_folder(path: str, checked: bool) -> None:
    assert bool(re.search(HOOKS[1]["files"], path)) is checked


# The action


def test_the_action_is_one_that_our_reader_of_actions_takes() -> None:
    assert len(github_workflow.read_action((HERE / "action.yml").read_bytes())) == 2


def test_no_step_uses_another_action_or_holds_an_input_in_its_script() -> None:
    for step in STEPS.values():
        assert "uses" not in step
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_is_described_and_reaches_a_step() -> None:
    reached = " ".join(value for step in STEPS.values() for value in step["env"].values())
    for name, about in ACTION["inputs"].items():
        assert about["description"]
        assert f"inputs.{name} " in reached


def test_the_choices_of_fail_on_are_those_of_the_command() -> None:
    (option,) = [p for p in audit_command.params if p.name == "fail_on"]
    assert isinstance(option.type, click.Choice)
    assert option.default == ACTION["inputs"]["fail-on"]["default"]
    assert all(
        choice in ACTION["inputs"]["fail-on"]["description"] for choice in option.type.choices
    )


class Runner:
    """Runs the step Audit as a runner does, with the auditor of this environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = folder / "work"
        self.temp = folder / "temp"
        stub = self.temp / "auditor-venv" / "bin" / "auditor"
        stub.parent.mkdir(parents=True)
        only = " ".join(f"--only={name}" for name in LOOKING)
        text = STUB.format(python=shlex.quote(sys.executable), only=only)
        stub.write_text(text, encoding="utf-8")
        stub.chmod(0o755)
        self.target.mkdir()
        (self.target / "README.md").write_text("# A service\n", encoding="utf-8")
        for args in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "first")):
            identity = ("-c", "user.name=t", "-c", "user.email=t@t.invalid")
            subprocess.run(("git", "-C", str(self.target), *identity, *args), check=True)

    def audit(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Inputs by name, with `_` for `-`; the others have their defaults."""
        given = {name: about["default"] for name, about in ACTION["inputs"].items()}
        given["token"] = "t0ken-of-the-run"  # what the runner puts in for github.token
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        variables = {
            name: given[re.sub(r"\$\{\{ inputs\.([a-z-]+) }}", r"\1", value)]
            for name, value in STEPS["Audit"]["env"].items()
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(HERE),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }
        return subprocess.run(
            ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS["Audit"]["run"]),
            cwd=self.target, env=environment | variables, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip

    def outputs(self) -> dict[str, str]:
        """What the step has written for the steps after it."""
        file = self.folder / "output"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        return dict(line.split("=", 1) for line in text.splitlines())


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    return Runner(tmp_path)


def obeyed(output: str) -> list[str]:
    """The lines that a runner obeys, which is none between `::stop-commands::x` and `::x::`."""
    token, found = "", []
    for line in re.split(r"\r\n|\r|\n", output):
        if token:
            token = "" if line.strip() == f"::{token}::" else token
        elif line.lstrip().startswith("::stop-commands::"):
            token = line.strip().removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            found.append(line)
    assert token == ""
    return found


def test_the_action_audits_annotates_and_tells_the_level(runner: Runner) -> None:
    done = runner.audit(format="sarif=readiness.sarif\njunit=readiness.xml\n")
    assert done.returncode == 0, done.stderr
    outputs = runner.outputs()
    assert (outputs["level"], outputs["ready"], outputs["proven"]) == ("not_ready", "false", "0.0")
    assert json.loads(Path(outputs["report"]).read_text("utf-8"))["readiness"]["ready"] is False
    assert (runner.target / "readiness.sarif").is_file()
    assert (runner.target / "readiness.xml").is_file()
    assert len([line for line in obeyed(done.stdout) if line.startswith("::error ")]) == 10
    assert (runner.folder / "summary.md").read_text("utf-8").startswith("# work: NOT READY\n")


def test_the_action_fails_on_a_blocker_and_still_tells_the_level(runner: Runner) -> None:
    done = runner.audit(fail_on="blocker")
    assert done.returncode == 1
    assert runner.outputs()["level"] == "not_ready"


def test_the_action_as_a_gate_blocks_on_what_is_new_alone(runner: Runner) -> None:
    def git(*args: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@t.invalid")
        subprocess.run(("git", "-C", str(runner.target), *identity, *args), check=True)

    for name, text in SOUND.items():
        (runner.target / name).parent.mkdir(parents=True, exist_ok=True)
        (runner.target / name).write_text(text, encoding="utf-8")
    git("add", "-A")
    git("commit", "-qm", "sound")
    git("branch", "-q", "-f", "trunk")
    done = runner.audit(against="trunk", fail_on="blocker", comment="true")
    assert done.returncode == 0, done.stderr
    assert "no comment: " in done.stderr  # no pull request here, which costs nothing
    (notice,) = (line for line in obeyed(done.stdout) if line.startswith("::"))
    assert "GATE MET" in notice
    (runner.target / "compose.yaml").write_text(SECRET, encoding="utf-8")
    git("add", "-A")
    git("commit", "-qm", "second")
    done = runner.audit(against="trunk")
    assert done.returncode == 1, done.stderr
    assert any(line.startswith("::error ") for line in obeyed(done.stdout))
    assert runner.outputs()["level"] == "not_ready"


@pytest.mark.parametrize(
    "inputs", [{"checklist": "nonsense"}, {"path": "nowhere"}, {"fail_on": "x"}]
)
def test_a_wrong_input_fails_and_leaves_no_output_of_an_earlier_run(
    runner: Runner, inputs: dict[str, str]
) -> None:
    assert runner.audit().returncode == 0
    (runner.folder / "output").unlink()
    done = runner.audit(**inputs)
    assert done.returncode == 2
    assert runner.outputs() == {}
    assert obeyed(done.stdout) == []


def test_an_input_is_never_taken_for_an_option_or_a_command(runner: Runner) -> None:
    done = runner.audit(path="--help", checklist="$(touch owned)", format="`touch owned`")
    assert done.returncode == 2
    assert not (runner.target / "owned").exists()


def test_a_target_issues_no_command_to_the_runner(runner: Runner) -> None:
    odd = runner.target / f"runbooks{HOSTILE.replace('/', '')}.md"
    odd.write_text("TBD\n", encoding="utf-8")
    (runner.target / "auditor.yaml").write_text(
        f"service: {json.dumps(HOSTILE)}\n", encoding="utf-8"
    )
    subprocess.run(("git", "-C", str(runner.target), "add", "-A"), check=True)
    done = runner.audit()
    assert done.returncode == 0, done.stderr
    kinds = {line.split(" ")[0] for line in obeyed(done.stdout)}
    assert kinds <= {"::error", "::warning", "::notice"}
    assert not any(re.match(r"::error::", line.lstrip()) for line in obeyed(done.stdout))
    assert obeyed(done.stderr) == []


# The image


def test_the_image_is_pinned_and_ends_as_another_user_than_root() -> None:
    made = dockerfile.read((HERE / "Dockerfile").read_bytes())
    text = (HERE / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(made.stages) == len(bases) == 2
    assert all(re.search(r":3\.\d+\.\d+-slim\S*@sha256:[0-9a-f]{64}\Z", base) for base in bases)
    assert len(set(bases)) == 1
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == ["10001"]


def test_what_the_image_copies_is_there_and_reaches_the_build() -> None:
    text = (HERE / "Dockerfile").read_text(encoding="utf-8")
    sources = [
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for word in line.split()[:-1]
    ]
    let_in = (HERE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert len(sources) == 6
    for source in sources:
        assert (HERE / source).exists()
        assert f"!{source}" in let_in or f"!{source}/" in let_in
